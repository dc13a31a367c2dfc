/**
 * A whole embedded chain as text, one JSON document a line: the genesis, then every block. Loading
 * runs the blocks again, so a dump holds no application state and is checked as it is read.
 */
import { Block } from 'cosmjs-types/tendermint/types/block';
import type { BlockRecord } from './block-log.ts';
import type { GenesisDoc } from './genesis-doc.ts';

const format = 'artel-dev-dump/1';

/** The first characters of every dump. */
export const dumpBeginning = `{"format":"${format}"`;

export interface Dump {
  readonly genesis: GenesisDoc;
  /** How far block time ran ahead of the clock. */
  readonly offsetMs: bigint;
  readonly blocks: readonly DumpedBlock[];
}

export interface DumpedBlock {
  readonly block: Block;
  /** After the block. */
  readonly appHash: Uint8Array;
}

export function* writeDump(
  genesis: GenesisDoc,
  offsetMs: bigint,
  records: Iterable<BlockRecord>,
): Iterable<string> {
  yield `${JSON.stringify({ format, genesis, offset_ms: String(offsetMs) })}\n`;
  for (const { block, after } of records) {
    yield `${JSON.stringify({
      block: Buffer.from(Block.encode(block).finish()).toString('base64'),
      app_hash: Buffer.from(after.appHash).toString('hex').toUpperCase(),
    })}\n`;
  }
}

/** @throws Error naming the line that can't be read. */
export function readDump(text: string): Dump {
  const [first = '', ...rest] = text.split('\n');
  const head = readLine(first, 1) as { format?: string; genesis: GenesisDoc; offset_ms: string };
  if (head.format !== format) {
    throw new Error(`line 1 of the dump: format is ${head.format}, expected ${format}`);
  }
  return {
    genesis: head.genesis,
    offsetMs: BigInt(head.offset_ms),
    blocks: rest.flatMap((line, index) => (line === '' ? [] : [readBlock(line, index + 2)])),
  };
}

function readBlock(line: string, number: number): DumpedBlock {
  const { block, app_hash: appHash } = readLine(line, number) as Record<string, string>;
  try {
    return {
      block: Block.decode(Uint8Array.from(Buffer.from(block ?? '', 'base64'))),
      appHash: Uint8Array.from(Buffer.from(appHash ?? '', 'hex')),
    };
  } catch (error) {
    throw new Error(`line ${number} of the dump: the block is damaged: ${String(error)}`);
  }
}

function readLine(line: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new Error(`line ${number} of the dump is no JSON object`);
}
