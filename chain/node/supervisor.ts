/**
 * Runs one node: the application listens, CometBFT is started behind it, and the two end together
 * in the right order. Whatever ends unasked ends the node, with a reason and without a second try.
 */
import { access, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestInitChain } from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import { GenesisProblem } from '../../modules/_kernel/module.ts';
import type { Application } from '../abci/application.ts';
import { AbciServer, type AbciServerOptions } from '../abci/server.ts';
import { CliError, exitCodes } from '../cli/context.ts';
import { StoreLocked, StoreWriteFailed } from '../store/errors.ts';
import { spawnCometbft } from './cometbft-process.ts';
import { listeners } from './config.ts';
import { checkGenesis, refuseTestAccounts, rememberGenesis } from './genesis-check.ts';
import { type HomeLock, lockHome, type NodeHome, nodeHome } from './home.ts';
import { LogWatch } from './log-watch.ts';
import { waitForFreePorts } from './ports.ts';
import { placeSocket } from './socket.ts';
import { readToml } from './toml.ts';
import { checkSigningState, lockValidator, rememberSigningState } from './validator-lock.ts';

/** The application of one home, and how to close it. */
export interface RunningApp {
  readonly application: Application;
  close(): Promise<void>;
}

/** Opens the application of a home. */
export type MakeApp = (home: NodeHome, logger: Logger) => Promise<RunningApp>;

export interface RunNodeOptions {
  readonly home: string;
  /** The CometBFT binary; undefined runs the application alone (`artel abci`). */
  readonly cometbft: string | undefined;
  readonly makeApp: MakeApp;
  /** Instead of the socket in the home. */
  readonly listen?: string;
  /** What InitChain is made of, where that is not the genesis as it came. */
  readonly completeGenesis?: (request: RequestInitChain) => RequestInitChain;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Takes CometBFT's log, line by line. */
  readonly onLine: (line: string) => void;
  /** Ends the node in order. */
  readonly signal: AbortSignal;
  /** The node ends in order once this block is committed. */
  readonly haltHeight?: bigint;
  /** How long CometBFT may take to end, in ms, before it is killed. */
  readonly stopGraceMs?: number;
}

/**
 * Runs a node until the signal fires.
 *
 * @throws CliError for everything that keeps the node from starting or ends it unasked.
 */
export async function runNode(options: RunNodeOptions): Promise<void> {
  const home = nodeHome(options.home);
  const config = await readConfig(home, options.cometbft === undefined);
  const genesis = config === undefined ? undefined : await checkGenesis(home);
  // Closed in reverse: CometBFT, server, application, socket folder, lock.
  const opened = new AsyncDisposableStack();
  try {
    const own = await lockHome(home);
    opened.defer(() => own.release());
    const key =
      genesis === undefined || options.cometbft === undefined || signsElsewhere(config)
        ? undefined
        : await guardValidatorKey(home, genesis.chainId, options, opened);
    const lock: HomeLock = {
      ...own,
      async update(change) {
        await own.update(change);
        await key?.update(change);
      },
    };
    if (config !== undefined && options.cometbft !== undefined) {
      await waitForFreePorts(listeners(config), home.configFile);
    }
    const address = await chooseAddress(home, options, lock, opened);
    const app = await openApp(home, options);
    opened.defer(() => app.close());
    const fatal = Promise.withResolvers<CliError>();
    const halted = Promise.withResolvers<undefined>();
    const { haltHeight } = options;
    const application =
      haltHeight === undefined
        ? app.application
        : await haltingAfter(haltHeight, app.application, () => halted.resolve(undefined));
    const server = await listen(address, {
      application: watching(application, options.completeGenesis, async () => {
        if (genesis !== undefined) await rememberGenesis(home, genesis);
      }),
      logger: options.logger,
      onFatal: (error) => fatal.resolve(explainDefect(error, home)),
    });
    opened.defer(() => server.close());
    const outcome = await Promise.race([
      // First in the list: a defect of the application ends CometBFT too, but is the reason that
      // helps.
      fatal.promise,
      halted.promise,
      options.cometbft === undefined
        ? aborted(options.signal)
        : runCometbft(home, options.cometbft, server.address, options, lock, opened),
    ]);
    if (outcome !== undefined) throw outcome;
  } catch (error) {
    throw explain(error, home);
  } finally {
    await opened.disposeAsync();
  }
}

/** A remote signer has the key, and is the one to guard it. */
function signsElsewhere(config: string | undefined): boolean {
  return (readToml(config ?? '', '', 'priv_validator_laddr') ?? '') !== '';
}

