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
    projections: [{ source: 'input', target: 'dense', maps: [{ layer: 'Reshape' }, dense] }],
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
  assert.deepEqual(found.counts, [['layers', '2'], ['parameters', '15'], ['samples', 'mnist']]);
  assert.deepEqual(found.tables[0].rows[1], ['dense', 'Dense', 'ReLU', 'input', '15']);
  assert.deepEqual(found.tables[1].rows, [['dense', 'Dense', 'kept']]);
});

test('a spiking network has neurons, thresholds and settings', async () => {
  const found = await told(file(spiking));
  assert.deepEqual(found.counts, [['populations', '2'], ['neurons', '3'], ['weights', '15']]);
  assert.deepEqual(found.tables[0].rows[1], [
    'dense', 'if', '3', '3', '0.5', 'subtract', 'Reshape, Dense', '15'
  ]);
  assert.deepEqual(found.tables[1].rows[1], ['per_channel', 'no']);
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
