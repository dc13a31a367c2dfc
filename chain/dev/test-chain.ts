/** An Artel chain in this process for tests, in memory and on a free port unless told otherwise. */
import { type Logger, pino } from 'pino';
import { type ArtelChain, type ArtelChainOptions, startArtelChain } from './artel-chain.ts';
import type { Clock } from './time.ts';

export type TestChain = ArtelChain;

export type TestChainOptions = Partial<ArtelChainOptions>;

/**
 * Starts a chain that makes blocks on demand; `await using` or {@link TestChain.close} ends it.
 *
 * @example
 * const chain = await startTestChain();
 * const client = await SigningStargateClient.connectWithSigner(chain.rpcUrl, wallet);
 */
export async function startTestChain(
  options: TestChainOptions = {},
): Promise<TestChain & AsyncDisposable> {
  const chain = await startArtelChain({
    log: silent,
    clock: systemClock,
    version: 'test',
    ...options,
  });
  return { ...chain, [Symbol.asyncDispose]: () => chain.close() };
}

const silent: Logger = pino({ level: 'silent' });

const systemClock: Clock = { nowMs: () => BigInt(Date.now()) };
