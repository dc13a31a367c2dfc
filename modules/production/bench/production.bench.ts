/**
 * The largest output that the issue names: 1,000 parts, whose product has 10,000 instances; what
 * using that product costs; and compositions whose levels all share their parts, which a recursion
 * would count 2^20 times. State is in memory; times are of the processor.
 */
import { createHash } from 'node:crypto';
import { Consumption } from '../../../proto/generated/artel/trust/v1/state.ts';
import { median } from '../../../tools/quantiles.ts';
import { scenarioContext } from '../../_kernel/harness.ts';
import { MemoryState } from '../../_kernel/memory-state.ts';
import { rational } from '../../_kernel/rational.ts';
import { draft, view } from '../../_kernel/tables.ts';
import { timeMs } from '../../_kernel/units.ts';
import { type Composition, compose, isComposition } from '../composition.ts';
import { decide } from '../decide.ts';
import { evolve } from '../evolve.ts';
import { explain } from '../explain.ts';
import { tables, toStored } from '../keys.ts';
import type { ProductionPorts } from '../ports.ts';
import { account, drive, hour, start } from '../test/world.ts';
import { DurabilityUnit, Label, type ProductionCommand, type ProductionEvent } from '../types.ts';
import { bookedResidual, residual } from '../value.ts';

const tiny = process.argv.includes('--tiny');
const parts = tiny ? 10n : 1_000n;
const instances = tiny ? 100n : 10_000n;
const rounds = tiny ? 1 : 7;
const hash = createHash('sha256');

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function figure(what: string, value: number, unit: string, goal?: object): void {
  console.log(
    JSON.stringify({ case: what, value, unit, hash: hash.copy().digest('hex'), ...goal }),
  );
}

/** A state with an open production that has taken on all parts, by the facts that lead there. */
function withParts() {
  const state = new MemoryState();
  const [reads, writes] = [view(tables, state), draft(tables, state)];
  const apply = (event: object): void => {
    const { type } = event as ProductionEvent;
    (evolve[type] as (to: typeof writes, event: object) => void)(writes, event);
  };
  const type = { productType: drive, definer: 1n, name: 'drive', unit: 'piece' };
  const durabilityUnit = DurabilityUnit.MINUTES;
  apply({ type: 'TypeDefined', ...type, durabilityUnit, descriptionHash: new Uint8Array() });
  const terms = { orderer: 1n, producer: 1n, productType: drive, quantity: 1n, refs: [] };
  const label = Label.EXCLUSIVE;
  apply({ type: 'Ordered', order: 1n, ...terms, deliveryTimeMs: start, label });
  // Estimated at what its parts carry.
  apply({ type: 'Estimated', estimate: 1n, order: 1n, valueMs: instances * 1000n });
  const begun = { production: 1n, order: 1n, estimate: 1n, producer: 1n, startedAtMs: start };
  apply({ type: 'ProductionStarted', ...begun, label });
  const each = instances / parts;
  const tops: bigint[] = [];
  for (let index = 0n; index < parts; index += 1n) {
    const first = index * each + 1n;
    const elements = Array.from({ length: Number(each) }, (_, at) => ({
      id: first + BigInt(at),
      value: rational(1000n),
      durability: 100_000n + ((first + BigInt(at)) % 97n) * 1000n,
      age: 0n,
      parts: at === 0 ? [] : [first + BigInt(at) - 1n],
    }));
    tops.push(first + each - 1n);
    const lot = index + 1n;
    const goods = { lot, owner: 1n, productType: drive, label, quantity: 1n, ownership: lot };
    const valueMs = each * 1000n;
    const composition = toStored(elements);
    const made = { production: 0n, madeAtMs: start, segment: 0n, composition };
    apply({ type: 'Collectivized', ...goods, source: 1, durability: 0n, element: 0n, ...made });
    writes.compositions.set(lot as never, composition);
    writes.lots.set(
      lot as never,
      { ...(reads.lots.get(lot as never) as object), valueMs } as never,
    );
    const used = { production: 1n, lot, part: true, quantity: 1n, valueMs, bookedMs: valueMs };
    writes.exclusiveGoods.set(1n as never, (reads.exclusiveGoods.get(1n as never) ?? 0n) + valueMs);
    apply({ type: 'ConsumptiveAllocated', ...used, label });
  }
  writes.next.set('element', instances + 1n);
  return { reads, apply, tops };
}

