/** What a play remembers of the things of its chain. */
import type { Pool } from './pool.ts';

export interface SimElement {
  readonly id: bigint;
  readonly parts: readonly bigint[];
  /** What is left of it as long as nobody uses it. */
  readonly lasts: bigint;
}

export interface SimLot {
  readonly id: bigint;
  owner: bigint;
  readonly type: bigint;
  label: number;
  quantity: bigint;
  ownership: bigint;
  used: bigint;
  elements: readonly SimElement[];
  stage: 'free' | 'offered' | 'allocated' | 'gone';
}

export interface SimType {
  readonly id: bigint;
  readonly definer: bigint;
  /** 0: not durable. */
  readonly unit: number;
}

export interface SimOffer {
  readonly id: bigint;
  readonly lot: SimLot;
  readonly to: bigint;
  readonly from: bigint;
}

export interface SimOrder {
  readonly id: bigint;
  readonly orderer: bigint;
  readonly producer: bigint;
  readonly type: bigint;
  readonly quantity: bigint;
  readonly label: number;
  /** 0 before there is one. */
  estimate: bigint;
  estimateMs: bigint;
}

export interface SimProduction {
  readonly id: bigint;
  readonly order: SimOrder;
  readonly producer: bigint;
  readonly startedMs: bigint;
  /** Estimated, or approved since. */
  baseMs: bigint;
  inside: bigint;
  openMeans: number;
  /** Workloads that nobody has countersigned. */
  unsigned: number;
  readonly parts: SimLot[];
  /** Of `inside`, what came with the parts. */
  partsValue: bigint;
}

export interface SimMeans {
  readonly id: bigint;
  readonly production: SimProduction;
  readonly lot: SimLot;
  readonly atMs: bigint;
}

export interface SimWorkload {
  readonly id: bigint;
  readonly wallet: string;
  readonly production: SimProduction;
  readonly producer: bigint;
  readonly segment: bigint;
  readonly fromMs: bigint;
  readonly toMs: bigint;
  signed: boolean;
}

export interface SimBallot {
  readonly id: bigint;
  readonly subject: string;
  component: bigint;
  readonly estimate: bigint;
  readonly type: bigint;
  readonly json: string;
  /** Who can still vote. */
  readonly voters: Pool<bigint>;
  readonly voted: bigint[];
}

export interface SimRevision {
  readonly id: bigint;
  readonly component: bigint;
  readonly segment: bigint;
}

export interface SimReceipt {
  readonly wallet: string;
  readonly store: bigint;
  readonly nonce: string;
}
