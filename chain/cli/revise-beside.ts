/** A reviser within the process of a node, which it asks over its RPC as anybody would. */
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { ArtelNode } from '../client/node.ts';
import { keepRevising } from '../client/reviser.ts';
import { listeners } from '../node/config.ts';
import { nodeHome } from '../node/home.ts';
import { CliError, exitCodes } from './context.ts';
import { explainFailure } from './failures.ts';

const everyMs = 2_000;

/** Where the CometBFT of a home will answer. */
export async function rpcUrlOf(home: string): Promise<string> {
  const { configFile } = nodeHome(home);
  const rpc = listeners(await readFile(configFile, 'utf8')).find(({ what }) => what === 'RPC');
  if (rpc === undefined) {
    throw new CliError(`${configFile} has no [rpc] laddr for the reviser`, exitCodes.usage);
  }
  const host = ['0.0.0.0', '[::]', ''].includes(rpc.host) ? '127.0.0.1' : rpc.host;
  return `http://${host}:${rpc.port}`;
}

/** Revises while `node` runs; what keeps a revision from being sent is no reason to end it. */
export async function reviseBeside(
  url: string,
  log: Logger,
  signal: AbortSignal,
  node: () => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const revising = keepRevising(new ArtelNode(url, { signal: ended.signal }), {
    signal: AbortSignal.any([signal, ended.signal]),
    everyMs,
    onSent: ({ member, segment }, hash) =>
      log.info({ member: `${member}`, segment: `${segment}`, hash }, 'final revision sent'),
    onProblem: (error) => log.debug({ problem: explainFailure(error).message }, 'not revising'),
  });
  try {
    await node();
  } finally {
    ended.abort();
    await revising;
  }
}
