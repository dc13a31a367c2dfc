/** The table of settings against the file that the real CometBFT writes. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  configLines,
  configTable,
  configureNode,
  defaultNodeConfig,
  listeners,
} from '../config.ts';
import { patchToml, readToml } from '../toml.ts';
import { cometbftBinary, temporaryFolder } from './fixtures.ts';

const node = { ...defaultNodeConfig, moniker: 'a "quoted" name', rpcPort: 21_201 };
const local = { ...node, localPeers: ['aa@127.0.0.1:1', 'bb@127.0.0.1:2'] };
let defaults = '';

beforeAll(async () => {
  await using folder = await temporaryFolder();
  execFileSync(await cometbftBinary(), ['init', '--home', folder.path]);
  defaults = await readFile(join(folder.path, 'config', 'config.toml'), 'utf8');
});

test('every line of the table exists in the defaults of CometBFT, once, with a reason', () => {
  const names = configTable.map(({ section, key }) => `${section}.${key}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { section, key, reason } of configTable) {
    expect([section, key, readToml(defaults, section, key) !== undefined]).toEqual([
      section,
      key,
      true,
    ]);
    expect(reason.length).toBeGreaterThan(15);
  }
});

test.each([
  ['a node', node],
  ['a node of a localnet', local],
])('the file of %s differs from the defaults only in its lines of the table', (_, config) => {
  const text = configureNode(defaults, config);
  const lines = configLines(config);
  for (const { section, key, value } of lines) expect(readToml(text, section, key)).toEqual(value);
  const before = defaults.split('\n');
  const changed = text.split('\n').filter((line, index) => line !== before[index]);
  const keys = new Set(lines.map(({ key }) => key));
  expect(changed.length).toBeGreaterThan(5);
  expect(changed.filter((line) => !keys.has(line.split(' =')[0] ?? ''))).toEqual([]);
});

test('a line of another version, which the file does not have, is an error that names it', () => {
  const entry = { section: 'rpc', key: 'lost', value: 1 };
  expect(() => patchToml(defaults, [entry])).toThrow('config.toml has no rpc.lost to set');
});

test('equal keys of other sections are left alone', () => {
  const text = '[rpc]\nladdr = "a" # why\n[p2p]\nladdr = "b"\nlist = ["x", "y", ]\n';
  const patched = patchToml(text, [{ section: 'p2p', key: 'laddr', value: 'c' }]);
  expect(readToml(patched, 'rpc', 'laddr')).toBe('a');
  expect(readToml(patched, 'p2p', 'laddr')).toBe('c');
  expect(readToml(patched, 'p2p', 'list')).toEqual(['x', 'y']);
});

test('the ports that CometBFT will listen on are read from its own file', () => {
  expect(listeners(configureNode(defaults, local))).toEqual([
    { what: 'RPC', setting: '[rpc] laddr', host: '127.0.0.1', port: 21_201 },
    { what: 'P2P', setting: '[p2p] laddr', host: '127.0.0.1', port: 26_656 },
    {
      what: 'Prometheus',
      setting: '[instrumentation] prometheus_listen_addr',
      host: '127.0.0.1',
      port: 26_660,
    },
  ]);
});
