/** Work that must not overlap: one piece at a time, in the order in which it came. */

/** Longest stretch of work without a turn of the event loop, in milliseconds (architecture 6). */
const sliceMs = 8;

export class Lane {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything given before has settled; settles as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything given so far has settled. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}

let sliceStart = 0;

/** Lets other connections be served when this turn of the event loop has lasted too long. */
export async function breathe(): Promise<void> {
  if (performance.now() - sliceStart < sliceMs) return;
  await new Promise((resolve) => setImmediate(resolve));
  sliceStart = performance.now();
}
