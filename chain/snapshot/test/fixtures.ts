/** A store with a chain of several chunks, a snapshot of it, and logs that can be read back. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { tables as chainTables } from '../../../modules/chain/keys.ts';
import type { Changes } from '../../store/overlay.ts';
import { Store } from '../../store/store.ts';

export const factsKey: Uint8Array = Uint8Array.of(chainTables.facts.prefix);

const facts = chainTables.facts.value.encode({
  chainId: 'artel-local-snap',
  genesisHash: new Uint8Array(32),
  initialHeight: 1n,
  genesisTimeMs: 5n,
  appVersion: 1n,
  maxGas: 0n,
  maxBytes: 0n,
  evidenceAgeBlocks: 0n,
  evidenceAgeMs: 0n,
});

/** 24 large values in `bank` and a chain that says who it is: four chunks of up to 8 MiB. */
export function largeState(): Changes {
  const large = randomBytes(1_200_000);
  const writes = Array.from({ length: 24 }, (_, n) => {
    return [Uint8Array.of(1, n), Buffer.concat([Buffer.of(n), large])] as const;
  });
  return [
    { module: 'bank', writes },
    { module: 'chain', writes: [[factsKey, facts]] },
  ];
}

export async function storeWith(path: string, height: bigint, changes: Changes): Promise<Store> {
  const store = await Store.open({ path });
  await store.commit(height, await store.prepare(changes), []);
  return store;
}

/** A logger, and the lines it was given. */
export function listening(): { logger: pino.Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { logger, lines };
}
