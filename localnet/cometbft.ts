/**
 * Finds the one CometBFT that Artel runs behind, or gets it. The version is pinned: another one may
 * speak another ABCI, and a network of two versions can part ways. Why 0.38: docs/adr/0003.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The CometBFT version that is needed, without the leading `v`. */
export const cometbftVersion = '0.38.25';

/** The oldest Go that builds it (the `go` line of its go.mod). */
export const goVersionNeeded = '1.22.11';

/**
 * SHA-256 of the release archives by `<os>_<arch>`. A pin is added only by someone who has checked
 * the archive against the release page; without one there is no download (docs/adr/0003).
 */
const releasePins: Readonly<Record<string, string>> = {};

const releasePage = 'https://github.com/cometbft/cometbft/releases/download';

/** A CometBFT of the pinned version. */
export interface Cometbft {
  readonly path: string;
  readonly version: string;
  /** Where it came from. */
  readonly how: 'COMETBFT_BIN' | 'PATH' | 'cache' | 'go install' | 'release archive';
}

export interface FindCometbftOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told about slow work, one line each; never called when a CometBFT is there already. */
  readonly onProgress?: (line: string) => void;
  /** Where a CometBFT that had to be got is kept. Default: `defaultCacheDir(env)`. */
  readonly cacheDir?: string;
  /** False: only look, get nothing. Default true. */
  readonly install?: boolean;
  /** The release page and its pins; tests have their own. */
  readonly release?: { readonly page: string; readonly pins: Readonly<Record<string, string>> };
  /** Ends a build or download under way. */
  readonly signal?: AbortSignal;
}

/**
 * No CometBFT of the pinned version can be had. The message is one line; `hint` says what to do.
 */
export class CometbftUnavailable extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'CometbftUnavailable';
    this.hint = hint;
  }
}

/**
 * Looks at `COMETBFT_BIN`, then PATH, then the cache; else builds it with Go, else fetches the
 * release. A wrong `COMETBFT_BIN` is an error, since somebody asked for it; a wrong one on PATH is
 * passed over.
 *
 * @throws CometbftUnavailable with everything that was tried.
 */
export async function findCometbft(options: FindCometbftOptions): Promise<Cometbft> {
  const { env } = options;
  const named = env.COMETBFT_BIN;
  if (named !== undefined && named !== '') {
    const has = await versionOf(named);
    if (has === cometbftVersion) return { path: resolve(named), version: has, how: 'COMETBFT_BIN' };
    throw new CometbftUnavailable(
      has === undefined
        ? `COMETBFT_BIN=${named} is not a CometBFT that runs; ${cometbftVersion} is needed`
        : `COMETBFT_BIN=${named} is version ${has}; ${cometbftVersion} is needed`,
      `Point COMETBFT_BIN at CometBFT ${cometbftVersion}, or unset it to have it looked for.`,
    );
  }
  const tried: string[] = [];
  const onPath = await findOnPath('cometbft', env.PATH);
  if (onPath !== undefined) {
    const has = await versionOf(onPath);
    if (has === cometbftVersion) return { path: onPath, version: has, how: 'PATH' };
    tried.push(`${onPath} is version ${has ?? 'unknown'}`);
  } else tried.push('no cometbft on PATH');

  const cacheDir = options.cacheDir ?? defaultCacheDir(env);
  const cached = join(cacheDir, `cometbft-${cometbftVersion}`);
  if ((await versionOf(cached)) === cometbftVersion) {
    return { path: cached, version: cometbftVersion, how: 'cache' };
  }
  if (options.install === false) throw unavailable(tried);

  await mkdir(cacheDir, { recursive: true });
  for (const [how, get] of [
    ['go install', buildWithGo],
    ['release archive', fetchRelease],
  ] as const) {
    const work = await mkdtemp(join(cacheDir, 'get-'));
    try {
      const built = await get(work, options);
      const has = await versionOf(built);
      if (has !== cometbftVersion) throw new Error(`${how} gave version ${has ?? 'unknown'}`);
      // The rename is atomic, so two set-ups at once can't see half a file.
      await rename(built, cached);
      return { path: cached, version: has, how };
    } catch (error) {
      options.signal?.throwIfAborted();
      tried.push(error instanceof Error ? error.message : String(error));
    } finally {
      // Go makes its module folders read-only, but they are not in here: only the binary is.
      await rm(work, { recursive: true, force: true });
    }
  }
  throw unavailable(tried);
}

