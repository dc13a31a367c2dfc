/** `artel debug`: what running nodes hold, compared down to the record. */
import { Command } from 'commander';
import {
  QueryKeysRequest,
  QueryKeysResponse,
  QueryRootsRequest,
  QueryRootsResponse,
} from '../../../proto/generated/artel/chain/v1/query.ts';
import { ArtelNode } from '../../client/node.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatTable } from '../output.ts';
import { print, settingsOf } from '../settings.ts';
import { differingRecords, RemoteTree } from '../tree-difference.ts';
import { formatHex, parseCount, parseHeight, parseHex } from '../values.ts';

/** Rows that a node gives at once. */
const pageRows = 1000;
/** Differences shown of one module. */
const shownRows = 20;

export function debugCommand(context: CliContext): Command {
  const debug = new Command('debug').description('look into the state of running nodes');
  debug.addCommand(rootsCommand(context));
  debug.addCommand(diffCommand(context));
  debug.addCommand(keysCommand(context));
  return debug;
}

function rootsCommand(context: CliContext): Command {
  const command = new Command('roots')
    .description('the root of every module after a block; of several nodes side by side')
    .argument('[height]', 'default: the latest height that all have')
    .option('--nodes <urls>', 'RPC of the nodes, separated by commas (default: --node)')
    .addHelpText(
      'after',
      `
The exit code is 1 where they differ.

Example:
  artel debug roots 100 --nodes http://127.0.0.1:26657,http://127.0.0.1:26667`,
    );
  return command.action(async (height: string | undefined) => {
    const settings = settingsOf(context, command);
    const { nodes: given } = command.opts<{ nodes?: string }>();
    const nodes = (given ?? settings.node).split(',').map((url) => nodeAt(context, url.trim()));
    const at = height === undefined ? await commonHeight(nodes) : parseHeight(height);
    const all = await Promise.all(nodes.map((node) => rootsOf(node, at)));
    const names = [...new Set(all.flatMap(({ roots }) => [...roots.keys()]))].sort();
    const rows = [
      ['app hash', ...all.map(({ appHash }) => appHash)],
      ...names.map((name) => [name, ...all.map(({ roots }) => roots.get(name) ?? '(none)')]),
    ];
    const differing = rows
      .filter(([, ...hashes]) => new Set(hashes).size > 1)
      .map(([name]) => name);
    const value = {
      height: at,
      equal: differing.length === 0,
      nodes: all.map(({ appHash, roots }, index) => ({
        node: nodes[index]?.url,
        app_hash: appHash,
        roots: Object.fromEntries(roots),
      })),
    };
    print(context, settings, value, rootsTable(at, nodes, rows));
    if (differing.length > 0) {
      throw new CliError(
        `the nodes differ at height ${at}: ${differing.join(', ')}`,
        exitCodes.failed,
        'See the records with `artel debug diff`.',
      );
    }
  });
}

function rootsTable(
  height: number,
  nodes: readonly ArtelNode[],
  rows: readonly (readonly string[])[],
): string {
  const short = (hash: string): string => (nodes.length > 1 ? hash.slice(0, 16) : hash);
  const cells = rows.map(([name = '', ...hashes]) => [name, ...hashes.map(short)]);
  return `height ${height}\n${formatTable(['module', ...nodes.map(({ url }) => url)], cells)}`;
}

function diffCommand(context: CliContext): Command {
  const command = new Command('diff')
    .description('the records in which two nodes differ after a block')
    .argument('<node>', 'RPC of a node')
    .argument('[other]', 'RPC of the other (default: --node)')
    .option('--height <height>', 'default: the latest height that both have')
    .addHelpText(
      'after',
      `
Walks both trees down where their hashes part, so it asks for little however much there is; at most
${shownRows} records of each module are shown. The exit code is 1 where the nodes differ.

Example:
  artel debug diff http://127.0.0.1:26657 http://127.0.0.1:26667 --height 100`,
    );
  return command.action(async (first: string, second: string | undefined) => {
    const settings = settingsOf(context, command);
    const { height } = command.opts<{ height?: string }>();
    const urls = second === undefined ? [settings.node, first] : [first, second];
    const [a, b] = urls.map((url) => nodeAt(context, url)) as [ArtelNode, ArtelNode];
    const at = height === undefined ? await commonHeight([a, b]) : parseHeight(height);
    const [ofA, ofB] = await Promise.all([rootsOf(a, at), rootsOf(b, at)]);
    const differences: Difference[] = [];
    for (const module of [...new Set([...ofA.roots.keys(), ...ofB.roots.keys()])].sort()) {
      const [rootA, rootB] = [ofA.roots.get(module), ofB.roots.get(module)];
      if (rootA === rootB) continue;
      const treeA = new RemoteTree(a, module, at, bytesOf(rootA));
      const treeB = new RemoteTree(b, module, at, bytesOf(rootB));
      differences.push(...(await firstDifferences(module, treeA, treeB)));
    }
    const rows = differences.map((one) => [one.module, one.key, one.a ?? '-', one.b ?? '-']);
    const table =
      rows.length === 0
        ? `no difference at height ${at}`
        : formatTable(['module', 'key', a.url, b.url], rows);
    print(context, settings, { height: at, a: a.url, b: b.url, differences }, table);
    if (ofA.appHash !== ofB.appHash) {
      throw new CliError(`the nodes differ at height ${at}`, exitCodes.failed);
    }
  });
}

