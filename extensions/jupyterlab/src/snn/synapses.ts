/**
 * How many synapses layers have, as `Layer.synapse_count` and `Projection.synapse_count` of the
 * package say, from what a file declares of their shapes.
 *
 * A file may declare anything: what is too large to be counted, does not fit together or is not
 * known has no count.
 */

import { type Fields, type Json, fields, list } from './fields.js';

/** Shapes of a file's arrays by their number. */
export type Shapes = (number[] | undefined)[];

const MOST_UNITS = 2 ** 22;

/** What counts the synapses of one file. */
export interface IWork {
  shapes: Shapes;
  /** Steps that it may still take: a second of a slow computer at first. */
  left: number;
}

/** Return what counts the synapses of a file whose arrays have these shapes. */
export function work(shapes: Shapes): IWork {
  return { shapes, left: 2 ** 26 };
}

/** A declaration that cannot be counted. */
class Uncountable extends Error {}

/** Return the number of synapses of a layer of an analog network. */
export function layerSynapses(layer: Json | undefined, work: IWork): number | undefined {
  return counted(() => count(fields(layer), work));
}

/** Return the number of synapses of a path from one population to another. */
export function pathSynapses(maps: Json | undefined, work: IWork): number | undefined {
  return counted(() => {
    const layers = list(maps).map(fields);
    const last = fanOut(need(layers.pop()), work);
    // Where each unit of the source arrives before the last map; -1 where it ends.
    let place: Int32Array | undefined;
    for (const layer of layers) {
      const next = following(layer, work);
      place = next && place ? place.map(unit => (unit < 0 ? -1 : (next[unit] ?? -1))) : (next ?? place);
    }
    return place
      ? place.reduce((sum, unit) => sum + (unit < 0 ? 0 : (last[unit] ?? 0)), 0)
      : last.reduce((sum, n) => sum + n, 0);
  });
}

function counted(act: () => number): number | undefined {
  try {
    const found = act();
    return Number.isSafeInteger(found) ? found : undefined;
  } catch (error) {
    if (error instanceof Uncountable) {
      return undefined;
    }
    throw error;
  }
}

function count(layer: Fields, work: IWork): number {
  const size = () => product(integers(layer.input_shape));
  switch (layer.layer) {
    case 'Input':
    case 'Identity':
    case 'Reshape':
    case 'BatchNorm':
    case 'Affine':
    case 'Concatenate':
    case 'Pad':
    case 'Slice':
    case 'Permute':
      return 0;
    case 'Scale':
      return size();
    case 'Add':
      return size() * integer(layer.n_inputs);
    case 'Repeat':
      return size() * product(integers(layer.factors));
    case 'Take': {
      const read = list(layer.index).filter(place => integer(place, -1) >= 0);
      const along = need(integers(layer.input_shape)[integer(layer.axis, 0)]);
      return new Set(read).size < read.length ? (size() / along) * read.length : 0;
    }
    case 'Sparse':
      return product(shapeOf(layer.pre, work, 1));
    case 'Dense':
      return product(shapeOf(layer.kernel, work, 2));
    default: {
      const { axes, channels, reached } = windows(layer, work);
      const [rows, columns] = axes.map(axis => axis.reduce((sum, n) => sum + n, 0));
      return rows * columns * channels * reached;
    }
  }
}

/** Return how many units each unit of a layer's input reaches. */
function fanOut(layer: Fields, work: IWork): Float64Array {
  switch (layer.layer) {
    case 'Identity':
    case 'Reshape':
    case 'BatchNorm':
    case 'Affine':
    case 'Scale':
      return units(work, product(integers(layer.input_shape))).fill(1);
    case 'Pad':
    case 'Slice':
    case 'Permute':
      return Float64Array.from(need(following(layer, work)), unit => (unit < 0 ? 0 : 1));
    case 'Dense': {
      const [inputs, outputs] = shapeOf(layer.kernel, work, 2);
      return units(work, inputs).fill(outputs);
    }
    default: {
      const { axes, channels, reached } = windows(layer, work);
      const [rows, columns] = axes;
      return units(work, rows.length * columns.length * channels).map((_, unit) => {
        const pixel = Math.floor(unit / channels);
        return rows[Math.floor(pixel / columns.length)] * columns[pixel % columns.length] * reached;
      });
    }
  }
}

