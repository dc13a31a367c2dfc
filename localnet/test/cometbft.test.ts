import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cometbft,
  cometbftVersion,
  type FindCometbftOptions,
  findCometbft,
} from '../cometbft.ts';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-cometbft-'));
  lines = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program that prints `version`, where a CometBFT would be. */
async function fake(name: string, version: string): Promise<string> {
  return script(name, `echo ${version}`);
}

async function script(name: string, body: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

function find(
  env: Record<string, string>,
  more: Partial<FindCometbftOptions> = {},
): Promise<Cometbft> {
  return findCometbft({
    env,
    cacheDir: join(folder, 'cache'),
    onProgress: (line) => lines.push(line),
    ...more,
  });
}

test('COMETBFT_BIN comes first, then PATH, then the cache, all in silence', async () => {
  const named = await fake('named/cometbft', cometbftVersion);
  const onPath = await fake('path/cometbft', `${cometbftVersion}+1a2b3c4`);
  const cached = await fake(`cache/cometbft-${cometbftVersion}`, `v${cometbftVersion}`);
  const PATH = `${join(folder, 'nowhere')}:${join(folder, 'path')}`;
  expect(await find({ COMETBFT_BIN: named, PATH })).toMatchObject({ path: named });
  expect(await find({ COMETBFT_BIN: '', PATH })).toMatchObject({ path: onPath, how: 'PATH' });
  expect(await find({ PATH: '' })).toEqual({
    path: cached,
    version: cometbftVersion,
    how: 'cache',
  });
  expect(lines).toEqual([]);
});

test('a COMETBFT_BIN of another version is refused, though the right one is on PATH', async () => {
  const named = await fake('named/cometbft', '1.0.1');
  await fake('path/cometbft', cometbftVersion);
  await expect(find({ COMETBFT_BIN: named, PATH: join(folder, 'path') })).rejects.toThrow(
    `COMETBFT_BIN=${named} is version 1.0.1; ${cometbftVersion} is needed`,
  );
  await expect(find({ COMETBFT_BIN: join(folder, 'none') })).rejects.toThrow(
    `is not a CometBFT that runs; ${cometbftVersion} is needed`,
  );
});

test('where nothing can be had one line says what was tried and what to do', async () => {
  const wrong = await fake('path/cometbft', '0.38.24');
  await script('path/go', 'echo go1.22.10');
  const failure = find({ PATH: join(folder, 'path') });
  await expect(failure).rejects.toMatchObject({
    message:
      `CometBFT ${cometbftVersion} can't be had: ${wrong} is version 0.38.24; ` +
      'Go 1.22.10 is too old to build it, 1.22.11 is needed; ' +
      `no release archive for ${platform()} is pinned by its SHA-256, so none is fetched`,
    hint: expect.stringContaining('make dev'),
  });
  await expect(find({ PATH: '' }, { install: false })).rejects.toThrow(/no cometbft on PATH$/);
});

test('go install builds exactly this version into the cache, once', async () => {
  await script(
    'path/go',
    [
      '[ "$1" = env ] && { echo go1.24.0; exit; }',
      `echo "$@ $GOTOOLCHAIN [$GOFLAGS] [$GOOS]" > ${join(folder, 'asked')}`,
      `printf '#!/bin/sh\\necho ${cometbftVersion}\\n' > "$GOBIN/cometbft"`,
      '/bin/chmod 755 "$GOBIN/cometbft"',
    ].join('\n'),
  );
  const env = { PATH: join(folder, 'path'), GOFLAGS: '-mod=vendor', GOOS: 'plan9' };
  expect(await find(env)).toMatchObject({ how: 'go install', version: cometbftVersion });
  expect((await readFile(join(folder, 'asked'), 'utf8')).trim()).toBe(
    `install -trimpath github.com/cometbft/cometbft/cmd/cometbft@v${cometbftVersion} local [] []`,
  );
  expect(lines).toHaveLength(2);
  expect(await find(env)).toMatchObject({ how: 'cache' });
  expect(lines).toHaveLength(2);
  expect(await readdir(join(folder, 'cache'))).toEqual([`cometbft-${cometbftVersion}`]);
});

test('a Go that fails is told with its last words', async () => {
  await script(
    'path/go',
    '[ "$1" = env ] && { echo go1.24.0; exit; }\necho no network >&2; exit 1',
  );
  await expect(find({ PATH: join(folder, 'path') })).rejects.toThrow(/failed: no network;/);
});

describe('the release archive', () => {
  let server: Server;
  let page: string;
  let archive: Buffer;

  beforeEach(async () => {
    await fake('release/cometbft', cometbftVersion);
    const made = spawnSync('tar', ['-czf', '-', '-C', join(folder, 'release'), 'cometbft']);
    archive = made.stdout;
    server = createServer((request, response) => {
      const name = `cometbft_${cometbftVersion}_${platform()}.tar.gz`;
      if (request.url === `/v${cometbftVersion}/${name}`) response.end(archive);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    page = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  function release(pin: string, at = page): Partial<FindCometbftOptions> {
    return { release: { page: at, pins: { [platform()]: pin } } };
  }

  test('is taken when its SHA-256 is the pinned one', async () => {
    const pin = createHash('sha256').update(archive).digest('hex');
    // tar is found by this process's own PATH.
    expect(await find({ PATH: '' }, release(pin))).toMatchObject({ how: 'release archive' });
    expect(await find({ PATH: '' })).toMatchObject({ how: 'cache' });
  });

  test('is refused when it is another, and nothing of it stays', async () => {
    await expect(find({ PATH: '' }, release('00'.repeat(32)))).rejects.toThrow(/00 was expected/);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('that is not there is one line', async () => {
    await expect(find({ PATH: '' }, release('00', `${page}/gone`))).rejects.toThrow(
      /can't be fetched: HTTP status 404$/,
    );
  });
});

function platform(): string {
  return `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
}