/** How often what was signed is remembered while the node runs, in ms. */
const rememberEveryMs = 30_000;

/** The key is this process's, and what it signs is remembered, until `opened` closes. */
async function guardValidatorKey(
  home: NodeHome,
  chainId: string,
  { env, logger }: RunNodeOptions,
  opened: AsyncDisposableStack,
): Promise<HomeLock> {
  const key = await lockValidator(home, chainId, env);
  opened.defer(() => key.release());
  await checkSigningState(home);
  // A full disk must not end a node that still runs.
  const remember = (): Promise<void> =>
    rememberSigningState(home).catch((error: unknown) => {
      logger.warn({ err: error }, 'what was signed last could not be remembered');
    });
  await remember();
  const timer = setInterval(() => void remember(), rememberEveryMs);
  opened.defer(async () => {
    clearInterval(timer);
    await remember();
  });
  return key;
}

/** Runs CometBFT until the signal fires (undefined) or it fails; it is stopped by `opened`. */
async function runCometbft(
  home: NodeHome,
  binary: string,
  address: string,
  options: RunNodeOptions,
  lock: HomeLock,
  opened: AsyncDisposableStack,
): Promise<CliError | undefined> {
  if (options.signal.aborted) return undefined;
  const watch = new LogWatch();
  const seen = Promise.withResolvers<CliError>();
  const cometbft = await spawnCometbft({
    binary,
    args: ['start', '--home', home.root, '--proxy_app', address, '--abci', 'socket'],
    env: options.env,
    onLine: (line) => {
      options.onLine(line);
      const failure = watch.read(line);
      if (failure !== undefined) seen.resolve(failure);
    },
  });
  opened.defer(async () => {
    // Told where it can be; a full disk must not keep CometBFT from being stopped.
    await lock.update({ stage: 'stopping' }).catch(() => undefined);
    await cometbft.stop(options.stopGraceMs ?? 20_000);
  });
  await lock.update({ cometbft: cometbft.ref });
  return Promise.race([
    aborted(options.signal),
    seen.promise,
    cometbft.ended.then(({ code, signal }) => watch.explainEnd(code, signal)),
  ]);
}

async function readConfig(home: NodeHome, external: boolean): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(home.configFile, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw explain(error, home);
    if (external) return undefined;
    throw new CliError(
      `${home.root} is no node home: it has no config/config.toml`,
      exitCodes.usage,
      'Make one with `artel init`, or name the right --home.',
    );
  }
  if (external) return text;
  try {
    await access(home.signingStateFile);
  } catch {
    // Never made anew by us: a validator that forgets what it signed may sign it differently.
    throw new CliError(
      `${home.signingStateFile} is missing: what this validator signed last is not known`,
      exitCodes.usage,
      'Restore it; where this key never signed, write {"height":"0","round":0,"step":0} into it.',
    );
  }
  return text;
}

async function chooseAddress(
  home: NodeHome,
  options: RunNodeOptions,
  lock: HomeLock,
  opened: AsyncDisposableStack,
): Promise<string> {
  const runtimeDir = options.env.XDG_RUNTIME_DIR ?? tmpdir();
  const place =
    options.listen === undefined
      ? await placeSocket(home.socketFile, runtimeDir)
      : { address: options.listen };
  const { dir } = place;
  if (dir !== undefined) {
    opened.defer(() => rm(dir, { recursive: true, force: true }));
    await lock.update({ socketDir: dir });
  }
  return place.address;
}

async function openApp(home: NodeHome, options: RunNodeOptions): Promise<RunningApp> {
  try {
    return await options.makeApp(home, options.logger);
  } catch (error) {
    throw explain(error, home);
  }
}

async function listen(address: string, options: AbciServerOptions): Promise<AbciServer> {
  try {
    return await AbciServer.listen(address, options);
  } catch (error) {
    throw new CliError(
      `the application can't listen: ${error instanceof Error ? error.message : String(error)}`,
      exitCodes.unavailable,
      'Name another address with --listen, or stop the program that has this one.',
    );
  }
}

/** Time in which peers get this node's vote for the block that it stops before, in ms. */
const farewellMs = 2_000;

/**
 * The same application, with genesis and upgrades watched: at the first `Info` CometBFT has taken
 * the genesis into its database, and `InitChain` shows it also where CometBFT is not started by us.
 */
