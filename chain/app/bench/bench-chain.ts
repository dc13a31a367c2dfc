/** A chain of many funded accounts with a durable store, for the benches of the pipeline. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  RequestFinalizeBlock,
  RequestInitChain,
  type ResponseFinalizeBlock,
} from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import type { RightOfWay } from '../../abci/right-of-way.ts';
import { type SigningKey, sendMessage, signedTx } from '../../dev/sender.ts';
import type { Store } from '../../store/store.ts';
import { publicKeyAddress } from '../../tx/public-key.ts';
import { type App, type AppOptions, createApp } from '../app.ts';
import { makeGenesis } from '../local-genesis.ts';
import type { NodeApplication } from '../node-application.ts';

const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(privateKey: Uint8Array): Uint8Array;
};
const chainId = 'artel-dev-bench';
const genesisSeconds = 1_767_225_600n;

export class BenchChain {
  readonly folder: string;
  readonly #app: App;
  readonly #keys: readonly SigningKey[];
  readonly #sequences: Uint32Array;
  #height = 0;

  private constructor(folder: string, app: App, keys: readonly SigningKey[]) {
    this.folder = folder;
    this.#app = app;
    this.#keys = keys;
    this.#sequences = new Uint32Array(keys.length);
  }

  /** A new chain in a folder of its own, which `close` removes. */
  static async begin(accounts: number, options: Partial<AppOptions> = {}): Promise<BenchChain> {
    const keys = Array.from({ length: accounts }, (_, index) => benchKey(index));
    const folder = await mkdtemp(join(tmpdir(), 'artel-bench-'));
    const app = await createApp({
      path: folder,
      logger: pino({ level: 'warn' }),
      version: 'bench',
      ...options,
    });
    const genesis = makeGenesis({
      chainId,
      genesisTimeMs: Number(genesisSeconds) * 1_000,
      validators: [{ name: 'bench', publicKey: new Uint8Array(32).fill(1) }],
      accounts: keys.map(({ address }) => address),
    });
    await app.application.initChain(
      RequestInitChain.fromPartial({
        chainId,
        time: { seconds: genesisSeconds, nanos: 0 },
        appStateBytes: new TextEncoder().encode(JSON.stringify(genesis.app_state)),
        initialHeight: 1n,
        consensusParams: { block: { maxBytes: 22_020_096n, maxGas: -1n } },
      }),
    );
    return new BenchChain(folder, app, keys);
  }

  get application(): NodeApplication {
    return this.#app.application;
  }

  get store(): Store {
    return this.#app.store;
  }

  get rightOfWay(): RightOfWay {
    return this.#app.rightOfWay;
  }

  /** A signed transfer of 1 uhub, with the sequence that follows the last one given out. */
  transfer(from: number, to: number, feeUhub?: number): Uint8Array {
    const [sender, recipient] = [this.#keys[from], this.#keys[to]] as [SigningKey, SigningKey];
    const sequence = this.#sequences[from] ?? 0;
    this.#sequences[from] = sequence + 1;
    return signedTx(sender, {
      messages: [sendMessage(sender.address, recipient.address, '1')],
      chainId,
      accountNumber: BigInt(from),
      sequence: BigInt(sequence),
      feeUhub: feeUhub === undefined ? '' : String(feeUhub),
    });
  }

  /** FinalizeBlock of the next height. */
  finalize(txs: readonly Uint8Array[]): Promise<ResponseFinalizeBlock> {
    this.#height += 1;
    const request = RequestFinalizeBlock.fromPartial({
      height: BigInt(this.#height),
      time: { seconds: genesisSeconds + BigInt(this.#height), nanos: 0 },
      hash: sha256(Uint8Array.of(this.#height >> 8, this.#height)),
      decidedLastCommit: { round: 0, votes: [] },
    });
    return this.application.finalizeBlock({ ...request, txs: [...txs] });
  }

  async close(): Promise<void> {
    await this.#app.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The same key for the same number in every run. */
function benchKey(index: number): SigningKey {
  const privateKey = sha256(new TextEncoder().encode(`bench/${index}`));
  const publicKey = native.publicKeyCreate(privateKey);
  const address = publicKeyAddress({ type: 'secp256k1', bytes: publicKey });
  return { privateKey, publicKey, address };
}
