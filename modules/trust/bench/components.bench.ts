/**
 * How long questions and changes take in a large graph: 10,000 collectives, 100,000 edges, two
 * dense halves held together by one bridge, whose end is the worst cut there is. State is in
 * memory; times are of the processor, so that a busy machine shows the same.
 */
import { createHash } from 'node:crypto';
import { median } from '../../../tools/quantiles.ts';
import { scenarioContext } from '../../_kernel/harness.ts';
import { MemoryState } from '../../_kernel/memory-state.ts';
import { draft, view } from '../../_kernel/tables.ts';
import { durationMs } from '../../_kernel/units.ts';
import { decide } from '../decide.ts';
import { evolve } from '../evolve.ts';
import { tables } from '../keys.ts';
import { trustReads } from '../ports.ts';
import { founding } from '../test/world.ts';
import {
  type CollectiveId,
  collectiveId,
  componentId,
  pairOf,
  type TrustCommand,
  type TrustEvent,
  type TrustPorts,
} from '../types.ts';

const tiny = process.argv.includes('--tiny');
const collectives = tiny ? 100 : 10_000;
const edges = tiny ? 1_000 : 100_000;
const questions = tiny ? 1_000 : 1_000_000;
const rounds = tiny ? 1 : 7;

const state = new MemoryState();
const reads = view(tables, state);
const writes = draft(tables, state);
const port = trustReads(reads);
const ports: TrustPorts = { changes: { notBefore: () => undefined } };
const hash = createHash('sha256');
const { timeMs } = scenarioContext;
const owner = founding(1).founder;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function apply(event: TrustEvent): void {
  (evolve[event.type] as (d: typeof writes, e: TrustEvent) => void)(writes, event);
}

function run(command: TrustCommand): { readonly decideMs: number; readonly allMs: number } {
  const begin = cpuMs();
  const rule = decide[command.type] as (
    ...args: readonly unknown[]
  ) => ReturnType<(typeof decide)['SignTrust']>;
  const decision = rule(reads, command, scenarioContext, ports);
  const decided = cpuMs();
  if (!decision.ok) throw new Error(decision.message);
  for (const event of decision.events) {
    apply(event);
    hash.update(event.type);
    if ('moved' in event) hash.update(event.moved.join());
  }
  return { decideMs: decided - begin, allMs: cpuMs() - begin };
}

/** Numerical Recipes' generator: the same graph on every machine. */
let seed = 1n;
function below(limit: number): number {
  seed = (seed * 1_664_525n + 1_013_904_223n) % 4_294_967_296n;
  return Number((seed * BigInt(limit)) >> 32n);
}

const id = (index: number): CollectiveId => collectiveId(BigInt(index + 1));
const half = collectives / 2;

function build(): void {
  for (let index = 0; index < collectives; index += 1) {
    const { type: _, founder, ...profile } = founding(1);
    const component = componentId(index < half ? 1n : 2n);
    const collective = { collective: id(index), owner: founder, ...profile };
    apply({ type: 'CollectiveFounded', ...collective, component, foundedAtMs: timeMs });
  }
  for (let made = 0; made < edges; ) {
    const start = made % 2 === 0 ? 0 : half;
    const step = Math.floor(made / 2);
    // A path through each half first, so that it is one component; then at random.
    const [a, b] = step < half - 1 ? [step, step + 1] : [below(half), below(half)];
    if (a === b || port.edgeState(id(start + a), id(start + b)) !== 'none') {
      if (step < half - 1) throw new Error('the path has a gap');
      continue;
    }
    const pair = pairOf(id(start + a), id(start + b));
    apply({ type: 'TrustEstablished', ...pair, establishedAtMs: timeMs });
    made += 1;
  }
}

function sign(a: CollectiveId, b: CollectiveId): ReturnType<typeof run> {
  run({ type: 'SignTrust', signer: owner, from: a, to: b });
  return run({ type: 'SignTrust', signer: owner, from: b, to: a });
}

function cut(a: CollectiveId, b: CollectiveId): ReturnType<typeof run> {
  run({ type: 'CancelTrust', signer: owner, from: a, to: b });
  return run({ type: 'EndTrust', ...pairOf(a, b) });
}

function figure(what: string, value: number, unit: string, atMost?: number): void {
  const goal = atMost === undefined ? {} : { goal: { atMost } };
  const done = hash.copy().digest('hex');
  console.log(JSON.stringify({ case: what, value, unit, hash: done, ...goal }));
}

const worst = (times: readonly number[]): number => Math.max(...times);
apply({ type: 'ParametersSet', noticeMs: durationMs(0n) });
build();
const graph = `${collectives} collectives, ${edges} edges`;
const bridge = [id(half - 1), id(half)] as const;

const joins: number[] = [];
const cuts: { readonly decideMs: number; readonly allMs: number }[] = [];
for (let round = 0; round < rounds; round += 1) {
  joins.push(sign(...bridge).allMs);
  cuts.push(cut(...bridge));
}
sign(...bridge);
figure(`join of two halves, ${graph}`, median(joins), 'ms');
const decided = median(cuts.map(({ decideMs }) => decideMs));
figure(`worst cut, decided, ${graph}`, decided, 'ms', 50);
figure(`worst cut, decided and written, ${graph}`, median(cuts.map(({ allMs }) => allMs)), 'ms');

const inner = Array.from({ length: tiny ? 10 : 1_000 }, () => {
  const a = below(collectives - 1);
  const apart = a + 1 === half || port.edgeState(id(a), id(a + 1)) !== 'strong';
  if (apart) return 0;
  const { allMs } = cut(id(a), id(a + 1));
  sign(id(a), id(a + 1));
  return allMs;
});
figure(`cut that splits nothing, median, ${graph}`, median(inner), 'ms');
figure(`cut that splits nothing, worst of ${inner.length}, ${graph}`, worst(inner), 'ms');

const pairs = Array.from({ length: questions }, () => [below(collectives), below(collectives)]);
const ids = Array.from({ length: collectives }, (_, index) => id(index));
const begin = cpuMs();
let same = 0;
for (const [a = 0, b = 0] of pairs) {
  if (port.sameComponent(ids[a] as CollectiveId, ids[b] as CollectiveId)) same += 1;
}
const took = cpuMs() - begin;
hash.update(String(same));
figure(`same component?, ${graph}`, (took * 1000) / questions, 'us', 5);
