import { CliHome } from './cli.ts';

let home: CliHome;
beforeAll(async () => {
  home = await CliHome.create();
});
afterAll(() => home.remove());

const node = 'http://127.0.0.1';

/** Runs `artel dev` until `work` is done; the port is taken from what it prints. */
async function withChain(
  args: readonly string[],
  work: (url: string) => Promise<void>,
): Promise<{ code: number; out: string; err: string }> {
  const stop = new AbortController();
  const port = 22_060 + Math.floor(Math.random() * 40);
  const run = home.run(['dev', '--port', String(port), ...args], { signal: stop.signal });
  const url = `${node}:${port}`;
  try {
    await up(url);
    await work(url);
  } finally {
    stop.abort();
  }
  return run;
}

async function up(url: string): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const health = await fetch(`${url}/health`).catch(() => undefined);
    if (health?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${url}`);
}

test('a chain is started, controlled from the command line, ended, and taken up again', async () => {
  const control = async (url: string, ...args: string[]): Promise<Record<string, string>> => {
    const { code, out, err } = await home.run(['dev', ...args, '--node', url, '-o', 'json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out);
  };
  const dump = `${home.path}/chain.dump`;
  let kept: Record<string, string> = {};
  const first = await withChain(['--home', home.path, '--validators', '2'], async (url) => {
    expect(await control(url, 'mine', '3')).toMatchObject({ height: '5' });
    const before = await control(url, 'snapshot');
    const later = await control(url, 'advance', '40d');
    const moved = Date.parse(later.time ?? '') - Date.parse(before.time ?? '');
    expect(moved).toBeGreaterThanOrEqual(40 * 86_400_000 - 1_000);
    expect(await control(url, 'revert', before.id ?? '')).toMatchObject({ height: '5' });
    await control(url, 'dump', dump);
    await control(url, 'mine');
    kept = await control(url, 'load', dump);
    expect(kept).toMatchObject({ height: '5', app_hash: before.app_hash });
    expect((await home.run(['dev', 'revert', '7', '--node', url])).err).toContain(
      'there is no snapshot 7',
    );
    const taken = await home.run(['dev', '--port', new URL(url).port]);
    expect(taken.code).toBe(3);
    expect(taken.err).toContain('is in use by another program');
  });
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toContain('test test test test test test test test test test test junk');
  expect(first.out).toContain('artel15yk64u7zc9g9k2yr2wmzeva5qgwxps6ynxkunl');
  const second = await withChain(['--home', home.path], async (url) => {
    const next = await control(url, 'mine');
    expect(next).toMatchObject({ height: '6', app_hash: kept.app_hash });
  });
  expect(second.code).toBe(0);
  const loaded = await withChain(['--load', dump], async (url) => {
    expect(await control(url, 'mine')).toMatchObject({ height: '6', app_hash: kept.app_hash });
  });
  expect(loaded.code).toBe(0);
});

test.each([
  [['--chain-id', 'cosmoshub-4'], 'expected artel-dev-<n> or artel-local-<n>'],
  [['--port', 'http'], '--port is http, expected 0 to 65535'],
  [['--accounts', '0'], '--accounts is 0, expected 1 to 1000'],
  [['--block-time', '0s'], '--block-time is 0'],
  [['--load', 'missing.dump'], "missing.dump can't be read: ENOENT"],
  [['mine', 'many'], 'blocks'],
])('artel dev %p is refused in one line', async (args, message) => {
  const { code, err } = await home.run(['dev', ...args]);
  expect(code).not.toBe(0);
  expect(err).toContain(message);
});
