/**
 * A module's tree with the book of its pages: the state of every bucket is written out page by
 * page, each dirty page once in PAGE_PERIOD heights, so that a tree is known again from few reads.
 */
import type { Backend, Batch } from './backend.ts';
import { StoreCorrupt } from './errors.ts';
import {
  LOG_WINDOW,
  PAGE_PERIOD,
  pageDepthFor,
  pageKey,
  pageOf,
  stampOf,
  treeLogKey,
} from './layout.ts';
import {
  type ModuleVersion,
  type NewTreeLog,
  visitPage,
  visitTreeLog,
  writePage,
} from './records.ts';
import { type BucketState, ModuleTree } from './smt.ts';
import { type TreePlan, visitBuckets } from './smt-plan.ts';

/** The stamp of a page that was never written. */
const NEVER = -1;

/** The tree logs of some heights, ascending. */
export type LogWindow = readonly { readonly height: number; readonly bytes: Uint8Array }[];

/** The logs that bring pages of `height` up to it: as many as there are, LOG_WINDOW at most. */
export function readLogWindow(backend: Backend, height: number): LogWindow {
  const window: { height: number; bytes: Uint8Array }[] = [];
  for (let at = height; at >= 0 && at > height - LOG_WINDOW; at--) {
    const bytes = backend.getSync(treeLogKey(at));
    if (bytes === undefined) break;
    window.push({ height: at, bytes });
  }
  if (window.length === 0) throw new StoreCorrupt(`the tree log of height ${height} is missing`);
  return window.reverse();
}

export class KeptTree {
  readonly module: string;
  readonly tree: ModuleTree;
  readonly #pageStamps: Map<number, number>;
  readonly #dirty: Set<number>;

  private constructor(
    module: string,
    tree: ModuleTree,
    pageStamps: Map<number, number>,
    dirty: Set<number>,
  ) {
    this.module = module;
    this.tree = tree;
    this.#pageStamps = pageStamps;
    this.#dirty = dirty;
  }

  static empty(module: string): KeptTree {
    return new KeptTree(module, new ModuleTree(), new Map(), new Set());
  }

  /** The tree as it was at a height; `window` ends there. */
  static async load(
    backend: Backend,
    version: ModuleVersion,
    height: number,
    window: LogWindow,
  ): Promise<KeptTree> {
    const { module, depth, size } = version;
    const pageDepth = pageDepthFor(depth);
    const tree = ModuleTree.blank(depth, size);
    const pageStamps = new Map<number, number>();
    const readLast = async (page: number): Promise<void> => {
      const bounds = { gte: pageKey(module, page, 0), lt: pageKey(module, page, height + 1) };
      const [last] = await backend.range({ ...bounds, reverse: true, limit: 1 });
      if (last === undefined) return;
      pageStamps.set(page, stampOf(last[0]));
      visitPage(last[1], (index, kind, record, at) => {
        tree.restoreBucket(index, kind, record, at);
      });
    };
    const pages = Array.from({ length: 1 << pageDepth }, (_, at) => (1 << pageDepth) + at);
    await Promise.all(pages.map(readLast));
    const dirty = new Set<number>();
    for (const log of window) {
      const newer = (index: number): boolean => {
        const page = pageOf(index, pageDepth);
        if (log.height <= (pageStamps.get(page) ?? NEVER)) return false;
        dirty.add(page);
        return true;
      };
      const removed = (index: number): void => {
        if (newer(index)) tree.unrestoreBucket(index);
      };
      visitTreeLog(log.bytes, module, removed, (index, kind, record, at) => {
        if (newer(index)) tree.restoreBucket(index, kind, record, at);
      });
    }
    tree.rehash();
    if (Buffer.compare(tree.root, version.root) !== 0) {
      throw new StoreCorrupt(`the tree of module ${module} at height ${height} has another root`);
    }
    return new KeptTree(module, tree, pageStamps, dirty);
  }

  /**
   * Writes the pages that are due at `height`, and gives the log of a plan. Pages hold the state
   * *before* the plan and carry the height before as their stamp.
   */
  note(batch: Batch, plan: TreePlan | undefined, height: number): NewTreeLog {
    const pageDepth = pageDepthFor(this.tree.depth);
    const newPageDepth = pageDepthFor(plan?.depth ?? this.tree.depth);
    const isNew = !this.tree.isBucket(1) && this.tree.depth === 0;
    const moved = newPageDepth !== pageDepth;
    const pagesWritten = isNew
      ? []
      : moved
        ? Array.from({ length: 1 << newPageDepth }, (_, at) => (1 << newPageDepth) + at)
        : this.#due(pageDepth, height);
    const replaced = moved ? [...this.#pageStamps.keys()] : pagesWritten;
    for (const page of pagesWritten) {
      const value = writePage(this.#bucketsOf(page, newPageDepth));
      batch.put(pageKey(this.module, page, height - 1), value);
    }
    return {
      module: this.module,
      pagesWritten,
      pagesReplaced: replaced
        .map((index) => ({ index, stamp: this.#pageStamps.get(index) ?? NEVER }))
        .filter(({ stamp }) => stamp !== NEVER),
      plan,
    };
  }

  /** Writes every page as of `height`: of a tree that was loaded whole. */
  writeWhole(batch: Batch, height: number): void {
    const pageDepth = pageDepthFor(this.tree.depth);
    for (let page = 1 << pageDepth; page < 2 << pageDepth; page++) {
      batch.put(pageKey(this.module, page, height), writePage(this.#bucketsOf(page, pageDepth)));
    }
  }

  #due(pageDepth: number, height: number): number[] {
    const count = 1 << pageDepth;
    const due: number[] = [];
    for (let at = (PAGE_PERIOD - (height % PAGE_PERIOD)) % PAGE_PERIOD; at < count; ) {
      if (this.#dirty.has(count + at)) due.push(count + at);
      at += PAGE_PERIOD;
    }
    return due;
  }

  /** The buckets below a page, or the one above it where the page is the leftmost below that. */
  *#bucketsOf(page: number, pageDepth: number): Iterable<BucketState> {
    for (let above = page; above > 1 && (above & 1) === 0; ) {
      above >>>= 1;
      if (!this.tree.isBucket(above)) continue;
      yield { index: above, kind: this.tree.kind(above), hash: this.tree.hash(above) };
      return;
    }
    for (const bucket of this.tree.bucketsBelow(page)) {
      if (pageOf(bucket.index, pageDepth) === page) yield bucket;
    }
  }

  /** Makes a noted plan the state once its batch is on the disk. */
  apply(plan: TreePlan | undefined, log: NewTreeLog, height: number): void {
    for (const { index } of log.pagesReplaced) this.#pageStamps.delete(index);
    for (const page of log.pagesWritten) {
      this.#pageStamps.set(page, height - 1);
      this.#dirty.delete(page);
    }
    if (plan === undefined) return;
    const pageDepth = pageDepthFor(plan.depth);
    if (pageDepth !== pageDepthFor(this.tree.depth)) this.#dirty.clear();
    this.tree.apply(plan);
    for (const index of plan.removed) this.#dirty.add(pageOf(index, pageDepth));
    visitBuckets(plan, (index) => this.#dirty.add(pageOf(index, pageDepth)));
  }
}