function watching(
  application: Application,
  completeGenesis: RunNodeOptions['completeGenesis'],
  onHandshake: () => Promise<void>,
): Application {
  let handshake: Promise<void> | undefined;
  return replacing(application, {
    info: async (request) => {
      handshake ??= onHandshake();
      await handshake;
      return application.info(request);
    },
    initChain: async (given) => {
      const request = completeGenesis?.(given) ?? given;
      refuseTestAccounts(request.chainId, Buffer.from(request.appStateBytes).toString('utf8'));
      return application.initChain(request);
    },
    finalizeBlock: async (request) => {
      try {
        return await application.finalizeBlock(request);
      } catch (error) {
        // The first node to stop would keep its vote to itself, and the others from deciding.
        if (isUpgrade(error)) await sleep(farewellMs);
        throw error;
      }
    },
  });
}

/**
 * The same application, which makes no block after `height`.
 *
 * @param onHalt is called when that block's commit has been answered.
 * @throws CliError (usage) where it has that block already.
 */
async function haltingAfter(
  height: bigint,
  application: Application,
  onHalt: () => void,
): Promise<Application> {
  const { lastBlockHeight } = await application.info({
    version: '',
    blockVersion: 0n,
    p2pVersion: 0n,
    abciVersion: '',
  });
  if (lastBlockHeight >= height) {
    throw new CliError(
      `this node has block ${lastBlockHeight} already: it can't halt after ${height}`,
      exitCodes.usage,
      'Leave --halt-height out to go on.',
    );
  }
  let last = lastBlockHeight;
  return replacing(application, {
    finalizeBlock: async (request) => {
      // CometBFT is being stopped, and will ask again after the next start.
      if (request.height > height) throw new Error(`the node halts after block ${height}`);
      last = request.height;
      return application.finalizeBlock(request);
    },
    commit: async (request) => {
      const answer = await application.commit(request);
      if (last === height) setImmediate(onHalt);
      return answer;
    },
  });
}

/** The application with some of its calls replaced. */
function replacing(application: Application, calls: Partial<Application>): Application {
  return new Proxy(application, {
    get(target, name) {
      if (Object.hasOwn(calls, name)) return Reflect.get(calls, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function explainDefect(error: unknown, home: NodeHome): CliError {
  const explained = explain(error, home);
  if (explained instanceof CliError) return explained;
  return new CliError(
    `the application has stopped the node: ${explained.message}`,
    exitCodes.failed,
    'Its log above has the details; `artel replay --blocks` runs the stored blocks again.',
  );
}

/** Turns what the system says into a sentence for the operator; passes on what is one already. */
function explain(error: unknown, home: NodeHome): Error {
  if (error instanceof CliError) return error;
  if (error instanceof GenesisProblem) {
    return new CliError(
      `the genesis is refused: ${error.message}`,
      exitCodes.usage,
      'Take the genesis.json of the chain; for a test without one, `artel abci --default-state`.',
    );
  }
  if (isUpgrade(error)) {
    return new CliError(
      error.message,
      exitCodes.upgrade,
      'Nothing is lost: the block waits in CometBFT. See docs/operate.md, "Upgrades".',
    );
  }
  if (error instanceof StoreLocked) {
    return new CliError(
      `the database in ${home.storeDir} is locked by another process`,
      exitCodes.unavailable,
      'Stop the process that has it open; queries go to a running node by its RPC.',
    );
  }
  if (error instanceof StoreWriteFailed) {
    return new CliError(error.message, exitCodes.unavailable, `See \`df ${home.storeDir}\`.`);
  }
  const codes = errorCodes(error);
  if (codes.includes('ENOSPC')) {
    return new CliError(
      `the disk of ${home.root} is full`,
      exitCodes.unavailable,
      'Free some space and start again; what was committed is kept.',
    );
  }
  if (codes.includes('EACCES') || codes.includes('EPERM') || codes.includes('EROFS')) {
    return new CliError(
      `${home.root} can't be written: ${error instanceof Error ? error.message : String(error)}`,
      exitCodes.unavailable,
      'Run as the user that owns the home.',
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** By its name: the host does not import the application. */
function isUpgrade(error: unknown): error is Error {
  return error instanceof Error && error.name === 'OtherProgramNeeded';
}

function errorCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let at = error; at instanceof Error && codes.length < 8; at = at.cause) {
    codes.push(String((at as NodeJS.ErrnoException).code ?? ''));
    if (/no space left on device/i.test(at.message)) codes.push('ENOSPC');
  }
  return codes;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
