import fc from 'fast-check';
import { nodeProblem, nodeType } from '../node.ts';
import {
  decodeFrame,
  decodeNodes,
  decodePositions,
  encodeFrame,
  encodeNodes,
  encodePositions,
  maxEntries,
  messageType,
  type SentNode,
} from '../seed-frames.ts';

function fullBranch(keyLength: number): SentNode {
  return {
    position: 1n,
    node: {
      type: nodeType.branch,
      key: new Uint8Array(keyLength).fill(5),
      map: new Uint8Array(32).fill(255),
      childHashes: new Uint8Array(256 * 20).fill(6),
    },
    childPositions: Array.from({ length: 256 }, (_, i) => BigInt(i) << 40n),
  };
}

const positions = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i));
const frame = (payload: Uint8Array, type: 0 | 1 = 0, signature = 64): Uint8Array =>
  encodeFrame({ type, signature: new Uint8Array(signature), age: 3, payload });

describe('the limits of the seed’s frames', () => {
  test('0-P4 256 positions are 2048 bytes, in a frame of 2118, and 257 are refused', () => {
    const payload = encodePositions(positions(256));
    expect(payload).toHaveLength(2048);
    expect(frame(payload)).toHaveLength(2118);
    expect(decodePositions(payload)).toEqual({ ok: true, value: positions(256) });
    expect(decodeFrame(frame(payload))).toMatchObject({ ok: true });
    const more = encodePositions(positions(257));
    expect(decodePositions(more)).toMatchObject({ name: 'too_large' });
    expect(decodeFrame(frame(more))).toMatchObject({ name: 'too_large' });
    expect(decodePositions(new Uint8Array())).toMatchObject({ name: 'malformed' });
    expect(decodePositions(new Uint8Array(9))).toMatchObject({ name: 'malformed' });
  });

  test('0-P4 the largest valid node has 7227 bytes; the layout reads 7228, validation refuses it', () => {
    const largest = fullBranch(17);
    expect(encodeNodes([largest])).toHaveLength(7227);
    expect(nodeProblem(largest.node, 1)).toBeUndefined();
    const beyond = fullBranch(18);
    const bytes = encodeNodes([beyond]);
    expect(bytes).toHaveLength(7228);
    expect(decodeNodes(bytes)).toEqual({ ok: true, value: [beyond] });
    expect(nodeProblem(beyond.node, 1)).toMatchObject({ name: 'malformed' });
    expect(decodeNodes(encodeNodes([fullBranch(19)]))).toMatchObject({ name: 'too_large' });
  });

  test('0-P4 256 nodes have 1,850,112 bytes, and a 257th is refused', () => {
    const nodes = Array.from({ length: maxEntries }, () => fullBranch(17));
    const payload = encodeNodes(nodes);
    expect(payload).toHaveLength(1_850_112);
    expect(decodeFrame(frame(payload, messageType.hashs))).toMatchObject({ ok: true });
    const decoded = decodeNodes(payload);
    expect(decoded.ok && decoded.value.length).toBe(256);
    const leaf: SentNode = {
      position: 0n,
      node: { ...fullBranch(0).node, type: nodeType.leaf, childHashes: new Uint8Array() },
      childPositions: [],
    };
    const leaves = encodeNodes(Array.from({ length: 257 }, () => leaf));
    expect(decodeNodes(leaves)).toMatchObject({ name: 'too_large' });
  });

  test('0-P3 where a node stands bounds its key: 20 bytes on every path', () => {
    const leaf = (key: number) => ({
      type: nodeType.leaf,
      key: new Uint8Array(key),
      map: new Uint8Array(32).fill(1),
      childHashes: new Uint8Array(),
    });
    const two = Uint8Array.of(3, ...new Uint8Array(31));
    const branch = (key: number, map = two) => ({
      type: nodeType.branch,
      key: new Uint8Array(key),
      map,
      childHashes: new Uint8Array(40),
    });
    for (let from = 1; from <= 19; from += 1) {
      for (let key = 0; key <= 18; key += 1) {
        expect(nodeProblem(leaf(key), from) === undefined).toBe(from + key === 19);
        expect(nodeProblem(branch(key), from) === undefined).toBe(from + key <= 18);
      }
    }
    expect(nodeProblem(leaf(18), 0)).toBeDefined();
    expect(nodeProblem(branch(1), 0)).toBeDefined();
    expect(nodeProblem(branch(0, new Uint8Array(32)), 0)).toBeUndefined();
    const one = Uint8Array.of(1, ...new Uint8Array(31));
    expect(nodeProblem(branch(0, one), 1)).toBeDefined();
    expect(nodeProblem({ ...leaf(17), map: new Uint8Array(32) }, 2)).toBeDefined();
  });

  test('a signature above 80 bytes, a lying length and an unknown type are refused', () => {
    const payload = encodePositions([0n]);
    expect(decodeFrame(frame(payload, 0, 80))).toMatchObject({ ok: true });
    expect(decodeFrame(frame(payload, 0, 81))).toMatchObject({ name: 'too_large' });
    expect(decodeFrame(Uint8Array.of(0, 0, 0, 0, 9, 1))).toMatchObject({ name: 'malformed' });
    expect(decodeFrame(Uint8Array.of(2, 0, 0, 0, 0, 1))).toMatchObject({ name: 'malformed' });
    for (let length = 0; length <= 6; length += 1) {
      expect(decodeFrame(new Uint8Array(length)).ok).toBe(length === 6);
    }
  });

  test('any bytes are read or refused, and what is read is written the same', () => {
    const near = fc.uint8Array({ maxLength: 300 }).map((tail) => {
      const bytes = encodeNodes([{ ...fullBranch(2), childPositions: [] }]);
      bytes.set(tail.subarray(0, bytes.length), 8);
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), near), (bytes) => {
        const opened = decodeFrame(bytes);
        if (opened.ok) expect(encodeFrame(opened.value)).toEqual(bytes);
        const nodes = decodeNodes(bytes);
        if (nodes.ok) expect(encodeNodes(nodes.value)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});
