/** The types of a composition: modules, reactors and ports, as `app.ts` lists them. */
import type { Tagged } from '../../modules/_kernel/decider.ts';
import type { Module } from '../../modules/_kernel/module.ts';
import type { Tables, View } from '../../modules/_kernel/tables.ts';
import type { Change } from '../store/overlay.ts';
import type { Migration } from './upgrade.ts';

// biome-ignore lint/suspicious/noExplicitAny: the host handles modules of any types.
export type AnyModule = Module<any, any, any, any>;

/** A fact of a module, in the order in which facts happened. */
export interface Fact {
  readonly module: string;
  readonly event: Tagged;
  /** Index of the message that caused it; undefined for fees, timers and block work. */
  readonly messageIndex?: number;
}

/** An event of one module that causes commands of another, within the same transaction. */
export interface Reactor {
  readonly on: string;
  readonly event: string;
  readonly to: string;
  /** Where the chain has no module `to`: the cause is refused, or goes without its effect. */
  readonly otherwise: 'refuse' | 'skip';
  // biome-ignore lint/suspicious/noExplicitAny: the event of the name given in `event`.
  readonly commands: (event: any) => readonly Tagged[];
}

/** Views of other modules; undefined where the chain does without. */
export type ViewOf = (module: string) => View<Tables> | undefined;

export interface Composition {
  readonly modules: readonly AnyModule[];
  /** In the order in which effects happen. */
  readonly reactors: readonly Reactor[];
  /** By module name: what it may read of others. */
  readonly ports: Readonly<Record<string, (viewOf: ViewOf) => unknown>>;
  /** Typed ABCI events that somebody must look at: logged as errors. */
  readonly critical: ReadonlySet<string>;
  /** The version of the rules that takes over at a height, where a vote has planned one. */
  readonly plannedUpgrade: (
    viewOf: ViewOf,
  ) => { readonly height: bigint; readonly appVersion: bigint } | undefined;
  /** How earlier versions of the rules become this one; ascending, each once. */
  readonly migrations: readonly Migration[];
  /**
   * What no module can check of a genesis alone: the age of evidence that consensus takes, in ms.
   */
  readonly problemWithGenesis: (
    state: ReadonlyMap<string, unknown>,
    consensusEvidenceAgeMs: bigint,
  ) => string | undefined;
  /** A truth between modules that every block keeps: what is wrong after one, in one line. */
  readonly watch?: (block: Watched) => string | undefined;
}

/** What a block did, to be judged: views and ports read the state that they are asked within. */
export interface Watched {
  readonly changesOf: (module: string) => readonly Change[];
  readonly view: (module: string) => View<Tables>;
  readonly ports: (module: string) => unknown;
  readonly before: <T>(read: () => T) => T;
  readonly after: <T>(read: () => T) => T;
}
