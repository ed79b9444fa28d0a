import zlib from 'node:zlib';

/** Write a zip archive; `declared` gives sizes that its directory claims. */
export function zip(parts, declared = {}) {
  const bodies = [];
  const directory = [];
  let at = 0;
  for (const [name, content] of Object.entries(parts)) {
    const packed = zlib.deflateRawSync(content);
    const label = Buffer.from(name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(8, 8);
    header.writeUInt16LE(label.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(declared[name] ?? content.length, 24);
    entry.writeUInt16LE(label.length, 28);
    entry.writeUInt32LE(at, 42);
    bodies.push(header, label, packed);
    directory.push(entry, label);
    at += 30 + label.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(parts).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, list, end]);
}

/** Write an array of NumPy of zeros. */
export function npy(...shape) {
  const words = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${words}`, 'latin1');
  head.writeUInt16LE(words.length, 8);
  return Buffer.concat([head, Buffer.alloc(8 * shape.reduce((a, b) => a * b, 1))]);
}