/** One collective alone, an hour after the start. */
let now = timeMs(start + hour);
const one = 1n as never;
const ports: ProductionPorts = {
  trust: {
    collective: () => ({ owner: account(1), consumption: Consumption.C2C }),
    edgeState: () => 'none',
    sameComponent: () => true,
    componentOf: () => one,
    members: () => [one],
    sizeOf: () => 1n,
  },
  segments: {
    segmentAt: () => one,
    isFinal: () => false,
    endOf: () => now,
    keyOf: (wallet) => wallet,
  },
};

function run(reads: ReturnType<typeof withParts>['reads'], command: object) {
  const rule = decide[(command as ProductionCommand).type] as (
    ...args: readonly unknown[]
  ) => ReturnType<(typeof decide)['Output']>;
  const decision = rule(reads, command, { ...scenarioContext, timeMs: now }, ports);
  if (!decision.ok) throw new Error(decision.message);
  return decision.events;
}

const outputs: { readonly decideMs: number; readonly allMs: number }[] = [];
const uses: number[] = [];
const explained: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const { reads, apply, tops } = withParts();
  const valueMs = instances * 1000n;
  const elements = [{ valueMs: 0n, durability: 0n, parts: tops, ownParts: [] }];
  const line = { type: drive, quantity: 1n, valueMs, elements };
  const command = { type: 'Output', signer: account(1), production: 1n, lines: [line] };
  const begin = cpuMs();
  const events = run(reads, command);
  const decided = cpuMs();
  for (const event of events) apply(event);
  outputs.push({ decideMs: decided - begin, allMs: cpuMs() - begin });
  for (const event of events) hash.update(event.type);

  const product = parts + 1n;
  apply({ type: 'Estimated', estimate: 2n, order: 1n, valueMs });
  const begun = { production: 2n, order: 1n, estimate: 2n, producer: 1n, startedAtMs: start };
  apply({ type: 'ProductionStarted', ...begun, label: Label.EXCLUSIVE });
  const means = { signer: account(1), production: 2n, lot: product, repurpose: false };
  for (const event of run(reads, { type: 'AllocateMeans', ...means })) apply(event);
  now = timeMs(now + hour);
  const used = { signer: account(1), allocation: 1n, used: 7n };
  const using = cpuMs();
  for (const event of run(reads, { type: 'DeallocateMeans', ...used })) apply(event);
  uses.push(cpuMs() - using);

  const asking = cpuMs();
  const answer = explain(reads, product as never);
  explained.push(cpuMs() - asking);
  if (!answer.ok) throw new Error(answer.message);
  hash.update(String(answer.response.lots.length));
}
const size = `${parts} parts, ${instances} instances`;
const atMost = { goal: { atMost: 50 } };
figure(`output, decided, ${size}`, median(outputs.map(({ decideMs }) => decideMs)), 'ms');
figure(
  `output, decided and written, ${size}`,
  median(outputs.map(({ allMs }) => allMs)),
  'ms',
  atMost,
);
figure(`use of the product, decided and written, ${size}`, median(uses), 'ms');
figure(`explanation of the product, ${size}`, median(explained), 'ms');

/** Two elements a level, each with both of the level below: 2^levels paths, 4 * levels edges. */
function ladder(levels: number): Composition {
  const made = compose(
    [],
    Array.from({ length: 2 * levels }, (_, index) => {
      const below = BigInt(index - (index % 2)) - 1n;
      const isLowest = index < 2;
      return {
        id: BigInt(index) + 1n,
        value: rational(7n),
        durability: isLowest ? 1000n + BigInt(index) : 0n,
        parts: isLowest ? [] : [below, below + 1n],
      };
    }),
  );
  if (!isComposition(made)) throw new Error(made.kind);
  return made;
}

const repeats = tiny ? 1 : 2_000;
function perEdge(levels: number): number {
  const times = Array.from({ length: rounds }, () => {
    const begin = cpuMs();
    for (let i = 0; i < repeats; i += 20 * levels > 400 ? 100 : 1) {
      const product = ladder(levels);
      hash.update(`${residual(product, 3n).num} ${bookedResidual(product, 3n, 1n << 60n)}`);
    }
    return cpuMs() - begin;
  });
  const done = Math.ceil(repeats / (20 * levels > 400 ? 100 : 1));
  return (median(times) * 1_000_000) / done / (4 * levels);
}

perEdge(20);
const [low, high] = [perEdge(20), perEdge(2_000)];
figure('composition and value, 20 levels that share all parts', low, 'ns/edge');
figure('composition and value, 2,000 levels that share all parts', high, 'ns/edge');
