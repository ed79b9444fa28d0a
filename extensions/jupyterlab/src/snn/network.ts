/** What a `.snn` file says of its network, as text and numbers for tables. */

import { BadFile, beginning, content, entries, type Read, text } from './archive.js';
import { type Fields, type Json, fields, list } from './fields.js';
import { layerSynapses, pathSynapses, type Shapes, work } from './synapses.js';

/** A table; every row has as many cells as there are columns. */
export interface ITable {
  title: string;
  columns: string[];
  rows: string[][];
}

/** What is shown of a network. */
export interface ISummary {
  name: string;
  /** One line on what it is. */
  kind: string;
  /** Numbers that count, by what they count. */
  counts: [string, string][];
  tables: ITable[];
}

const STRUCTURE = 'network.json';
const FORMAT = 'snn-workbench network';
const VERSION = 2;
const MOST_TEXT = 16 * 2 ** 20;
const MOST_ARRAYS = 1000;
const MOST_ROWS = 500;
const LONGEST = 160;
/** Of an array, which begins with its shape. */
const HEAD = 512;

/** Read a file of `size` bytes. Its arrays are not read, but for their shapes. */
export async function summary(read: Read, size: number): Promise<ISummary> {
  const found = await entries(read, size);
  const structure = found.get(STRUCTURE);
  if (!structure) {
    throw new BadFile(`it has no ${STRUCTURE}`);
  }
  const header = fields(parsed(text(await content(read, structure, MOST_TEXT))));
  if (header.format !== FORMAT) {
    throw new BadFile('its header says that it is something else');
  }
  if (header.version !== VERSION) {
    throw new BadFile(
      `it has format version ${shown(header.version)}; this viewer reads version ${VERSION}`
    );
  }
  const shapes: Shapes = [];
  for (let index = 0; index < Math.min(found.size - 1, MOST_ARRAYS); index++) {
    const entry = found.get(`arrays/${index}.npy`);
    shapes.push(entry && shapeOf(await beginning(read, entry, HEAD)));
  }
  const network = fields(header.network);
  switch (header.type) {
    case 'Network':
      return analog(network, shapes);
    case 'SpikingNetwork':
      return spiking(network, shapes);
    default:
      throw new BadFile(`it holds a ${shown(header.type)}`);
  }
}

function parsed(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    throw new BadFile(`its ${STRUCTURE} is damaged`);
  }
}

/** Return the shape that an array of NumPy declares, or undefined where it has none to read. */
export function shapeOf(head: Uint8Array): number[] | undefined {
  const start = head[6] === 1 ? 10 : 12;
  const words = String.fromCharCode(...head.subarray(start));
  const shape = /'shape': \(([\d, ]*)\)/.exec(words);
  return shape?.[1].split(',').flatMap(part => (part.trim() ? [Number(part)] : []));
}

function analog(network: Fields, shapes: Shapes): ISummary {
  const counting = work(shapes);
  const rows = list(network.nodes).map(item => {
    const [name, layer, activation, inputs] = list(item);
    return {
      cells: [
        shown(name),
        shown(fields(layer).layer),
        shown(fields(activation).activation),
        list(inputs).map(shown).join(', ')
      ],
      weights: weights(layer, shapes),
      synapses: layerSynapses(layer, counting)
    };
  });
  const total = rows.reduce((sum, row) => sum + row.weights, 0);
  return {
    name: shown(network.name),
    kind: 'Analog network, before its conversion',
    counts: [
      ['layers', count(rows.length)],
      ['parameters', count(total)],
      ...all(rows.map(row => row.synapses)),
      ...facts(network)
    ],
    tables: [
      table(
        'Layers',
        ['Name', 'Layer', 'Activation', 'Inputs', 'Parameters', 'Synapses'],
        rows.map(row => [...row.cells, count(row.weights), known(row.synapses)])
      ),
      report(network)
    ].filter(each => each.rows.length > 0)
  };
}

