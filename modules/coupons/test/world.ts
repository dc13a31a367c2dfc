/** Coupons for scenarios, beside stand-ins for trust and for the module of workloads. */
import { Consumption } from '../../../proto/generated/artel/trust/v1/state.ts';
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { type Outcome, Scenario } from '../../_kernel/harness.ts';
import { timeMs, workMs } from '../../_kernel/units.ts';
import type { tables } from '../keys.ts';
import { coupons } from '../module.ts';
import { couponReads } from '../ports.ts';
import { ledgerOf, nextRevision } from '../revise.ts';
import { addSums, noSums, type Sums } from '../revision.ts';
import {
  type CollectiveId,
  type ComponentId,
  type CouponCommand,
  type CouponEvent,
  type CouponPorts,
  collectiveId,
  componentId,
  type FinalRevision,
  revisionId,
  type SegmentId,
  segmentId,
  type Workload,
  workloadId,
} from '../types.ts';
import { Line } from './line.ts';

export type Result = Outcome<CouponEvent>;

export function account(id: number): Address {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, id);
  return addressFromBytes(bytes);
}

const idOfComponent = (id: number): ComponentId => componentId(BigInt(id));

export function nonce(id: number): Uint8Array {
  return new Uint8Array(32).fill(id);
}

/** 2026-01-01 UTC: collectives are founded in the first millisecond of January. */
export const newYearMs = 1_767_225_600_000n;
export const dayMs = 86_400_000n;
/** Months are counted from 1970-01 as 0. */
export const january = 672n;
/** Ends of months, from January on. */
const endsMs = [31n, 59n, 90n, 120n, 151n, 181n].map((days) => newYearMs + days * dayMs);
const graceMs = 2n * dayMs;

export class World {
  /** Component of each collective, from 1 on. */
  readonly components: Map<number, number>;
  readonly stores = new Set<number>();
  readonly lines = new Map<string, Line>();
  readonly booked = new Map<string, Sums>();
  readonly workloads: Workload[] = [];
  /** Goods of collective 1 from before its first segment; negative where more is owed. */
  leftGoods = 0n;
  readonly scenario: Scenario<typeof tables, CouponCommand, CouponEvent, CouponPorts>;

  /** Components as lists of collectives, all C2C but those of `stores`. */
  constructor(components: readonly (readonly number[])[], stores: readonly number[] = []) {
    this.components = new Map(
      components.flatMap((members, index) => members.map((id) => [id, index + 1] as const)),
    );
    for (const store of stores) this.stores.add(store);
    this.scenario = new Scenario(coupons, this.ports);
  }

  get ports(): CouponPorts {
    return {
      trust: {
        collective: (id) =>
          this.components.has(Number(id))
            ? {
                consumption: this.stores.has(Number(id)) ? Consumption.C2I : Consumption.C2C,
                foundedAtMs: timeMs(newYearMs + 1n),
              }
            : undefined,
        componentOf: (id) => {
          const component = this.components.get(Number(id));
          return component === undefined ? undefined : componentId(BigInt(component));
        },
        members: (component) =>
          [...this.components]
            .filter(([, other]) => BigInt(other) === component)
            .map(([id]) => collectiveId(BigInt(id)))
            .sort((one, other) => Number(one - other)),
        isComponent: (component) => [...this.components.values()].includes(Number(component)),
        components: () => [...new Set(this.components.values())].sort().map(idOfComponent),
      },
      work: {
        workload: (id) => this.workloads[Number(id) - 1],
        sums: (collective, segment) => {
          const key = `${collective}/${segment}`;
          const line = { ...noSums, a: this.lines.get(key)?.total ?? 0n };
          return addSums(line, this.booked.get(key) ?? noSums);
        },
        pairs: (collective, segment) => this.lines.get(`${collective}/${segment}`)?.pairs ?? [],
        nextActive: (collective, from) =>
          this.#activeSegments(collective).find((segment) => segment >= from),
        sumsFrom: (collective, from) => this.#sumsFrom(collective, from),
        // All that was worked and not lost is still there.
        exclusiveGoods: (collective) => {
          const { a, c, w } = this.#sumsFrom(collective, segmentId(0n));
          return a - c - w + (collective === 1n ? this.leftGoods : 0n);
        },
        poolValue: () => 0n,
        difference: (store) => this.#burned(store),
      },
    };
  }

