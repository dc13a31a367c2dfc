/** Collectives for scenarios: each has an owner of its own, and ids count from 1. */
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { type Outcome, Scenario } from '../../_kernel/harness.ts';
import type { TimeMs } from '../../_kernel/units.ts';
import type { tables } from '../keys.ts';
import { trust } from '../module.ts';
import { trustReads } from '../ports.ts';
import {
  Consumption,
  collectiveId,
  type FoundCollective,
  Kind,
  pairOf,
  type TrustCommand,
  type TrustEvent,
  type TrustPorts,
} from '../types.ts';

export type Result = Outcome<TrustEvent>;

export function ownerOf(id: number): Address {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, id);
  return addressFromBytes(bytes);
}

export function founding(id: number): FoundCollective {
  return {
    type: 'FoundCollective',
    founder: ownerOf(id),
    name: `collective ${id}`,
    kind: Kind.STEADY,
    consumption: Consumption.C2C,
    descriptionHash: new Uint8Array(),
  };
}

export class World {
  readonly scenario: Scenario<typeof tables, TrustCommand, TrustEvent, TrustPorts>;
  /** Components can't change before it. */
  graceUntil: TimeMs | undefined;

  /** `founded` collectives, and an edge for each pair. */
  constructor(founded = 0, edges: readonly (readonly [number, number])[] = []) {
    const ports: TrustPorts = { changes: { notBefore: () => this.graceUntil } };
    this.scenario = new Scenario(trust, ports);
    for (let id = 1; id <= founded; id += 1) this.scenario.when(founding(id));
    for (const [a, b] of edges) this.connect(a, b);
  }

  get reads() {
    return trustReads(this.scenario.view);
  }

  sign(from: number, to: number, signer = from): Result {
    return this.scenario.when({ type: 'SignTrust', ...this.#statement(from, to, signer) });
  }

  withdraw(from: number, to: number, signer = from): Result {
    return this.scenario.when({ type: 'WithdrawSignature', ...this.#statement(from, to, signer) });
  }

  cancel(from: number, to: number, signer = from): Result {
    return this.scenario.when({ type: 'CancelTrust', ...this.#statement(from, to, signer) });
  }

  /** The timer fires at the end of the notice. */
  end(a: number, b: number): Result {
    const pair = pairOf(collectiveId(BigInt(a)), collectiveId(BigInt(b)));
    const endsAtMs = this.scenario.view.edges.get(pair.low, pair.high)?.cancellation?.endsAtMs;
    const begunMs = this.scenario.context.timeMs;
    if (endsAtMs !== undefined) this.scenario.at({ timeMs: endsAtMs });
    const outcome = this.scenario.when({ type: 'EndTrust', ...pair });
    this.scenario.at({ timeMs: begunMs });
    return outcome;
  }

  connect(a: number, b: number): Result {
    this.sign(a, b);
    return this.sign(b, a);
  }

  cut(a: number, b: number): Result {
    this.cancel(a, b);
    return this.end(a, b);
  }

  edge(a: number, b: number): string {
    return this.reads.edgeState(collectiveId(BigInt(a)), collectiveId(BigInt(b)));
  }

  same(a: number, b: number): boolean {
    return this.reads.sameComponent(collectiveId(BigInt(a)), collectiveId(BigInt(b)));
  }

  /** Component of each collective, in the order of founding. */
  components(): readonly number[] {
    return Array.from(this.scenario.view.componentOf.range(), ({ value }) => Number(value));
  }

  #statement(from: number, to: number, signer: number) {
    return {
      signer: ownerOf(signer),
      from: collectiveId(BigInt(from)),
      to: collectiveId(BigInt(to)),
    };
  }
}

/** Names of the facts of an outcome, in order. */
export function facts({ events }: Result): readonly string[] {
  return events.map(({ type }) => type);
}