/**
 * `.cache/bin` of the checkout, so that `make clean` finds it; where Artel is installed as a
 * package, the user's cache folder, since `node_modules` is thrown away and may be read-only.
 */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  const here = dirname(fileURLToPath(import.meta.url));
  if (!here.split(/[\\/]/).includes('node_modules')) return resolve(here, '..', '.cache', 'bin');
  const base = env.XDG_CACHE_HOME ?? join(env.HOME ?? '.', '.cache');
  return join(base, 'artel', 'bin');
}

function unavailable(tried: readonly string[]): CometbftUnavailable {
  return new CometbftUnavailable(
    `CometBFT ${cometbftVersion} can't be had: ${tried.join('; ')}`,
    `Install Go ${goVersionNeeded} or later, or set COMETBFT_BIN to CometBFT ${cometbftVersion}; ` +
      'or run `make dev`, a chain that needs only Node.',
  );
}

/** The version that a binary reports, or undefined where it is missing or does not run. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['version'], { timeout: 20_000 });
    // Some builds add the commit: 0.38.25+abcdef0.
    return /^v?(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(stdout.trim())?.[1];
  } catch {
    return undefined;
  }
}

async function findOnPath(name: string, path: string | undefined): Promise<string | undefined> {
  for (const folder of (path ?? '').split(':')) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

async function buildWithGo(work: string, options: FindCometbftOptions): Promise<string> {
  const go = await findOnPath('go', options.env.PATH);
  if (go === undefined) throw new Error('no Go on PATH to build it with');
  const env = goEnvironment(options.env, work);
  const { stdout } = await run(go, ['env', 'GOVERSION'], { cwd: work, env });
  const has = stdout.trim().replace(/^go/, '');
  if (!atLeast(has, goVersionNeeded)) {
    throw new Error(`Go ${has} is too old to build it, ${goVersionNeeded} is needed`);
  }
  const source = `github.com/cometbft/cometbft/cmd/cometbft@v${cometbftVersion}`;
  options.onProgress?.(`Building CometBFT ${cometbftVersion} with Go ${has} (about a minute) ...`);
  const started = performance.now();
  try {
    await run(go, ['install', '-trimpath', source], {
      cwd: work,
      env,
      maxBuffer: 16 * 1024 * 1024,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    throw new Error(`\`go install ${source}\` failed: ${lastLine(error)}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  options.onProgress?.(`CometBFT ${cometbftVersion} built in ${seconds} s.`);
  return join(work, 'cometbft');
}

/** The caller's environment, without what would make Go build something else or somewhere else. */
function goEnvironment(
  env: FindCometbftOptions['env'],
  work: string,
): Record<string, string | undefined> {
  const { GOOS, GOARCH, GOFLAGS, ...kept } = env;
  // local: this Go builds it, or none. CGO off: no C compiler is needed.
  return { ...kept, GOBIN: work, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
}

async function fetchRelease(work: string, options: FindCometbftOptions): Promise<string> {
  const { page, pins } = options.release ?? { page: releasePage, pins: releasePins };
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const pin = pins[platform];
  if (pin === undefined) {
    throw new Error(
      `no release archive for ${platform} is pinned by its SHA-256, so none is fetched`,
    );
  }
  const url = `${page}/v${cometbftVersion}/cometbft_${cometbftVersion}_${platform}.tar.gz`;
  options.onProgress?.(`Fetching ${url} ...`);
  const archive = join(work, 'cometbft.tar.gz');
  try {
    const response = await fetch(
      url,
      options.signal === undefined ? {} : { signal: options.signal },
    );
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    await writeFile(archive, Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    throw new Error(`${url} can't be fetched: ${lastLine(error)}`);
  }
  const sum = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex');
  if (sum !== pin) throw new Error(`${url} has SHA-256 ${sum}, ${pin} was expected`);
  await run('tar', ['-xzf', archive, '-C', work, 'cometbft']);
  return join(work, 'cometbft');
}

/** Compares dotted versions by number; a pre-release (`1.22rc1`) counts as its release. */
function atLeast(has: string, needed: string): boolean {
  const parts = (version: string): number[] => version.match(/\d+/g)?.map(Number) ?? [];
  const [a, b] = [parts(has), parts(needed)];
  for (let i = 0; i < b.length; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function lastLine(error: unknown): string {
  const stderr = (error as { stderr?: unknown }).stderr;
  const cause = (error as { cause?: unknown }).cause;
  const text =
    typeof stderr === 'string' && stderr.trim() !== ''
      ? stderr
      : cause instanceof Error
        ? cause.message
        : error instanceof Error
          ? error.message
          : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
