/** What can be wrong with a store; every message is one line that says what to do. */

import type { KeptHeights } from './kept-heights.ts';

/** Another process holds the database. */
export class StoreLocked extends Error {
  constructor(path: string) {
    super(`the store at ${path} is open in another process: stop that node, or query it instead`);
    this.name = 'StoreLocked';
  }
}

/** The folder holds something else, or a store of another format version. */
export class StoreFormat extends Error {
  constructor(path: string, found: string, wanted: string) {
    super(
      `the store at ${path} has the format ${found}, this program reads ${wanted}: ` +
        'use the program version that wrote it, or another folder',
    );
    this.name = 'StoreFormat';
  }
}

/** What was written is not there or does not fit together. */
export class StoreCorrupt extends Error {
  constructor(what: string) {
    super(`the store is damaged: ${what}; restore the folder from a backup or sync the node anew`);
    this.name = 'StoreCorrupt';
  }
}

/** The disk took no more: nothing of the last batch counts, all before it is kept. */
export class StoreWriteFailed extends Error {
  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `the store at ${path} can't be written (${why}): free some space on its disk or mend it, ` +
        'then start the node again; nothing that was committed is lost',
      { cause },
    );
    this.name = 'StoreWriteFailed';
  }
}

/** A version that was never written, is not yet written, or was pruned. */
export class HeightNotAvailable extends Error {
  constructor(
    height: bigint,
    store: { oldest: number; head: number; kept: KeptHeights } | undefined,
  ) {
    let kept = 'the store is empty';
    if (store !== undefined) {
      const older = store.kept.isEmpty ? '' : `, and of those before ${store.kept}`;
      kept = `this node keeps heights ${store.oldest} to ${store.head}${older}`;
    }
    super(`height ${height} is not available: ${kept}`);
    this.name = 'HeightNotAvailable';
  }
}
