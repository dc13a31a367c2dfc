/**
 * The chain's own facts: its beginning, which modules take part, and commands that wait for a time.
 */
import type { TimeMs } from '../_kernel/units.ts';

export interface ChainStarted {
  readonly type: 'ChainStarted';
  readonly chainId: string;
  readonly genesisHash: Uint8Array;
  readonly initialHeight: bigint;
  readonly genesisTimeMs: bigint;
  readonly appVersion: bigint;
  /** Sum of the gas limits of a block's transactions; 0 is no limit. */
  readonly maxGas: bigint;
  readonly maxBytes: bigint;
  /** Evidence that consensus takes is at most so old in blocks, or so old in ms. */
  readonly evidenceAgeBlocks: bigint;
  readonly evidenceAgeMs: bigint;
}

export interface ModuleStarted {
  readonly type: 'ModuleStarted';
  readonly module: string;
  readonly storeVersion: bigint;
}

/** A new version of the rules keeps the module's state in another layout. */
export interface ModuleMigrated {
  readonly type: 'ModuleMigrated';
  readonly module: string;
  readonly storeVersion: bigint;
}

export interface TimerSet {
  readonly type: 'TimerSet';
  readonly id: bigint;
  readonly atMs: TimeMs;
  readonly module: string;
  readonly command: string;
  readonly payload: Uint8Array;
}

/** Genesis continues the numbering of the chain it was exported from. */
export interface TimersNumbered {
  readonly type: 'TimersNumbered';
  readonly next: bigint;
}

export interface TimerFired {
  readonly type: 'TimerFired';
  readonly id: bigint;
  readonly atMs: TimeMs;
  /** `codespace/name` of the refusal; empty when the command was accepted. */
  readonly refused: string;
}

export interface EffectRefused {
  readonly type: 'EffectRefused';
  readonly module: string;
  readonly command: string;
  readonly refused: string;
  readonly reason: string;
}

export interface AppVersionChanged {
  readonly type: 'AppVersionChanged';
  readonly appVersion: bigint;
  readonly height: bigint;
}

export type ChainEvent =
  | ChainStarted
  | ModuleStarted
  | ModuleMigrated
  | TimerSet
  | TimerFired
  | TimersNumbered
  | EffectRefused
  | AppVersionChanged;

/** Only the host commands this module. */
export interface SetTimer {
  readonly type: 'SetTimer';
  readonly atMs: TimeMs;
  readonly module: string;
  readonly command: string;
  readonly payload: Uint8Array;
}

export type ChainCommand = SetTimer;
