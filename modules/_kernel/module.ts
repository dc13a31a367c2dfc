/**
 * What the host needs of a module. Each `module.ts` exports one `Module`; `chain/app/app.ts` lists
 * them.
 */
import type { Context, Decide, Evolve, Tagged } from './decider.ts';
import type { GeneratedCodec, ProtoCodec } from './proto-codec.ts';
import type { Refusal } from './refusals.ts';
import type { Tables, View } from './tables.ts';

/** An ABCI event beside the typed one, for wallets that look for the conventional names. */
export interface ConventionalEvent {
  readonly type: string;
  readonly attributes: readonly (readonly [key: string, value: string])[];
}

/** How an event is stored and shown. The event's fields are those of its protobuf message. */
export interface EventWire<E extends Tagged> {
  // biome-ignore lint/suspicious/noExplicitAny: each event has a message type of its own.
  readonly codec: GeneratedCodec<any>;
  /** The one field that gets `index: true`. */
  readonly indexed?: keyof E & string;
  readonly conventional?: (event: E) => readonly ConventionalEvent[];
  /**
   * Facts that the `tx` events of the transaction tell already: they are in the event log, and not
   * among the ABCI events, each of which costs every node an entry of its index.
   */
  readonly quiet?: (event: E) => boolean;
}

/** A transaction message: bytes -> wire value -> command. `M` is the generated message type. */
export interface MessageWire<M, C extends Tagged> {
  /** With the leading slash, `/artel.trust.v1.MsgSignTrust`. */
  readonly typeUrl: string;
  readonly codec: ProtoCodec<M>;
  readonly aminoType: string;
  /** The `value` of the amino JSON, without default fields as amino writes it. */
  readonly toAmino: (message: M) => unknown;
  /** The way back, where a field's amino JSON is not its protobuf JSON. */
  readonly fromAmino?: (value: unknown) => M;
  /** Addresses that must sign, in order, each once. */
  readonly signers: (message: M) => readonly string[];
  /** Parse once, then trust. A refusal here means malformed, whatever the state. */
  readonly parse: (message: M) => Parsed<C>;
  /** Gas of the command itself, beside its reads, writes and bytes. */
  readonly weight: bigint;
  /** Type URL of the response message, `.../MsgSignTrustResponse`; its bytes from the events. */
  readonly responseUrl: string;
  readonly respond?: (events: readonly Tagged[]) => Uint8Array;
  /** Only of a message that follows from the state alone: nobody signs it and nobody pays. */
  readonly unsigned?: Unsigned<C>;
}

/** What the host needs to take a message of nobody, without becoming anybody's free spam. */
export interface Unsigned<C extends Tagged> {
  /** The gas limit that its one encoding names; what it uses is not charged. */
  readonly gasLimit: bigint;
  /** So many stand in one block at most. */
  readonly mostInBlock: number;
  /** What it is about: of each subject at most one command is right. */
  subject(command: C): string;
  /** The right command about the same subject, or why there is none now. */
  // biome-ignore lint/suspicious/noExplicitAny: the view and the ports of its own module.
  due(view: any, command: C, context: Context, ports: any): Parsed<C>;
  /** Why a command is not the right one. Costs the same whatever the state holds. */
  differs(right: C, given: C): Refusal | undefined;
}

export type Parsed<C> = { readonly ok: true; readonly command: C } | Refusal;

export function parsed<C>(command: C): Parsed<C> {
  return { ok: true, command };
}

/** A read-only answer; `path` as in abci_query, `/artel.trust.v1.Query/Edge`. */
export interface Query<T extends Tables, Req, Res, Ports = undefined> {
  readonly path: string;
  readonly request: ProtoCodec<Req>;
  readonly response: ProtoCodec<Res>;
  readonly answer: (
    view: View<T>,
    request: Req,
    context: Context,
    ports: Ports,
  ) => { readonly ok: true; readonly response: Res } | Refusal;
}

/** A truth about the whole state of a module; returns what is wrong, or undefined. */
export interface Invariant<T extends Tables, Ports = undefined> {
  readonly name: string;
  readonly check: (view: View<T>, ports: Ports) => string | undefined;
}

/**
 * Genesis that can't be taken: `path` names the field as in `app_state.bank.balances[3].amount`.
 */
export class GenesisProblem extends Error {
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = 'GenesisProblem';
  }
}

export interface Module<T extends Tables, C extends Tagged, E extends Tagged, Ports = undefined> {
  /** Store name, codespace and key under `app_state`. */
  readonly name: string;
  readonly tables: T;
  readonly decide: Decide<T, C, E, Ports>;
  readonly evolve: Evolve<T, E>;
  readonly events: {
    readonly [Type in E['type']]: EventWire<Extract<E, { readonly type: Type }>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each message has a type of its own.
  readonly messages: readonly MessageWire<any, C>[];
  /** Commands that may be scheduled, by `type`; their fields are those of the message. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has a message type of its own.
  readonly timers: Readonly<Record<string, ProtoCodec<any>>>;
  // biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
  readonly queries: readonly Query<T, any, any, Ports>[];
  readonly invariants: readonly Invariant<T, Ports>[];
  /**
   * For modules with parameters: what is wrong with a proposed JSON object of some of them, or
   * undefined. The module then has a command `SetParameters { json }`, run when a vote has passed.
   */
  readonly parameters?: { readonly check: (json: unknown) => string | undefined };
  readonly genesis: {
    /** JSON of `app_state.<name>` -> the events of block 0. Throws GenesisProblem. */
    readonly import: (state: unknown, context: Context) => Iterable<E>;
    /** Exact inverse: importing what was exported gives the same app hash. */
    readonly export: (view: View<T>) => unknown;
    /** What `artel init` writes where nothing is asked for. */
    readonly default: unknown;
  };
}
