/**
 * Reading single entries of a zip archive that nobody vouches for.
 *
 * No size that the file declares is believed: each is held to a limit and to the bytes that are
 * there before anything is taken for it, and what unpacks to more than it declares is refused.
 */

/** Yields `length` bytes from `start` on; the caller has checked that the file has them. */
export type Read = (start: number, length: number) => Promise<Uint8Array>;

/** Where an entry lies, as the archive's directory says. */
export interface IEntry {
  name: string;
  /** Bytes that it takes up. */
  packed: number;
  /** Bytes that it unpacks to. */
  size: number;
  method: number;
  /** Where its header begins. */
  start: number;
}

/** What is wrong with a file, for a person. */
export class BadFile extends Error {}

const END = 0x06054b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_LENGTH = 46;
const HEADER = 0x04034b50;
const HEADER_LENGTH = 30;
const MOST_DIRECTORY = 4 * 2 ** 20;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** Stands where a 64-bit number follows elsewhere. */
const ELSEWHERE = 0xffffffff;

/** Return the entries of an archive of `size` bytes by name. */
export async function entries(read: Read, size: number): Promise<Map<string, IEntry>> {
  const tailLength = Math.min(size, END_LENGTH + LONGEST_COMMENT);
  const tail = view(await read(size - tailLength, tailLength));
  let end = tailLength - END_LENGTH;
  while (end >= 0 && !(tail.getUint32(end, true) === END && ends(tail, end))) {
    end--;
  }
  if (end < 0) {
    throw new BadFile('it is no zip archive, or is truncated');
  }
  const count = tail.getUint16(end + 10, true);
  const length = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  if (start === ELSEWHERE || length > MOST_DIRECTORY) {
    throw new BadFile('it has too many entries, or is larger than 4 GB');
  }
  if (start + length > size - tailLength + end) {
    throw new BadFile('its directory lies outside of the file');
  }
  return directory(view(await read(start, length)), count, size);
}

function ends(tail: DataView, end: number): boolean {
  return end + END_LENGTH + tail.getUint16(end + 20, true) === tail.byteLength;
}

function directory(bytes: DataView, count: number, size: number): Map<string, IEntry> {
  const found = new Map<string, IEntry>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_LENGTH > bytes.byteLength || bytes.getUint32(at, true) !== ENTRY) {
      throw new BadFile('its directory is damaged');
    }
    const [name, extra, comment] = [28, 30, 32].map(field => bytes.getUint16(at + field, true));
    const next = at + ENTRY_LENGTH + name + extra + comment;
    if (next > bytes.byteLength) {
      throw new BadFile('its directory is damaged');
    }
    const entry = {
      name: text(new Uint8Array(bytes.buffer, bytes.byteOffset + at + ENTRY_LENGTH, name)),
      method: bytes.getUint16(at + 10, true),
      packed: bytes.getUint32(at + 20, true),
      size: bytes.getUint32(at + 24, true),
      start: bytes.getUint32(at + 42, true)
    };
    if (bytes.getUint16(at + 8, true) & ENCRYPTED || ![STORED, DEFLATED].includes(entry.method)) {
      throw new BadFile(`its entry ${entry.name.slice(0, 80)} is packed in an unknown way`);
    }
    if (entry.start + HEADER_LENGTH + entry.packed > size || found.has(entry.name)) {
      throw new BadFile(`its entry ${entry.name.slice(0, 80)} lies outside of the file, or twice`);
    }
    found.set(entry.name, entry);
    at = next;
  }
  return found;
}

/** Return all of an entry, which may unpack to `most` bytes. */
export async function content(read: Read, entry: IEntry, most: number): Promise<Uint8Array> {
  if (entry.size > most || entry.packed > most) {
    throw new BadFile(`its entry ${entry.name} is larger than ${most.toLocaleString('en')} bytes`);
  }
  const start = await dataStart(read, entry);
  const unpacked = await unpack(await read(start, entry.packed), entry, entry.size + 1);
  if (unpacked.length !== entry.size) {
    throw new BadFile(`its entry ${entry.name} is not as long as it declares`);
  }
  return unpacked;
}

/** Return the first bytes of an entry, at most `wanted`. */
export async function beginning(read: Read, entry: IEntry, wanted: number): Promise<Uint8Array> {
  const start = await dataStart(read, entry);
  // Deflate makes nothing longer than this.
  return unpack(await read(start, Math.min(entry.packed, wanted + 64)), entry, wanted);
}

async function dataStart(read: Read, entry: IEntry): Promise<number> {
  const header = view(await read(entry.start, HEADER_LENGTH));
  if (header.getUint32(0, true) !== HEADER) {
    throw new BadFile(`its entry ${entry.name.slice(0, 80)} is not where the directory says`);
  }
  const own = HEADER_LENGTH + header.getUint16(26, true) + header.getUint16(28, true);
  return entry.start + own;
}

/** Unpack until `most` bytes are there; a stream that ends too early gives what it had. */
async function unpack(packed: Uint8Array, entry: IEntry, most: number): Promise<Uint8Array> {
  if (entry.method === STORED) {
    return packed.slice(0, most);
  }
  const stream = new Blob([packed as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < most) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      parts.push(value.subarray(0, most - length));
      length += parts[parts.length - 1].length;
    }
  } catch {
    // It ends in the middle: too short for the caller, or long enough.
  }
  reader.cancel().catch(() => undefined);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Return bytes as text; what is no UTF-8 is refused. */
export function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadFile('it holds characters that do not exist');
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