function spiking(network: Fields, shapes: Shapes): ISummary {
  const conversion = fields(network.conversion);
  const projections = list(network.projections).map(fields);
  const grid = 2 ** number(conversion.resolution_bits);
  let neurons = 0;
  let total = 0;
  const counting = work(shapes);
  const synapses: (number | undefined)[] = [];
  const rows = list(network.populations).map(item => {
    const population = fields(item);
    const size = list(population.shape).reduce<number>((product, n) => product * number(n), 1);
    const incoming = projections.filter(each => each.target === population.name);
    const layers = incoming.flatMap(each => list(each.maps));
    const own = weights(incoming.map(each => each.maps), shapes);
    const isInput = population.kind === 'input';
    // As in the package: a pooling maximum has no membrane potential, so its inputs are not synapses.
    const paths = population.kind === 'if' ? incoming : [];
    const arriving = sum(paths.map(each => pathSynapses(each.maps, counting)));
    synapses.push(arriving);
    neurons += isInput ? 0 : size;
    total += own;
    return [
      shown(population.name),
      shown(population.kind),
      list(population.shape).map(shown).join(' × '),
      count(size),
      isInput ? '' : shown(number(population.threshold) / grid),
      shown(population.reset),
      layers.map(layer => shown(fields(layer).layer)).join(', '),
      count(own),
      isInput ? '' : known(arriving)
    ];
  });
  const settings = Object.entries(conversion).map(([name, value]) => [shown(name), shown(value)]);
  return {
    name: shown(network.name),
    kind: 'Spiking network',
    counts: [
      ['populations', count(rows.length)],
      ['neurons', count(neurons)],
      ['weights', count(total)],
      ...all(synapses),
      ...facts(network)
    ],
    tables: [
      table(
        'Layers',
        ['Name', 'Neurons', 'Shape', 'Count', 'Threshold', 'Reset', 'Connected by', 'Weights', 'Synapses'],
        rows
      ),
      table('Settings of the conversion', ['Setting', 'Value'], settings),
      report(network)
    ].filter(each => each.rows.length > 0)
  };
}

/** Add counts up; the sum is not known where one is not. */
function sum(counts: (number | undefined)[]): number | undefined {
  return counts.reduce<number | undefined>(
    (total, each) => (total === undefined || each === undefined ? undefined : total + each),
    0
  );
}

function all(synapses: (number | undefined)[]): [string, string][] {
  const total = sum(synapses);
  return total === undefined ? [] : [['synapses', count(total)]];
}

function known(value: number | undefined): string {
  return value === undefined ? 'not counted' : count(value);
}

function facts(network: Fields): [string, string][] {
  return typeof network.data === 'string' && network.data
    ? [['samples', shown(network.data)]]
    : [];
}

function report(network: Fields): ITable {
  const rows = list(network.report).map(row => list(row).slice(0, 4).map(shown));
  const columns = ['Layer of the source', 'Kind', 'What was done', 'Became'].slice(
    0,
    Math.max(0, ...rows.map(row => row.length))
  );
  return table('From the source', columns, rows);
}

function table(title: string, columns: string[], rows: string[][]): ITable {
  const kept = rows
    .slice(0, MOST_ROWS)
    .map(row => columns.map((_, index) => row[index] ?? ''));
  if (rows.length > MOST_ROWS) {
    kept.push(columns.map((_, index) => (index ? '' : `… ${count(rows.length - MOST_ROWS)} more`)));
  }
  return { title, columns, rows: kept };
}

/** Count the elements of the arrays that stand in a value; one that stands twice counts once. */
function weights(value: Json, shapes: Shapes): number {
  const used = new Set<number>();
  const left: Json[] = [value];
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    if (item === null || typeof item !== 'object') {
      continue;
    }
    if (!Array.isArray(item) && typeof item.array === 'number') {
      used.add(item.array);
    }
    for (const part of Object.values(item)) {
      left.push(part);
    }
  }
  return [...used].reduce(
    (sum, index) => sum + (shapes[index]?.reduce((product, n) => product * n, 1) ?? 0),
    0
  );
}

function number(value: Json | undefined): number {
  return typeof value === 'number' ? value : NaN;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** Return a value as short text. */
function shown(value: Json | undefined): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no';
  }
  if (typeof value === 'number') {
    return String(Number(value.toPrecision(6)));
  }
  const words = typeof value === 'string' ? value : JSON.stringify(value).slice(0, 2 * LONGEST);
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}
