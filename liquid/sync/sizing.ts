/**
 * How much to send: first batches by the estimate, further ones by what came, and the dump wherever
 * it is surely not dearer than going on. figures: docs/adr/0008.
 */
import { symbolWords } from './symbols.ts';

/** Bytes of a symbol on the wire, on average. */
export const symbolBytes = 13.4;
/** Bytes of a mark in a dump of many. */
const dumpedBytes = 19.1;
const markBytes = 20;
const wantBytes = 4;

export const minFirstBatch = 40;
export const maxFirstBatchBytes = 65_536;
/** With it a first batch for many differences suffices in 97 of 100 sessions (measured). */
const estimateMargin = 1.17;

/** Symbols that decode so many differences in 99 of 100 cases (measured). */
export function symbolsFor(differences: number): number {
  return Math.ceil(1.36 * differences + 4 * Math.sqrt(differences) + 8);
}

export interface Sides {
  /** How many marks the sender of the symbols has in the window, and their receiver. */
  readonly sender: number;
  readonly receiver: number;
}

/** The most that may differ if the counters say `estimate`; at least what the sizes say. */
export function atMost({ sender, receiver }: Sides, estimate: number): number {
  return Math.min(
    sender + receiver,
    Math.max(Math.abs(sender - receiver), Math.ceil(estimateMargin * estimate), 1),
  );
}

/** What is still to be sent if the sender goes on with symbols, `received` of which are there. */
export function costOfSymbols(sides: Sides, differences: number, received: number): number {
  const symbols = Math.max(0, symbolsFor(differences) - received);
  const senderOnly = Math.max(0, (differences + sides.sender - sides.receiver) / 2);
  return symbolBytes * symbols + (markBytes + wantBytes) * senderOnly;
}

/** Of all marks of a side. */
export function costOfDump(marks: number): number {
  return dumpedBytes * marks;
}

/** Of symbols to a receiver that asks for nothing, and then says what only it has. */
export function costOneWay(sides: Sides, differences: number, received: number): number {
  const symbols = Math.max(0, symbolsFor(differences) - received);
  const receiverOnly = Math.max(0, (differences + sides.receiver - sides.sender) / 2);
  return symbolBytes * symbols + markBytes * receiverOnly;
}

/**
 * How many marks differ by the counts of symbols (the sender's less the receiver's), or undefined
 * where there are too few. Each count is the sum of +1 and -1 over the items mapped to its index;
 * all items are mapped to index 0, so the first count tells its mean at every other.
 */
export function differenceByCounts(counts: Int32Array): number | undefined {
  const from = 64;
  if (counts.length < 4 * from) return undefined;
  const all = counts[0] as number;
  let sum = 0;
  for (let index = from; index < counts.length; index += 1) {
    const share = 2 / (index + 2);
    const deviation = (counts[index] as number) - all * share;
    sum += (deviation * deviation) / (share * (1 - share));
  }
  return Math.max(Math.abs(all), Math.round(sum / (counts.length - from)));
}

/** The first batch: enough in 97 of 100 sessions, at most 64 KiB. */
export function firstBatch(differences: number): number {
  const most = Math.floor(maxFirstBatchBytes / symbolBytes);
  return Math.min(most, Math.max(minFirstBatch, symbolsFor(differences)));
}

/** How many symbols to ask for after `counts.length` did not decode. */
export function nextBatch(counts: Int32Array, sides: Sides): number {
  const received = counts.length;
  const estimate = differenceByCounts(counts);
  const differences = Math.min(sides.sender + sides.receiver, Math.ceil(1.04 * (estimate ?? 0)));
  return Math.max(symbolsFor(differences) - received, Math.ceil(received / (estimate ? 8 : 1)));
}

/** The most that a side may receive from one that announced `count` marks in `days` days. */
export function receiveLimit(count: number, days: number): number {
  return Math.ceil(1.1 * (markBytes * count + 4 * days)) + 8192;
}

export function symbolCount(words: Int32Array): number {
  return words.length / symbolWords;
}
