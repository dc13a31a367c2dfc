/**
 * What others may know of a chain's blocks: events to subscribers, and an index of transactions and
 * blocks.
 */
import type { ExecTxResult } from 'cosmjs-types/tendermint/abci/types';
import { consensusAddress, txHash } from '../client/hashing.ts';
import type { BlockRecord } from './block-log.ts';
import { EventBus, flattenEvents } from './event-bus.ts';
import { EventIndex } from './event-index.ts';
import type { Condition } from './event-query.ts';
import {
  eventJson,
  evidenceJson,
  headerJson,
  newBlockJson,
  newTxJson,
  validatorJson,
} from './rpc/json.ts';
import { findValidator } from './validator-set.ts';

/** A transaction in its block. */
export interface IncludedTx {
  readonly hash: Uint8Array;
  readonly height: bigint;
  readonly index: number;
  readonly tx: Uint8Array;
  readonly result: ExecTxResult;
}

export class ChainFeed {
  readonly bus = new EventBus();
  readonly #txs = new EventIndex<IncludedTx>('tx.height');
  readonly #blocks = new EventIndex<BlockRecord>('block.height');
  /** By hash, oldest first: a transaction that failed may come again. */
  readonly #byHash = new Map<string, IncludedTx[]>();

  /** Takes up a finished block. */
  add(record: BlockRecord): void {
    const { block, results } = record;
    const { height } = block.header;
    this.#blocks.add(record, height, results.events);
    const included = block.data.txs.flatMap((tx, index): IncludedTx[] => {
      const result = results.txResults[index];
      return result === undefined ? [] : [{ hash: txHash(tx), height, index, tx, result }];
    });
    for (const one of included) {
      this.#txs.add(one, height, one.result.events);
      const key = hex(one.hash);
      this.#byHash.set(key, [...(this.#byHash.get(key) ?? []), one]);
    }
    this.#publish(record, included);
  }

  /** Forgets what stood above `height`. */
  rewind(height: bigint): void {
    this.#txs.truncate(height);
    this.#blocks.truncate(height);
    for (const [key, found] of this.#byHash) {
      const kept = found.filter((one) => one.height <= height);
      if (kept.length > 0) this.#byHash.set(key, kept);
      else this.#byHash.delete(key);
    }
  }

  /** The last inclusion of a transaction. */
  findTx(hash: Uint8Array): IncludedTx | undefined {
    return this.#byHash.get(hex(hash))?.at(-1);
  }

  /** In the order of the chain, each transaction once, as it was last included. */
  searchTxs(conditions: readonly Condition[]): IncludedTx[] {
    const hashes = new Set(this.#txs.search(conditions).map(({ hash }) => hex(hash)));
    return [...hashes].flatMap((key) => this.#byHash.get(key)?.slice(-1) ?? []);
  }

  searchBlocks(conditions: readonly Condition[]): BlockRecord[] {
    return this.#blocks.search(conditions);
  }

  #publish(record: BlockRecord, included: readonly IncludedTx[]): void {
    const { block, results } = record;
    const { header } = block;
    this.bus.publish({
      type: 'NewBlock',
      events: flattenEvents('NewBlock', results.events),
      json: () => newBlockJson(record),
    });
    this.bus.publish({
      type: 'NewBlockHeader',
      events: flattenEvents('NewBlockHeader', []),
      json: () => ({
        type: 'tendermint/event/NewBlockHeader',
        value: { header: headerJson(header) },
      }),
    });
    this.bus.publish({
      type: 'NewBlockEvents',
      events: flattenEvents('NewBlockEvents', results.events),
      json: () => ({
        type: 'tendermint/event/NewBlockEvents',
        value: {
          height: String(header.height),
          events: results.events.length === 0 ? null : results.events.map(eventJson),
          num_txs: String(included.length),
        },
      }),
    });
    for (const evidence of block.evidence.evidence) {
      this.bus.publish({
        type: 'NewEvidence',
        events: flattenEvents('NewEvidence', []),
        json: () => ({
          type: 'tendermint/event/NewEvidence',
          value: { height: String(header.height), evidence: evidenceJson(evidence) },
        }),
      });
    }
    for (const { hash, height, index, tx, result } of included) {
      const reserved = { 'tx.hash': hex(hash), 'tx.height': String(height) };
      this.bus.publish({
        type: 'Tx',
        events: flattenEvents('Tx', result.events, reserved),
        json: () => newTxJson(height, index, tx, result),
      });
    }
    if (results.validatorUpdates.length > 0) this.#publishUpdates(record);
  }

  #publishUpdates({ results, after }: BlockRecord): void {
    this.bus.publish({
      type: 'ValidatorSetUpdates',
      events: flattenEvents('ValidatorSetUpdates', []),
      json: () => ({
        type: 'tendermint/event/ValidatorSetUpdates',
        value: {
          validator_updates: results.validatorUpdates.map(({ pubKey, power }) => {
            const publicKey = pubKey.ed25519 ?? new Uint8Array(0);
            const address = consensusAddress(publicKey);
            const known = findValidator(after.nextValidators, address)?.validator;
            return validatorJson(known ?? { address, publicKey, power, priority: 0n });
          }),
        },
      }),
    });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
