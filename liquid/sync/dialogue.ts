/**
 * What a side says and hears, whole message by whole message; how they travel is not its matter.
 */
import type { Refusal } from '../core/refusals.ts';
import type { ReceiptReport } from './types.ts';

/** What to say next, and whether that (or the last heard) was the end. */
export interface Turn {
  readonly say?: Uint8Array;
  readonly isEnd?: true;
}

export interface Dialogue {
  /**
   * The most bytes of frames that may come in; known better once the other side has said its size.
   */
  readonly limit: number;
  /** How many messages of the producer have come or gone. */
  readonly rounds: number;
  /**
   * The beginning of the next message, as soon as it has come: what it says of its own size counts.
   */
  begin(part: Uint8Array): void;
  /** Both roots after a good end, in hexadecimal: the own as it is now, the other as announced. */
  roots(): { readonly root?: string; readonly peerRoot?: string };
  /** What came of speaking of receipts; undefined where that was not agreed. */
  readonly receipts: ReceiptReport | undefined;
  hear(message: Uint8Array): Promise<Turn | Refusal>;
}
