/**
 * Lets the thread that makes blocks go first: other threads of the process stand still while a
 * block is under way, and take small slices only where blocks follow each other without a pause.
 * An operating system that shares two processors fairly would make every block pay for them.
 */
import { constants, getPriority, setPriority } from 'node:os';

/** 1 while a block is under way, else 0; shared by all threads. */
export type BlockSignal = Int32Array<SharedArrayBuffer>;

/** The side of the thread that makes blocks. */
export class RightOfWay {
  readonly signal: BlockSignal = new Int32Array(new SharedArrayBuffer(4));

  /** Runs `work`, a part of making a block, while the others give way. One at a time. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    Atomics.store(this.signal, 0, 1);
    try {
      return await work();
    } finally {
      Atomics.store(this.signal, 0, 0);
      Atomics.notify(this.signal, 0);
    }
  }
}

/** How long a thread waits for a block at most before it takes a slice, in milliseconds. */
const patienceMs = 30;

/** What a thread works between two looks at a block that is under way, in milliseconds. */
const sliceMs = 2;

/**
 * The side of another thread, to be called every millisecond or so of its work.
 * Never in the thread that makes blocks: it would wait for itself.
 */
export function givingWay(signal: BlockSignal): () => void {
  let sliceBegan = 0;
  return () => {
    if (Atomics.load(signal, 0) === 0) return;
    if (performance.now() - sliceBegan < sliceMs) return;
    Atomics.wait(signal, 0, 1, patienceMs);
    sliceBegan = performance.now();
  };
}

/** A quarter of a processor that one other wants, too: what starves holds old heights for long. */
const placesBehind = 5;

/**
 * Puts this thread behind others, CometBFT's too. It calls this before it imports its work, since
 * loading is work already. Elsewhere than on Linux priorities are a process's: nothing is done.
 */
export function comeBehind(): void {
  if (process.platform !== 'linux') return;
  // Of this thread, and never less than it has: that would take a privilege.
  setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + placesBehind));
}
