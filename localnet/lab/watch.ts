/**
 * Looks at every node of a lab several times a second: how high it is, and which blocks it has.
 * What nodes say of the same height is compared at once (invariants A and C).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { callRpc, RpcError } from '../../chain/node/rpc.ts';
import type { Journal } from './journal.ts';
import type { LabNetwork } from './network.ts';
import type { LabNode } from './node.ts';

/** A block as one node has it. */
export interface SeenBlock {
  readonly height: number;
  /** Upper-case hex. */
  readonly id: string;
  /** Of the header: the state after the block before. */
  readonly appHash: string;
  readonly transactions: number;
  /** Of the header, in ms. */
  readonly timeMs: number;
}

export interface HeightSample {
  readonly ms: number;
  readonly node: string;
  /** Undefined: it did not answer. */
  readonly height: number | undefined;
}

interface BlockMeta {
  readonly block_id: { readonly hash: string };
  readonly header: {
    readonly height: string;
    readonly time: string;
    readonly app_hash: string;
  };
  readonly num_txs: string;
}

const everyMs = 250;
/** CometBFT gives at most 20 headers at a time. */
const atOnce = 20;

export class Watch {
  readonly samples: HeightSample[] = [];
  /** By node, then by height. */
  readonly blocks = new Map<string, Map<number, SeenBlock>>();
  readonly #network: LabNetwork;
  readonly #journal: Journal;
  /** Nodes that lie or were made to fork are not held against the others. */
  readonly #excused = new Set<string>();
  readonly #disputed = new Set<number>();
  readonly #readBlock: (block: SeenBlock, node: LabNode) => Promise<void>;
  #highest = 0;
  /** Every block up to here has been read. */
  #read = 0;
  #surveys = 0;
  #looking: Promise<void> = Promise.resolve();
  #grewMs = 0;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(
    network: LabNetwork,
    journal: Journal,
    /** Called for each height in its order, again with another node where it throws RpcError. */
    readBlock: (block: SeenBlock, node: LabNode) => Promise<void>,
  ) {
    this.#network = network;
    this.#journal = journal;
    this.#readBlock = readBlock;
    for (const { name } of network.nodes) this.blocks.set(name, new Map());
  }

  /** The highest block that any node has. */
  get highest(): number {
    return this.#highest;
  }

  /** How many looks have ended in which every node that runs answered. */
  get surveys(): number {
    return this.#surveys;
  }

  /** How long ago the chain last grew, in ms. */
  get stillMs(): number {
    return this.#journal.ms - this.#grewMs;
  }

  /** From now on this node may differ. */
  excuse(node: string): void {
    this.#excused.add(node);
  }

  isExcused(node: string): boolean {
    return this.#excused.has(node);
  }

  start(): void {
    this.#done = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  /** Looks once at every node, from now on. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookNow());
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const answered = await Promise.all(this.#network.nodes.map((node) => this.#lookAt(node)));
    if (answered.every(Boolean)) this.#surveys += 1;
    while (this.#read < this.#highest && (await this.#readNext())) this.#read += 1;
  }

  /** False where no node that runs gives the next block now. */
  async #readNext(): Promise<boolean> {
    const height = this.#read + 1;
    const up = this.#network.nodes.filter(({ running, frozen }) => running && !frozen);
    for (const node of up) {
      const block = this.blocks.get(node.name)?.get(height);
      if (block === undefined || this.#excused.has(node.name)) continue;
      try {
        await this.#readBlock(block, node);
        return true;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
      }
    }
    return false;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      await this.look();
      await sleep(everyMs);
    }
  }

  /** False where it should have answered, and did not. */
  async #lookAt(node: LabNode): Promise<boolean> {
    const silent = (): boolean => !node.running || node.frozen;
    const height = silent() ? undefined : await node.height();
    this.samples.push({ ms: this.#journal.ms, node: node.name, height });
    if (height === undefined) return silent();
    try {
      await this.#readBlocks(node, height);
      return true;
    } catch (error) {
      // It went away between two questions; the next look tells.
      if (!(error instanceof RpcError)) throw error;
      return silent();
    }
  }

  async #readBlocks(node: LabNode, height: number): Promise<void> {
    const own = this.blocks.get(node.name) ?? new Map<number, SeenBlock>();
    let from = Math.max(0, ...own.keys()) + 1;
    while (from <= height) {
      const to = Math.min(height, from + atOnce - 1);
      const { block_metas: metas } = (await callRpc(
        node.plan.rpcUrl,
        'blockchain',
        { minHeight: String(from), maxHeight: String(to) },
        10_000,
      )) as { block_metas: readonly BlockMeta[] };
      // They come newest first. One that joined late by a snapshot has no older ones.
      for (const meta of [...metas].reverse()) this.#take(node, own, seenBlock(meta));
      from = to + 1;
    }
  }

  #take(node: LabNode, own: Map<number, SeenBlock>, block: SeenBlock): void {
    own.set(block.height, block);
    if (!this.#excused.has(node.name)) this.#compare(node.name, block);
    if (block.height <= this.#highest) return;
    this.#highest = block.height;
    this.#grewMs = this.#journal.ms;
  }

  #compare(name: string, block: SeenBlock): void {
    for (const [other, blocks] of this.blocks) {
      const theirs = blocks.get(block.height);
      if (theirs === undefined || other === name || this.#excused.has(other)) continue;
      if (theirs.id === block.id && theirs.appHash === block.appHash) continue;
      if (this.#disputed.has(block.height)) return;
      this.#disputed.add(block.height);
      const [invariant, what] =
        theirs.id === block.id
          ? ['C', `the app hash ${short(block.appHash)} and ${short(theirs.appHash)}`]
          : ['A', `the block ${short(block.id)} and ${short(theirs.id)}`];
      this.#journal.note(
        'violation',
        `${invariant}: at height ${block.height} ${name} and ${other} have ${what}`,
        name,
      );
    }
  }
}

function seenBlock({ block_id: id, header, num_txs: transactions }: BlockMeta): SeenBlock {
  return {
    height: Number(header.height),
    id: id.hash,
    appHash: header.app_hash,
    transactions: Number(transactions),
    timeMs: Date.parse(header.time),
  };
}

const short = (hash: string): string => hash.slice(0, 12);
