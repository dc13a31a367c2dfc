/**
 * `artel doctor`: what this machine has and lacks for running a node, one line each with what to
 * do.
 */
import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { CometbftUnavailable, findCometbft } from '../../../localnet/cometbft.ts';
import { ArtelNode } from '../../client/node.ts';
import { listeners } from '../../node/config.ts';
import { nodeHome } from '../../node/home.ts';
import { isPortFree } from '../../node/ports.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatTable } from '../output.ts';
import { print, type Settings, settingsOf } from '../settings.ts';

interface Finding {
  readonly check: string;
  /** `warn`: it works without, but less well. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly hint?: string;
}

const neededNodeMajor = 24;
const neededFreeBytes = 2n ** 30n;
const tolerableSkewMs = 10_000;
const defaultPorts = [26656, 26657];

export function doctorCommand(context: CliContext): Command {
  const command = new Command('doctor').description('check this machine, the home and the node');
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const findings = [
      nodeVersion(),
      nativeSecp256k1(),
      await cometbft(context),
      await homeState(settings),
      await keyFiles(settings),
      await diskSpace(settings),
      ...(await nodeState(context, settings)),
    ];
    const rows = findings.map(({ check, state, detail }) => [state, check, detail]);
    const hints = findings
      .filter(({ hint }) => hint !== undefined)
      .map(({ check, hint }) => `${check}: ${hint}`);
    const table = [formatTable(['', 'check', 'found'], rows), ...hints].join('\n');
    print(context, settings, findings, table);
    const failed = findings.filter(({ state }) => state === 'fail');
    if (failed.length > 0) {
      throw new CliError(
        `missing: ${failed.map(({ check }) => check).join(', ')}`,
        exitCodes.unavailable,
      );
    }
  });
}

function nodeVersion(): Finding {
  const found = process.versions.node;
  const ok = Number(found.split('.')[0]) >= neededNodeMajor;
  return ok
    ? { check: 'Node', state: 'ok', detail: found }
    : {
        check: 'Node',
        state: 'fail',
        detail: `${found}, ${neededNodeMajor} or later is needed`,
        hint: 'Run bin/artel.js, which finds the pinned one, or `make setup`.',
      };
}

function nativeSecp256k1(): Finding {
  const check = 'native secp256k1';
  try {
    createRequire(import.meta.url)('secp256k1/bindings.js');
    return { check, state: 'ok', detail: 'loads' };
  } catch {
    return {
      check,
      state: 'warn',
      detail: 'does not load: signatures are checked in JavaScript, about 25 times slower',
      hint: 'Run `npm rebuild secp256k1`.',
    };
  }
}

async function cometbft(context: CliContext): Promise<Finding> {
  const check = 'CometBFT';
  try {
    const options = { env: context.env, install: false, signal: context.signal };
    const { version, path, how } = await findCometbft(options);
    return { check, state: 'ok', detail: `${version} from ${how}: ${path}` };
  } catch (error) {
    if (!(error instanceof CometbftUnavailable)) throw error;
    return { check, state: 'fail', detail: error.message, hint: error.hint };
  }
}

async function homeState({ home }: Settings): Promise<Finding> {
  const check = 'home';
  const found = await nearestFolder(home);
  try {
    await access(found, constants.W_OK);
  } catch {
    return {
      check,
      state: 'fail',
      detail: `${found} can't be written to`,
      hint: 'Choose another with --home.',
    };
  }
  if (found !== home) return { check, state: 'ok', detail: `${home}, not made yet` };
  const set = await exists(nodeHome(home).configFile);
  return { check, state: 'ok', detail: set ? `${home}, a node's` : `${home}, keys only` };
}

async function keyFiles({ home }: Settings): Promise<Finding> {
  const check = 'keyring';
  const folder = join(home, 'keyring');
  const files = (await exists(folder)) ? await readdir(folder) : [];
  const open: string[] = [];
  for (const file of files) {
    if (((await stat(join(folder, file))).mode & 0o077) !== 0) open.push(file);
  }
  if (open.length > 0) {
    return {
      check,
      state: 'warn',
      detail: `${open.join(', ')} can be read by others`,
      hint: `Run \`chmod 600\` on them in ${folder}.`,
    };
  }
  const left = files.filter((file) => file.endsWith('.tmp'));
  if (left.length > 0) {
    return {
      check,
      state: 'warn',
      detail: `${left.length} half-written files were left behind`,
      hint: `Delete *.tmp in ${folder}: they hold no key that is not elsewhere.`,
    };
  }
  return { check, state: 'ok', detail: `${files.length} keys` };
}

async function diskSpace({ home }: Settings): Promise<Finding> {
  const check = 'disk';
  const { bavail, bsize } = await statfs(await nearestFolder(home), { bigint: true });
  const free = bavail * bsize;
  const detail = `${(Number(free) / 2 ** 30).toFixed(1)} GiB free`;
  return free >= neededFreeBytes
    ? { check, state: 'ok', detail }
    : { check, state: 'fail', detail, hint: 'A node wants 1 GiB at least.' };
}

/** The node where one answers; else whether its ports are free for one. */
async function nodeState(context: CliContext, settings: Settings): Promise<readonly Finding[]> {
  const check = 'node';
  const node = new ArtelNode(settings.node, {
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(3_000)]),
  });
  try {
    const { nodeInfo, syncInfo } = await node.comet.status();
    const detail = `${settings.node} is ${nodeInfo.network} at height ${syncInfo.latestBlockHeight}`;
    return [{ check, state: 'ok', detail }, clock(syncInfo.latestBlockTime)];
  } catch {
    context.signal.throwIfAborted();
    const silent: Finding = {
      check,
      state: 'warn',
      detail: `none answers at ${settings.node}`,
      hint: 'Start one with `make localnet` or `artel dev`.',
    };
    return [silent, await ports(settings)];
  }
}

/** Whether a node could listen, where its home says or by default. */
async function ports({ home }: Settings): Promise<Finding> {
  const check = 'ports';
  const { configFile } = nodeHome(home);
  const wanted = (await exists(configFile))
    ? listeners(await readFile(configFile, 'utf8'))
    : defaultPorts.map((port) => ({ host: '127.0.0.1', port }));
  const free = await Promise.all(wanted.map(({ host, port }) => isPortFree(host, port)));
  const taken = wanted.filter((_port, index) => free[index] !== true);
  const names = (some: readonly { port: number }[]): string =>
    some.map(({ port }) => port).join(', ');
  return taken.length === 0
    ? { check, state: 'ok', detail: `${names(wanted)} are free` }
    : {
        check,
        state: 'fail',
        detail: `in use by a node or something else: ${names(taken)}`,
        hint: 'Name that node by --node; else stop it, or choose others with --base-port.',
      };
}

/**
 * A block from the future tells of a clock that is slow; an old block may only be an idle chain.
 */
function clock(latestBlock: { getTime(): number }): Finding {
  const aheadMs = latestBlock.getTime() - Date.now();
  return aheadMs > tolerableSkewMs
    ? {
        check: 'clock',
        state: 'fail',
        detail: `${Math.round(aheadMs / 1000)} s behind the latest block`,
        hint: 'Set it, best by NTP: a validator with a wrong clock is not followed.',
      }
    : { check: 'clock', state: 'ok', detail: 'not behind the latest block' };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The folder itself, or the one it would be made in. */
async function nearestFolder(path: string): Promise<string> {
  let folder = path;
  while (!(await exists(folder)) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
