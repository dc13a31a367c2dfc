/** How a play begins: its folder's node, and a genesis with short segments and notices. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { pino } from 'pino';
import { type App, createApp } from '../app/app.ts';
import { makeGenesis } from '../app/local-genesis.ts';
import { validatorKey } from './host.ts';

export const chainId = 'artel-dev-sim';
export const genesisTimeS = 1_767_225_600n;
/** So short that a play sees many of each. */
export const segmentMs = 7_200_000n;
export const graceMs = 600_000n;
export const handOverPeriodMs = 1_800_000n;
export const voteLimitMs = 18_000_000n;
const noticeMs = 3_600_000n;
const expirySegments = 6n;
/** The first actors own the validators of genesis. */
const genesisValidators = 4;

/** The `app_state` of a play in which each of the addresses has tokens. */
export function openingState(addresses: readonly string[]): Record<string, unknown> {
  const genesis = makeGenesis({
    chainId,
    genesisTimeMs: Number(genesisTimeS) * 1000,
    accounts: [...addresses],
    validators: addresses.slice(0, genesisValidators).map((_, actor) => ({
      name: `v${actor}`,
      publicKey: ed25519.getPublicKey(validatorKey(actor)),
    })),
  });
  const state = structuredClone(genesis.app_state) as Record<string, Record<string, unknown>>;
  const edit = (module: string, changes: Record<string, bigint | boolean>): void => {
    const texts = Object.entries(changes).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? `${value}` : value,
    ]);
    const parameters = { ...(state[module]?.parameters as object), ...Object.fromEntries(texts) };
    state[module] = { ...state[module], parameters };
  };
  edit('trust', { noticeMs });
  edit('production', { declaredUse: false, voteLimitMs, handOverPeriodMs });
  const [first] = (state.coupons?.parameters ?? []) as readonly { readonly parameters: object }[];
  const ofCoupons = { segmentLengthMs: segmentMs, graceMs, expirySegments };
  const texts = Object.entries(ofCoupons).map(([name, value]) => [name, `${value}`]);
  const parameters = { ...first?.parameters, ...Object.fromEntries(texts) };
  state.coupons = { ...state.coupons, parameters: [{ ...first, startMs: '0', parameters }] };
  return state;
}

export function openNode(folder: string): Promise<App> {
  return createApp({
    path: folder,
    logger: pino({ level: 'silent' }),
    version: 'sim',
    proposalMs: Number.POSITIVE_INFINITY,
    // What a whole play writes: it measures rules, not disks.
    scanThreads: false,
    caches: { rowBytes: 400_000_000, bucketBytes: 200_000_000 },
  });
}
