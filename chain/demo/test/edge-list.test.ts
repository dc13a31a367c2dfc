import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtInNetwork } from '../built-in.ts';
import { parseEdgeList, readEdgeFile } from '../edge-list.ts';
import { inGrowingOrder, mutualNetwork, type Network, shapeOf } from '../network.ts';

const names = ({ members, edges }: Network): readonly string[] =>
  edges.map(([a, b]) => `${members[a]}-${members[b]}`);

describe('an edge list', () => {
  test('has its fields apart by spaces, tabs or commas', () => {
    const { edges } = parseEdgeList(['1 2 .8', '2\t1\t1', 'a,b,-3,1289241912', '3  4']);
    expect(edges).toEqual([
      { from: '1', to: '2', weight: 0.8 },
      { from: '2', to: '1', weight: 1 },
      { from: 'a', to: 'b', weight: -3 },
      { from: '3', to: '4', weight: 1 },
    ]);
  });

  test('may have comments, empty lines and a header', () => {
    const list = parseEdgeList(['% sym', '# from to', '', 'from,to,weight', '1,2,1', 'from,x']);
    expect(list.edges.map(({ from }) => from)).toEqual(['1', 'from']);
    expect(list.rows).toBe(2);
  });

  test('loses loops and malformed lines, and says which', () => {
    const list = parseEdgeList(['# x', '1 1', '1 2', '1', '1 2 heavy', '2 2', 'a\u0000 b', '2 1']);
    expect(list).toMatchObject({ rows: 7, loops: [2, 6], malformed: [4, 5, 7] });
    expect(list.edges).toHaveLength(2);
  });

  test.each([
    ['plain', (text: string) => text],
    ['gzip', (text: string) => gzipSync(text)],
  ])('is read from a %s file', async (_, packed) => {
    const folder = await mkdtemp(join(tmpdir(), 'artel-edges-'));
    try {
      await writeFile(join(folder, 'edges'), packed('1 2\r\n2 1\r\n'));
      expect((await readEdgeFile(join(folder, 'edges'))).edges).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('that is missing or broken is an error', async () => {
    await expect(readEdgeFile('no-such-file')).rejects.toThrow('ENOENT');
    const folder = await mkdtemp(join(tmpdir(), 'artel-edges-'));
    try {
      await writeFile(join(folder, 'broken.gz'), gzipSync('1 2\n'.repeat(1000)).subarray(0, 20));
      await expect(readEdgeFile(join(folder, 'broken.gz'))).rejects.toThrow(
        'unexpected end of file',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a network', () => {
  test('has the pairs that name each other, in the order of the second line', () => {
    const { edges } = parseEdgeList(['1 2', '3 4', '4 3', '2 1', '1 2', '5 6', '2 1']);
    const network = mutualNetwork(edges);
    expect(network.members).toEqual(['4', '3', '2', '1']);
    expect(names(network)).toEqual(['4-3', '2-1']);
    expect(names(mutualNetwork(edges, { limit: 1 }))).toEqual(['4-3']);
    expect(shapeOf(network)).toEqual({ nodes: 4, edges: 2, components: 2, largest: 2 });
  });

  test('grows member by member', () => {
    const edges = parseEdgeList('1 2,2 1,3 4,4 3,2 3,3 2,8 9,9 8'.split(',')).edges;
    const ordered = inGrowingOrder(mutualNetwork(edges));
    expect(ordered.members).toEqual(['2', '1', '3', '4', '9', '8']);
    expect(names(ordered).toSorted()).toEqual(['2-1', '2-3', '3-4', '9-8']);
  });

  test('without a file has 60 collectives in two components', () => {
    const network = builtInNetwork();
    expect(shapeOf(network)).toEqual({ nodes: 60, edges: 73, components: 2, largest: 36 });
    expect(new Set(names(network)).size).toBe(73);
  });
});

const data = join(import.meta.dirname, '../../../../shared/data');
const known = [
  ['advogato/out.advogato.gz', {}, 3992, [2855, 7850, 67, 2716]],
  ['advogato/out.advogato.gz', { minWeight: 0.8 }, 3992, [undefined, 5186, 77, 1996]],
  ['bitcoin-otc/soc-sign-bitcoinotc.csv.gz', {}, 0, [4700, 14_100, 34, 4617]],
  ['bitcoin-alpha/out.soc-sign-bitcoinalpha.gz', {}, 0, [3228, 10_062, 11, 3204]],
  ['g1-wot/certifications.csv.gz', {}, 0, [7096, 24_837, 48, 6993]],
] as const;

describe('real networks have the figures that others found', () => {
  for (const [file, options, loops, [nodes, edges, components, largest]] of known) {
    const path = join(data, file);
    if (!existsSync(path)) {
      test(`${file} is not here: not read`, () => expect(existsSync(path)).toBe(false));
      continue;
    }
    test(`${file} ${JSON.stringify(options)}`, async () => {
      const list = await readEdgeFile(path);
      expect([list.loops.length, list.malformed.length]).toEqual([loops, 0]);
      const shape = shapeOf(mutualNetwork(list.edges, options));
      expect(shape).toEqual({ nodes: nodes ?? shape.nodes, edges, components, largest });
    });
  }
});
