/**
 * Blocks that were executed and may be decided: PrepareProposal, ProcessProposal and FinalizeBlock
 * of one block ask for the same work, which is then done once. A memory of outcomes by their
 * inputs, all of them, so that it changes time only.
 */
import { createHash } from 'node:crypto';
import type { BlockInput } from './block.ts';

/** Rounds of one height. */
const most = 4;

export class Candidates<T> {
  readonly #byInput = new Map<string, T>();

  /** The outcome of this input, executed where it is not known. */
  async of(input: BlockInput, execute: () => Promise<T>): Promise<T> {
    const name = nameOf(input);
    const known = this.#byInput.get(name);
    if (known !== undefined) return known;
    const outcome = await execute();
    this.#keep(name, outcome);
    return outcome;
  }

  /** Remembers the outcome of an input. */
  keep(input: BlockInput, outcome: T): void {
    this.#keep(nameOf(input), outcome);
  }

  #keep(name: string, outcome: T): void {
    const [oldest] = this.#byInput.keys();
    if (this.#byInput.size >= most && oldest !== undefined) this.#byInput.delete(oldest);
    this.#byInput.set(name, outcome);
  }

  /** The head has moved, or what was proposed is void. */
  clear(): void {
    this.#byInput.clear();
  }
}

/** SHA-256 of everything that the outcome depends on beside the state. */
function nameOf({ context, txs, work }: BlockInput): string {
  const digest = createHash('sha256');
  digest.update(JSON.stringify({ context, work }, plain));
  for (const tx of txs) digest.update(`/${tx.length}/`).update(tx);
  return digest.digest('base64');
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
