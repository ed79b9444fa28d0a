import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';

import { layerSynapses, pathSynapses, work } from '../lib/snn/synapses.js';

// What the package counts; tests/test_jupyterlab_extension.py writes and compares it.
const { layers, paths } = JSON.parse(fs.readFileSync(new URL('synapses.json', import.meta.url)));

test('layers have as many synapses as the package counts', () => {
  assert.ok(layers.length > 20);
  for (const { layer, shapes, synapses } of layers) {
    assert.equal(layerSynapses(layer, work(shapes)), synapses, JSON.stringify(layer));
  }
});

test('paths have as many synapses as the package counts, or no count where they meet', () => {
  assert.ok(paths.length > 20);
  for (const { maps, shapes, synapses } of paths) {
    assert.equal(pathSynapses(maps, work(shapes)), synapses ?? undefined, JSON.stringify(maps));
  }
});

test('a file with very many layers is not counted for ever', () => {
  const counting = work([[1024, 1024, 1, 1]]);
  const layer = {
    layer: 'Conv2D', input_shape: [2048, 2048, 1], kernel: { array: 0 }, strides: [1, 1],
    padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1
  };
  const found = Array.from({ length: 50_000 }, () => layerSynapses(layer, counting));
  assert.equal(found[0], (1025 * 1024) ** 2);
  assert.equal(found.at(-1), undefined);
});