/** Where the places along an axis of the input are along an axis of the output; -1 for nowhere. */
interface IMove {
  to: number[];
  outputs: number;
}

/** Return the one unit that each unit of a layer's input reaches; undefined for its own number. */
function following(layer: Fields, work: IWork): Int32Array | undefined {
  const input = integers(layer.input_shape);
  const along = (move: (place: number, axis: number) => number, outputs: (axis: number) => number) =>
    input.map((size, axis) => ({
      to: Array.from(units(work, size), (_, place) => move(place, axis)),
      outputs: outputs(axis)
    }));
  switch (layer.layer) {
    case 'Identity':
    case 'Reshape':
    case 'BatchNorm':
    case 'Affine':
    case 'Scale':
      return undefined;
    case 'Pad': {
      const [before, after] = [integers(layer.before, 0), integers(layer.after, 0)];
      const size = (axis: number) => need(input[axis]) + need(before[axis]) + need(after[axis]);
      return moved(work, along((place, axis) => place + need(before[axis]), size));
    }
    case 'Slice': {
      const [start, stop] = [integers(layer.start, 0), integers(layer.stop)];
      const steps = integers(layer.steps);
      const step = (axis: number) => (steps.length ? need(steps[axis]) : 1);
      const to = (place: number, axis: number) => {
        const taken = (place - need(start[axis])) / step(axis);
        return taken >= 0 && place < need(stop[axis]) && Number.isInteger(taken) ? taken : -1;
      };
      return moved(work, along(to, axis => Math.ceil((need(stop[axis]) - need(start[axis])) / step(axis))));
    }
    case 'Take': {
      const index = list(layer.index).map(place => integer(place, -1));
      if (count(layer, work) > 0) {
        throw new Uncountable(); // some units reach several
      }
      const axis = integer(layer.axis, 0);
      spend(work, index.length * need(input[axis]));
      return moved(
        work,
        along(
          (place, each) => (each === axis ? index.indexOf(place) : place),
          each => (each === axis ? index.length : need(input[each]))
        )
      );
    }
    case 'Permute':
      return moved(work, along(place => place, axis => need(input[axis])), integers(layer.order, 0));
    default: {
      if (!('pool_size' in layer)) {
        throw new Uncountable();
      }
      const channels = need(input[2]);
      const moves = geometry(layer, work).map(window => {
        const to = Array.from(units(work, window.size), () => -1);
        each(work, window, (place, output) => {
          if (to[place] >= 0) {
            throw new Uncountable(); // windows overlap: paths meet
          }
          to[place] = output;
        });
        return { to, outputs: outputsOf(window) };
      });
      return moved(work, [...moves, { to: [...units(work, channels).keys()], outputs: channels }]);
    }
  }
}

/** Return where units go when their places move along each axis, and the axes into an order. */
function moved(work: IWork, moves: IMove[], order = [...moves.keys()]): Int32Array {
  const strides = moves.map(() => 0);
  let stride = 1;
  for (const axis of [...order].reverse()) {
    strides[axis] = stride;
    stride *= need(moves[axis]).outputs;
  }
  units(work, stride); // as many units as there are on the other side
  const found = Int32Array.from(units(work, product(moves.map(({ to }) => to.length))));
  return found.map((_, unit) => {
    let place = 0;
    for (let axis = moves.length - 1; axis >= 0; axis--) {
      const { to } = moves[axis];
      const there = to[unit % to.length];
      if (there < 0) {
        return -1;
      }
      place += there * strides[axis];
      unit = Math.floor(unit / to.length);
    }
    return place;
  });
}

