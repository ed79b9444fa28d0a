import assert from 'node:assert/strict';
import test from 'node:test';

import { workbenchCode } from '../lib/code.js';

test('a name that holds Python stays a name', () => {
  const name = 'a"; import os #\n.keras';
  const lines = workbenchCode(name, 'few_steps').split('\n');
  assert.equal(lines.length, 4);
  assert.equal(
    lines[2],
    'bench = wb.Workbench("a\\"; import os #\\n.keras", preset="few_steps")'
  );
});
