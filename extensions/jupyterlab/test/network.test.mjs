import assert from 'node:assert/strict';
import test from 'node:test';

import { BadFile } from '../lib/snn/archive.js';
import { summary } from '../lib/snn/network.js';
import { npy, zip } from './zip.mjs';

const dense = { layer: 'Dense', kernel: { array: 0 }, bias: { array: 1 } };
const header = {
  format: 'snn-workbench network',
  version: 2,
  type: 'Network',
  digest: '',
  network: {
    name: 'small',
    nodes: [
      ['input', { layer: 'Input', shape: [4] }, { activation: 'Linear' }, []],
      ['dense', dense, { activation: 'ReLU' }, ['input']]
    ],
    report: [['dense', 'Dense', 'kept']],
    data: 'mnist'
  }
};
const spiking = {
  ...header,
  type: 'SpikingNetwork',
  network: {
    name: 'small',
    populations: [
      { name: 'input', kind: 'input', shape: [2, 2], threshold: 0, reset: '' },
      { name: 'dense', kind: 'if', shape: [3], threshold: 32768, reset: 'subtract' }
    ],
    projections: [{ source: 'input', target: 'dense', maps: [{ layer: 'Reshape', input_shape: [2, 2] }, dense] }],
    conversion: { percentile: 99.9, per_channel: false, resolution_bits: 16 },
    report: []
  }
};
const arrays = { 'arrays/0.npy': npy(4, 3), 'arrays/1.npy': npy(3) };

function file(head, more = arrays, declared = {}) {
  return zip({ 'network.json': Buffer.from(JSON.stringify(head)), ...more }, declared);
}

/** Read a file of which no more than its own bytes can be asked for. */
function told(bytes) {
  const read = async (start, length) => {
    if (start < 0 || start + length > bytes.length) {
      throw new BadFile('it ends too early');
    }
    return new Uint8Array(bytes.subarray(start, start + length));
  };
  return summary(read, bytes.length);
}

test('an analog network has layers and parameters', async () => {
  const found = await told(file(header));
  assert.equal(found.name, 'small');
  assert.deepEqual(found.counts, [
    ['layers', '2'], ['parameters', '15'], ['synapses', '12'], ['samples', 'mnist']
  ]);
  assert.deepEqual(found.tables[0].rows[1], ['dense', 'Dense', 'ReLU', 'input', '15', '12']);
  assert.deepEqual(found.tables[1].rows, [['dense', 'Dense', 'kept']]);
});

test('a spiking network has neurons, thresholds and settings', async () => {
  const found = await told(file(spiking));
  assert.deepEqual(found.counts, [
    ['populations', '2'], ['neurons', '3'], ['weights', '15'], ['synapses', '12']
  ]);
  assert.deepEqual(found.tables[0].rows[1], [
    'dense', 'if', '3', '3', '0.5', 'subtract', 'Reshape, Dense', '15', '12'
  ]);
  assert.deepEqual(found.tables[1].rows[1], ['per_channel', 'no']);
});

test('synapses that a file declares without bound, or wrongly, are not counted', async () => {
  const conv = {
    layer: 'Conv2D', input_shape: [2 ** 31, 2 ** 31, 1], kernel: { array: 0 }, strides: [1, 1],
    padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1
  };
  const wrong = [
    conv,
    { ...conv, input_shape: [1e308, 'many'] },
    { ...conv, strides: [0, -1] },
    { ...dense, kernel: { array: 1e9 } },
    { layer: 'Add', input_shape: [2 ** 40], n_inputs: 2 ** 40 },
    { layer: 'Mine' }
  ];
  for (const layer of wrong) {
    const nodes = [...header.network.nodes, ['odd', layer, {}, ['dense']]];
    const found = await told(file({ ...header, network: { ...header.network, nodes } }));
    assert.equal(found.tables[0].rows[2].at(-1), 'not counted');
    assert.ok(!found.counts.some(([name]) => name === 'synapses'));
    const projections = [{ source: 'input', target: 'dense', maps: [layer, layer] }];
    const network = { ...spiking.network, projections };
    const other = await told(file({ ...spiking, network }));
    assert.equal(other.tables[0].rows[1].at(-1), 'not counted');
  }
});

test('what is no network is refused by what is wrong', async () => {
  const cases = [
    [Buffer.from('not a zip archive, but longer than its end'), /no zip archive/],
    [zip({ 'other.json': Buffer.from('{}') }), /has no network.json/],
    [file({ ...header, format: 'run' }), /something else/],
    [file({ ...header, version: 3 }), /format version 3; this viewer reads version 2/],
    [file({ ...header, type: 'Run' }), /holds a Run/],
    [zip({ 'network.json': Buffer.from('{"format":') }), /is damaged/],
    [zip({ 'network.json': Buffer.from([0x22, 0xff, 0x22]) }), /characters that do not exist/]
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(told(bytes), error => error instanceof BadFile && message.test(error.message));
  }
});

test('sizes that a file declares are not believed', async () => {
  const long = Buffer.alloc(2 ** 25, ' ');
  await assert.rejects(told(zip({ 'network.json': long })), /larger than 16,777,216 bytes/);
  // Declares little and unpacks to much, or the other way round.
  for (const size of [10, 2 ** 23]) {
    await assert.rejects(told(file(header, arrays, { 'network.json': size })), /not as long/);
  }
  const huge = npy(3);
  huge.write('(9999999,)', huge.indexOf('(3,)')); // over what follows
  await told(file(header, { ...arrays, 'arrays/1.npy': huge }));
});

test('a file that ends anywhere, or has any byte wrong, is shown or refused', async () => {
  const bytes = file(spiking);
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(told(bytes.subarray(0, length)), BadFile);
  }
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 0xff]) {
      const wrong = Buffer.from(bytes);
      wrong[at] = value;
      await told(wrong).catch(error => assert.ok(error instanceof BadFile, `${at}: ${error.stack}`));
    }
  }
});