  #activeSegments(collective: CollectiveId): readonly SegmentId[] {
    const keys = [...this.lines.keys(), ...this.booked.keys()].map((key) => key.split('/'));
    const own = keys.filter(([id]) => id === String(collective));
    const segments = new Set(own.map(([, segment = '0']) => BigInt(segment)));
    return [...segments].sort((one, other) => Number(one - other)).map(segmentId);
  }

  #sumsFrom(collective: CollectiveId, from: SegmentId): Sums {
    return this.#activeSegments(collective)
      .filter((segment) => segment >= from)
      .map((segment) => this.ports.work.sums(collective, segment))
      .reduce(addSums, noSums);
  }

  #burned(store: CollectiveId): bigint {
    const receipts = this.scenario.view.receipts.range({ prefix: [store] });
    return Array.from(receipts, ({ value }) => value.amountMs as bigint).reduce(
      (a, b) => a + b,
      0n,
    );
  }

  /** Registers a workload; its id counts from 1 on. */
  work(collective: number, wallet: number, amount: bigint, segment = january): bigint {
    const key = `${collective}/${segment}`;
    const line = this.lines.get(key) ?? new Line();
    this.lines.set(key, line);
    this.workloads.push({
      ...line.add(amount),
      collective: collectiveId(BigInt(collective)),
      segment: segmentId(segment),
      wallet: account(wallet),
      cancelled: false,
    });
    return BigInt(this.workloads.length);
  }

  cancel(workload: bigint): void {
    const index = Number(workload) - 1;
    const found = this.workloads[index];
    if (found === undefined) throw new Error(`no workload ${workload}`);
    const line = this.lines.get(`${found.collective}/${found.segment}`);
    const stretch = line?.open.find(({ before }) => before === found.before);
    if (stretch === undefined) throw new Error(`workload ${workload} is on no line`);
    line?.cancel(stretch);
    this.workloads[index] = { ...found, cancelled: true };
  }

  book(collective: number, sums: Partial<Sums>, segment = january): void {
    const key = `${collective}/${segment}`;
    const before = this.booked.get(key) ?? noSums;
    this.booked.set(key, addSums(before, { ...noSums, ...sums }));
  }

  /** The first block in which a segment can be revised. */
  afterGrace(segment: bigint): this {
    const endMs = endsMs[Number(segment - january)];
    if (endMs === undefined) throw new Error(`no end of segment ${segment}`);
    return this.at(endMs + graceMs);
  }

  at(time: bigint): this {
    this.scenario.at({ timeMs: timeMs(time) });
    return this;
  }

  /** What a reviser would send now for the component of a collective. */
  due(collective: number): FinalRevision {
    const component = componentId(BigInt(this.components.get(collective) ?? 0));
    const { view, context } = this.scenario;
    const { revision } = nextRevision(view, this.ports, component, context.timeMs);
    const [member = collectiveId(0n)] = this.ports.trust.members(component);
    return {
      type: 'FinalRevision',
      member,
      segment: revision.segment,
      a: revision.aMs,
      c: revision.cMs,
      w: revision.wMs,
      debtBefore: revision.debtBeforeMs,
      net: revision.netMs,
      debtAfter: revision.debtAfterMs,
    };
  }

  /** Revises the next segment of a component when it is due. */
  revise(collective: number): Result {
    const component = componentId(BigInt(this.components.get(collective) ?? 0));
    const { nextSegment } = ledgerOf(this.scenario.view, this.ports, component);
    this.afterGrace(nextSegment);
    return this.scenario.when(this.due(collective));
  }

  claim(workload: bigint, revision: bigint, signer: number): Result {
    return this.scenario.when({
      type: 'Claim',
      signer: account(signer),
      workload: workloadId(workload),
      revision: revisionId(revision),
    });
  }

  /** What claims of workloads give, in their order. Each is signed by its wallet. */
  claimed(workloads: readonly bigint[], revision: bigint): readonly bigint[] {
    return workloads.map((workload) => {
      const wallet = this.workloads[Number(workload) - 1]?.wallet ?? account(0);
      const { events, refused } = this.scenario.when({
        type: 'Claim',
        signer: wallet,
        workload: workloadId(workload),
        revision: revisionId(revision),
      });
      const [event] = events;
      if (event?.type !== 'CouponsClaimed') throw new Error(`${workload}: ${refused}`);
      return event.amountMs;
    });
  }

  appropriate(wallet: number, store: number, amount: bigint, used: number, key = wallet): Result {
    return this.scenario.when({
      type: 'Appropriate',
      signer: account(key),
      wallet: account(wallet),
      store: collectiveId(BigInt(store)),
      amountMs: workMs(amount),
      nonce: nonce(used),
    });
  }

  setGuardians(wallet: number, guardians: readonly number[], threshold: number, key = wallet) {
    return this.scenario.when({
      type: 'SetGuardians',
      signer: account(key),
      wallet: account(wallet),
      guardians: guardians.map(account).sort(),
      threshold,
    });
  }

  approve(guardian: number, wallet: number, newKey: number): Result {
    return this.scenario.when({
      type: 'ApproveRecovery',
      guardian: account(guardian),
      wallet: account(wallet),
      newKey: account(newKey),
    });
  }

  /** What trust and its reactors do: due revisions first, then the join, then the debts. */
  join(one: number, other: number): Result {
    const [remaining, ending] = [one, other].map((id) => this.#componentOf(id));
    if (remaining === undefined || ending === undefined) throw new Error('two components join');
    for (const component of [remaining, ending]) {
      const finalised = this.finalise(component);
      if (finalised.refused !== undefined) return finalised;
    }
    for (const [id, component] of this.components) {
      if (BigInt(component) === ending) this.components.set(id, Number(remaining));
    }
    return this.scenario.when({ type: 'JoinLedgers', remaining, ending });
  }

  /** As `join`; those named leave into a component with a new number. */
  split(leaving: readonly number[], arisingNumber: number): Result {
    const component = this.#componentOf(leaving[0] ?? 0);
    const finalised = this.finalise(component);
    if (finalised.refused !== undefined) return finalised;
    for (const id of leaving) this.components.set(id, arisingNumber);
    const arising = componentId(BigInt(arisingNumber));
    return this.scenario.when({ type: 'SplitLedger', component, arising });
  }

  finalise(component: ComponentId): Result {
    return this.scenario.when({ type: 'FinaliseEnded', component });
  }

  #componentOf(collective: number): ComponentId {
    return componentId(BigInt(this.components.get(collective) ?? 0));
  }

  setParameters(parameters: Readonly<Record<string, string>>): Result {
    return this.scenario.when({ type: 'SetParameters', json: JSON.stringify(parameters) });
  }

  /** Coupons of a wallet by origin. */
  balances(wallet: number): Readonly<Record<string, bigint>> {
    const rows = this.scenario.view.balances.range({ prefix: [account(wallet)] });
    return Object.fromEntries(Array.from(rows, ({ key, value }) => [String(key[1]), value]));
  }

  get reads() {
    return couponReads(this.scenario.view, this.ports);
  }
}