/** A window that moves along an axis: output `o` reads `o * stride + tap * dilation - before`. */
interface IWindow {
  size: number;
  kernel: number;
  stride: number;
  dilation: number;
  before: number;
  after: number;
}

/** Return the connections of a layer of windows: of each place along each axis, times channels. */
function windows(
  layer: Fields,
  work: IWork
): { axes: Float64Array[]; channels: number; reached: number } {
  const crossed = layer.layer === 'ConvTranspose2D';
  const axes = geometry(layer, work).map(window => {
    const found = units(work, crossed ? outputsOf(window) : window.size);
    each(work, window, (input, output) => {
      found[crossed ? output : input]++;
    });
    return found;
  });
  const channels = need(integers(layer.input_shape)[2]);
  const pooled = 'pool_size' in layer;
  const reached = pooled ? 1 : shapeOf(layer.kernel, work, 4)[3] / integer(layer.groups);
  return { axes, channels, reached };
}

function geometry(layer: Fields, work: IWork): IWindow[] {
  const input = integers(layer.input_shape);
  const pair = (value: Json | undefined, axis: number) => need(integers(value)[axis]);
  return [0, 1].map(axis => {
    const stride = integer(list(layer.strides)[axis]);
    switch (layer.layer) {
      case 'AveragePool2D':
      case 'SumPool2D':
      case 'MaxPool2D': {
        const [before, after] = integers(list(layer.padding)[axis], 0);
        const kernel = pair(layer.pool_size, axis);
        return { size: need(input[axis]), kernel, stride, dilation: 1, before, after };
      }
      case 'Conv2D': {
        const [before, after] = integers(list(layer.padding)[axis], 0);
        const kernel = shapeOf(layer.kernel, work, 4)[axis];
        const dilation = pair(layer.dilation, axis);
        return { size: need(input[axis]), kernel, stride, dilation, before, after };
      }
      case 'ConvTranspose2D': {
        const kernel = shapeOf(layer.kernel, work, 4)[axis];
        const dilation = pair(layer.dilation, axis);
        const size = pair(layer.image_size, axis);
        const before = need(integers(layer.cut, 0)[axis]);
        const extent = (kernel - 1) * dilation + 1;
        const after = (need(input[axis]) - 1) * stride + extent - before - size;
        return { size, kernel, stride, dilation, before, after };
      }
      default:
        throw new Uncountable();
    }
  });
}

function outputsOf({ size, kernel, stride, dilation, before, after }: IWindow): number {
  const room = size + before + after - ((kernel - 1) * dilation + 1);
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** Visit the connections along an axis. */
function each(work: IWork, window: IWindow, visit: (input: number, output: number) => void): void {
  const outputs = outputsOf(window);
  spend(work, outputs * window.kernel);
  for (let tap = 0; tap < window.kernel; tap++) {
    for (let output = 0; output < outputs; output++) {
      const input = output * window.stride + tap * window.dilation - window.before;
      if (input >= 0 && input < window.size) {
        visit(input, output);
      }
    }
  }
}

function units(work: IWork, length: number): Float64Array {
  spend(work, length <= MOST_UNITS ? length : Infinity);
  return new Float64Array(length);
}

function spend(work: IWork, steps: number): void {
  if (!(steps <= work.left)) {
    throw new Uncountable();
  }
  work.left -= steps;
}

function shapeOf(value: Json | undefined, work: IWork, axes: number): number[] {
  const index = fields(value).array;
  const shape = typeof index === 'number' ? work.shapes[index] : undefined;
  return shape?.length === axes ? shape : need<number[]>(undefined);
}

function integers(value: Json | undefined, least = 1): number[] {
  return list(value).map(each => integer(each, least));
}

function integer(value: Json | undefined, least = 1): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
    ? value
    : need<number>(undefined);
}

function product(values: number[]): number {
  return values.reduce((sum, n) => sum * n, 1);
}

function need<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Uncountable();
  }
  return value;
}