function bytesOf(hex: string | undefined): Uint8Array | undefined {
  return hex === undefined ? undefined : parseHex('root', hex);
}

/** Keys and values in hex; undefined where a node has no such record. */
interface Difference {
  readonly module: string;
  readonly key: string;
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/** At most `shownRows`, in the order of keys. */
async function firstDifferences(
  module: string,
  a: RemoteTree,
  b: RemoteTree,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for await (const { key, values } of differingRecords(a, b)) {
    const [ofA, ofB] = values.map((value) => value && formatHex(value));
    found.push({ module, key: formatHex(key), a: ofA, b: ofB });
    if (found.length === shownRows) break;
  }
  return found.sort((one, other) => (one.key < other.key ? -1 : 1));
}

function keysCommand(context: CliContext): Command {
  const command = new Command('keys')
    .description('raw keys and values of a module, in hex')
    .argument('<module>', 'name of the store')
    .option('--limit <n>', 'at most so many', '100')
    .option('--from <key>', 'first key, in hex')
    .option('--height <height>', 'state after this block (default: the latest)')
    .addHelpText('after', '\nExample:\n  artel debug keys trust --limit 10 -o json');
  return command.action(async (module: string) => {
    const settings = settingsOf(context, command);
    const { limit, from, height } = command.opts<{
      limit: string;
      from?: string;
      height?: string;
    }>();
    const node = nodeAt(context, settings.node);
    const most = parseCount('limit', limit, 1);
    const at = height === undefined ? undefined : parseHeight(height);
    const rows: Entry[] = [];
    const start = from === undefined ? new Uint8Array() : parseHex('key', from);
    for await (const entry of entriesOf(node, module, at, start, Math.min(most, pageRows))) {
      rows.push(entry);
      if (rows.length === most) break;
    }
    const table = formatTable(
      ['key', 'value'],
      rows.map(({ key, value }) => [key, value]),
    );
    print(context, settings, rows, rows.length === 0 ? 'no keys' : table);
  });
}

/** Hex, so that text order is key order. */
interface Entry {
  readonly key: string;
  readonly value: string;
}

async function* entriesOf(
  node: ArtelNode,
  module: string,
  height: number | undefined,
  from: Uint8Array = new Uint8Array(),
  limit: number = pageRows,
): AsyncGenerator<Entry, undefined> {
  let next = from;
  do {
    const { response } = await node.query(
      '/artel.chain.v1.Query/Keys',
      QueryKeysRequest,
      QueryKeysResponse,
      { module, from: next, limit },
      height,
    );
    for (const { key, value } of response.entries) {
      yield { key: formatHex(key), value: formatHex(value) };
    }
    next = response.next;
  } while (next.length > 0);
  return undefined;
}

async function rootsOf(
  node: ArtelNode,
  height: number,
): Promise<{ readonly appHash: string; readonly roots: ReadonlyMap<string, string> }> {
  const { response } = await node.query(
    '/artel.chain.v1.Query/Roots',
    QueryRootsRequest,
    QueryRootsResponse,
    {},
    height,
  );
  const roots = response.roots.map(({ module, root }) => [module, formatHex(root)] as const);
  return { appHash: formatHex(response.appHash), roots: new Map(roots) };
}

async function commonHeight(nodes: readonly ArtelNode[]): Promise<number> {
  const heights = await Promise.all(
    nodes.map(async ({ comet }) => (await comet.abciInfo()).lastBlockHeight ?? 0),
  );
  return Math.min(...heights);
}

function nodeAt({ signal }: CliContext, url: string): ArtelNode {
  return new ArtelNode(url, { signal });
}
