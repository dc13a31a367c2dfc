/** Chains over the key-value store, for the engine's tests. */
import { pino } from 'pino';
import { type DevChain, type DevChainOptions, startDevChain } from '../dev-chain.ts';
import type { GenesisDoc } from '../genesis-doc.ts';
import { devSigner } from '../signer.ts';
import type { Clock } from '../time.ts';
import { type KeyValueStore, openStores } from './kvstore.ts';

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  ms = Date.parse('2026-01-01T12:00:00Z');
  nowMs(): bigint {
    return BigInt(this.ms);
  }
}

export function testGenesis(powers: readonly number[] = [10]): GenesisDoc {
  return {
    genesis_time: '2026-01-01T00:00:00Z',
    chain_id: 'artel-dev-1',
    validators: powers.map((power, index) => ({
      pub_key: {
        type: 'tendermint/PubKeyEd25519',
        value: Buffer.from(devSigner(index).publicKey).toString('base64'),
      },
      power: String(power),
    })),
    app_state: { origin: 'genesis' },
  };
}

export interface StoreChain extends DevChain {
  readonly clock: HandClock;
  readonly stores: KeyValueStore[];
  /** The store that runs now. */
  readonly store: KeyValueStore;
  /** Calls a method by POST; throws what the server answers as an error. */
  call(method: string, params?: unknown): Promise<Record<string, never>>;
}

export async function startStoreChain(
  options: Partial<DevChainOptions> & {
    readonly powers?: readonly number[];
    readonly stores?: KeyValueStore[];
    readonly canRollBack?: boolean;
  } = {},
): Promise<StoreChain> {
  const { powers, stores = [], canRollBack = true, ...rest } = options;
  const clock = new HandClock();
  const chain = await startDevChain({
    genesis: testGenesis(powers),
    openApplication: openStores(stores, { canRollBack }),
    clock,
    log: pino({ level: 'silent' }),
    ...rest,
  });
  return {
    ...chain,
    clock,
    stores,
    get store() {
      const last = stores.at(-1);
      if (last === undefined) throw new Error('no store was opened');
      return last;
    },
    async call(method, params) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const response = await fetch(chain.rpcUrl, { method: 'POST', body });
      const answer = (await response.json()) as {
        result?: Record<string, never>;
        error?: { data?: string; message: string };
      };
      if (answer.result !== undefined) return answer.result;
      throw new Error(answer.error?.data ?? answer.error?.message ?? 'no answer');
    },
  };
}

export function tx(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
