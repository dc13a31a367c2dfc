import fc from 'fast-check';
import { FrameError, FrameReader, maxFrameBytes } from '../frames.ts';

function frame(body: Uint8Array): Uint8Array {
  return Uint8Array.from([...varint(body.length), ...body]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function read(reader: FrameReader, ...chunks: Uint8Array[]): Uint8Array[] {
  return chunks.flatMap((chunk) => [...reader.push(chunk)].map((body) => Uint8Array.from(body)));
}

test('frames come out the same however the stream is split', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(2500), { maxLength: 12 }), (all, cuts) => {
      const stream = Buffer.concat(all.map(frame));
      const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b)];
      const chunks = edges.map((from, i) => stream.subarray(from, edges[i + 1] ?? stream.length));
      const reader = new FrameReader();
      expect(read(reader, ...chunks)).toEqual(all);
      expect(reader.atBoundary).toBe(true);
    }),
  );
});

test('a stream split at every byte, and cut at every byte', () => {
  const bodies = [new Uint8Array(1).fill(1), new Uint8Array(127).fill(2), new Uint8Array(300)];
  const stream = Buffer.concat(bodies.map(frame));
  const bytes = Array.from(stream, (_, i) => stream.subarray(i, i + 1));
  expect(read(new FrameReader(), ...bytes)).toEqual(bodies);
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = new FrameReader();
    const got = read(reader, stream.subarray(0, cut));
    expect(reader.atBoundary).toBe([0, 2, 130, 432].includes(cut));
    expect(got).toEqual(bodies.slice(0, [2, 130, 432].filter((end) => end <= cut).length));
  }
});

test('malformed lengths are refused with their reason', () => {
  const cases: [string, number[], string][] = [
    ['zero', [0], 'a frame is empty'],
    ['padded', [0x81, 0x00], 'a frame length is padded with zero bits'],
    ['padded zero', [0x80, 0x00], 'a frame is empty'],
    ['ten bytes', [...new Array(9).fill(0xff), 1], 'a frame length has more than 4 bytes'],
    ['five bytes', [0xff, 0xff, 0xff, 0xff, 0x0f], 'a frame length has more than 4 bytes'],
    [
      'one too large',
      varint(maxFrameBytes + 1),
      `a frame of ${maxFrameBytes + 1} bytes is larger than ${maxFrameBytes}`,
    ],
  ];
  for (const [, bytes, message] of cases) {
    expect(() => read(new FrameReader(), Uint8Array.from(bytes))).toThrow(new FrameError(message));
    const split = bytes.map((byte) => Uint8Array.of(byte));
    expect(() => read(new FrameReader(), ...split)).toThrow(new FrameError(message));
  }
});

test('an announced length takes no memory before its bytes come', () => {
  const readers = Array.from({ length: 1000 }, () => new FrameReader());
  const before = process.memoryUsage();
  for (const reader of readers)
    expect(read(reader, Uint8Array.from(varint(maxFrameBytes)))).toEqual([]);
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(
    64 * 1024 * 1024,
  );
});
