/** The blocks of an embedded chain with what came of them, in memory and by height, and on disk. */
import { ClassicLevel } from 'classic-level';
import { ResponseFinalizeBlock, ResponseInitChain } from 'cosmjs-types/tendermint/abci/types';
import { Block } from 'cosmjs-types/tendermint/types/block';
import type { BlockID } from 'cosmjs-types/tendermint/types/types';
import type { ChainState } from './chain-state.ts';
import type { GenesisDoc } from './genesis-doc.ts';

export interface BlockRecord {
  readonly block: Block;
  readonly blockId: BlockID;
  /** Bytes of the encoded block. */
  readonly size: number;
  readonly results: ResponseFinalizeBlock;
  /** What consensus knew before and after. */
  readonly before: ChainState;
  readonly after: ChainState;
}

/** How a chain began; the first thing that is stored. */
export interface Beginning {
  readonly genesis: GenesisDoc;
  readonly answer: ResponseInitChain;
  readonly appVersion: bigint;
}

export interface StoredBlock {
  readonly block: Block;
  readonly results: ResponseFinalizeBlock;
}

/** Where blocks outlive the process. Writes are on disk when their promise resolves. */
export interface BlockStorage {
  readBeginning(): Promise<Beginning | undefined>;
  readBlocks(): AsyncIterable<StoredBlock>;
  readOffsetMs(): Promise<bigint>;
  writeBeginning(beginning: Beginning): Promise<void>;
  writeBlock(stored: StoredBlock): Promise<void>;
  writeOffsetMs(offsetMs: bigint): Promise<void>;
  /** Forgets the blocks above `height`. */
  truncate(height: bigint): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The blocks in order, from the initial height without gaps. */
export class BlockLog {
  #records: BlockRecord[] = [];
  readonly #heightByHash = new Map<string, bigint>();

  get first(): BlockRecord | undefined {
    return this.#records[0];
  }

  get last(): BlockRecord | undefined {
    return this.#records.at(-1);
  }

  at(height: bigint): BlockRecord | undefined {
    const first = this.first?.block.header.height ?? 0n;
    return height < first ? undefined : this.#records[Number(height - first)];
  }

  byHash(hash: Uint8Array): BlockRecord | undefined {
    const height = this.#heightByHash.get(key(hash));
    return height === undefined ? undefined : this.at(height);
  }

  append(record: BlockRecord): void {
    this.#records.push(record);
    this.#heightByHash.set(key(record.blockId.hash), record.block.header.height);
  }

  truncate(height: bigint): void {
    for (let { last } = this; last !== undefined; last = this.last) {
      if (last.block.header.height <= height) return;
      this.#records.pop();
      this.#heightByHash.delete(key(last.blockId.hash));
    }
  }

  [Symbol.iterator](): Iterator<BlockRecord> {
    return this.#records[Symbol.iterator]();
  }
}

function key(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}

const beginningKey = Buffer.from('beginning');
const offsetKey = Buffer.from('offset');

/**
 * Blocks in a level database, one value a block.
 *
 * @throws Error with code LEVEL_DATABASE_NOT_OPEN where another process holds the folder.
 */
export async function openBlockStorage(folder: string): Promise<BlockStorage> {
  const db = new ClassicLevel<Buffer, Buffer>(folder, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  });
  await db.open();
  return {
    async readBeginning() {
      const value = await db.get(beginningKey);
      return value === undefined ? undefined : decodeBeginning(value.toString());
    },
    async *readBlocks() {
      const range = { gte: heightKey(0n), lt: Buffer.from('i') };
      for await (const [, value] of db.iterator(range)) yield decodeStoredBlock(value);
    },
    async readOffsetMs() {
      return BigInt((await db.get(offsetKey))?.toString() ?? '0');
    },
    async writeBeginning(beginning) {
      await db.put(beginningKey, Buffer.from(encodeBeginning(beginning)), { sync: true });
    },
    async writeBlock(stored) {
      const height = heightKey(stored.block.header.height);
      await db.put(height, encodeStoredBlock(stored), { sync: true });
    },
    async writeOffsetMs(offsetMs) {
      await db.put(offsetKey, Buffer.from(String(offsetMs)), { sync: true });
    },
    async truncate(height) {
      await db.clear({ gt: heightKey(height), lt: Buffer.from('i') });
    },
    async clear() {
      await db.clear();
    },
    async close() {
      await db.close();
    },
  };
}

/** `h` and the height, big-endian, so that blocks sort by height and apart from the other keys. */
function heightKey(height: bigint): Buffer {
  const key = Buffer.alloc(9, 'h');
  key.writeBigUInt64BE(height, 1);
  return key;
}

/** The block's length, the block, the results. */
function encodeStoredBlock({ block, results }: StoredBlock): Buffer {
  const blockBytes = Block.encode(block).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(blockBytes.length);
  return Buffer.concat([length, blockBytes, ResponseFinalizeBlock.encode(results).finish()]);
}

function decodeStoredBlock(bytes: Buffer): StoredBlock {
  const end = 4 + bytes.readUInt32BE(0);
  return {
    block: Block.decode(Uint8Array.from(bytes.subarray(4, end))),
    results: ResponseFinalizeBlock.decode(Uint8Array.from(bytes.subarray(end))),
  };
}

function encodeBeginning({ genesis, answer, appVersion }: Beginning): string {
  return JSON.stringify({
    genesis,
    answer: Buffer.from(ResponseInitChain.encode(answer).finish()).toString('base64'),
    appVersion: String(appVersion),
  });
}

function decodeBeginning(text: string): Beginning {
  const { genesis, answer, appVersion } = JSON.parse(text) as {
    genesis: GenesisDoc;
    answer: string;
    appVersion: string;
  };
  return {
    genesis,
    answer: ResponseInitChain.decode(Uint8Array.from(Buffer.from(answer, 'base64'))),
    appVersion: BigInt(appVersion),
  };
}
