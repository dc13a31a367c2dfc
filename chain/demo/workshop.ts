/**
 * `artel demo workshop`: a schedule as orders, workloads, means of production and outputs. Each
 * unit is a machine with a durability in uses and a worker who runs it; the chain itself refuses a
 * means that is at work already and time that is worked twice.
 */
import { DurabilityUnit } from '../../proto/generated/artel/production/v1/state.ts';
import { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import { Refused } from '../client/refusals.ts';
import { type Planned, type Shop, schedule } from './shop.ts';
import {
  all,
  chunks,
  type Message,
  number,
  one,
  type Player,
  Stage,
  type StageOptions,
  type Told,
} from './stage.ts';
import { latestStart, type Started, Workbench } from './workbench.ts';

export interface WorkshopDemo extends StageOptions {
  readonly shop: Shop;
}

export interface Workshop {
  readonly instance: string;
  readonly orders: number;
  readonly tasks: number;
  readonly machines: number;
  readonly makespan: number;
  /** Milliseconds that stand for one unit of duration. */
  readonly unitMs: number;
  readonly workedMs: bigint;
  readonly transferredMs: bigint;
  readonly outputMs: bigint;
  readonly transactions: number;
  /** What does not come out as it must; empty. */
  readonly wrong: readonly string[];
}

/** The whole schedule takes about so long. */
const playMs = 6_000;
/** What a product reads of each task that it is made by. */
const gasOfTask = 100_000;

export async function playWorkshop(demo: WorkshopDemo): Promise<Workshop> {
  const { shop, progress } = demo;
  const plan = schedule(shop);
  const makespan = Math.max(...plan.map(({ to }) => to));
  const unitMs = Math.max(1, Math.floor(playMs / makespan));
  const stage = new Stage(demo);
  const bench = new Workbench(stage, demo.node);
  const work = plan.filter(({ task }) => task.duration > 0);
  const orders = [...new Set(work.map(({ task }) => task.order))].sort((a, b) => a - b);
  progress.begin(`playing ${shop.name}`, 11 + 4 * orders.length + wavesOf(work).length);
  const player = await stage.found(`Workshop ${shop.name}`, Consumption.C2C);
  const machines = await buildMachines(bench, player, shop, BigInt(makespan * unitMs));
  const product = await bench.type(player, 'product', DurabilityUnit.UNSPECIFIED);
  const started = await startAll(bench, player, product, orders, work, unitMs);
  const begin = await stage.shift(latestStart(started.values()), BigInt(makespan * unitMs));

  const told = new Books();
  await playWork(bench, player, work, { machines, started, begin, unitMs: BigInt(unitMs), told });
  const [machine] = machines;
  if (machine !== undefined) {
    await refuseTwice(bench, player, machine, started.get(orders[0] ?? 0)?.production ?? 0n, told);
  }
  const outputs = await Promise.all(
    orders.map(async (order) => {
      const production = started.get(order)?.production ?? 0n;
      const valueMs = told.valueOf(production);
      const line = { type: product, quantity: 1n, valueMs, elements: [] };
      const output = ['MsgOutput', { production, lines: [line] }] as const;
      const tasks = work.filter(({ task }) => task.order === order).length;
      const events = await stage.by(player, [output], tasks * gasOfTask);
      return number(one(events, 'ProductionFinished'), 'value_ms');
    }),
  );
  const outputMs = outputs.reduce((sum, value) => sum + value, 0n);
  const wrong = [...told.wrong];
  progress.end();
  if (outputMs !== told.workedMs + told.transferredMs) {
    wrong.push(
      `output is ${outputMs} ms, work and transfers ${told.workedMs + told.transferredMs} ms`,
    );
  }
  const due = work.reduce(
    (sum, { task, units }) => sum + BigInt(task.duration * unitMs * Math.max(1, units.length)),
    0n,
  );
  if (told.workedMs !== due) wrong.push(`${told.workedMs} ms are worked, ${due} ms are planned`);
  return {
    instance: shop.name,
    orders: orders.length,
    tasks: shop.tasks.length,
    machines: shop.units.length,
    makespan,
    unitMs,
    workedMs: told.workedMs,
    transferredMs: told.transferredMs,
    outputMs,
    transactions: stage.transactions,
    wrong,
  };
}

/** What the chain has told of work and transfers. */
class Books {
  readonly wrong: string[] = [];
  workedMs = 0n;
  transferredMs = 0n;
  readonly #values = new Map<bigint, bigint>();
  readonly #busy = new Map<string, (readonly [from: bigint, to: bigint])[]>();

  valueOf(production: bigint): bigint {
    return this.#values.get(production) ?? 0n;
  }

  worked(event: Told): void {
    const [from, to] = [number(event, 'from_ms'), number(event, 'to_ms')];
    this.workedMs += to - from;
    this.#add(event, to - from);
    // Each worker runs one machine: what they do twice at once, it would do twice at once.
    const wallet = event.get('wallet') ?? '';
    const before = this.#busy.get(wallet) ?? [];
    const overlap = before.find(([start, end]) => start < to && end > from);
    if (overlap !== undefined) this.wrong.push(`${wallet} works twice from ${from} to ${to}`);
    this.#busy.set(wallet, [...before, [from, to]]);
  }

  transferred(event: Told): void {
    const value = number(event, 'value_ms');
    this.transferredMs += value;
    this.#add(event, value);
  }

  #add(event: Told, value: bigint): void {
    const production = number(event, 'production');
    this.#values.set(production, this.valueOf(production) + value);
  }
}

/** One production puts out all machines: a millisecond of work and ten thousand uses for each. */
async function buildMachines(
  bench: Workbench,
  player: Player,
  shop: Shop,
  uses: bigint,
): Promise<readonly bigint[]> {
  const type = await bench.type(player, 'machine', DurabilityUnit.USES);
  const { production, startedMs } = await bench.start(
    player,
    type,
    1n,
    BigInt(shop.units.length) * 100n,
  );
  const workMs = 100n;
  const fromMs = await bench.stage.shift(startedMs, workMs);
  const wallet = (unit: number): string => bench.stage.account(`builder ${unit}`).address;
  await bench.stage.byMany(
    player,
    shop.units.map((_, unit) => [
      'MsgRegisterWorkload',
      { production, wallet: wallet(unit), fromMs, toMs: fromMs + workMs },
    ]),
  );
  const lines = shop.units.map(() => ({
    type,
    quantity: 1n,
    valueMs: workMs,
    elements: [{ valueMs: workMs, durability: 2n * uses, parts: [], ownParts: [] }],
  }));
  const output = ['MsgOutput', { production, lines }] as const;
  const events = await bench.stage.by(player, [output], shop.units.length * gasOfTask);
  return all(events, 'LotProduced').map((lot) => number(lot, 'lot'));
}

async function startAll(
  bench: Workbench,
  player: Player,
  product: bigint,
  orders: readonly number[],
  work: readonly Planned[],
  unitMs: number,
): Promise<ReadonlyMap<number, Started>> {
  const start = async (order: number): Promise<readonly [number, Started]> => {
    const own = work.filter(({ task }) => task.order === order);
    const due = own.reduce(
      (sum, { task, units }) => sum + task.duration * unitMs * (units.length + 1),
      0,
    );
    return [order, await bench.start(player, product, 1n, BigInt(due))];
  };
  return new Map(await Promise.all(orders.map(start)));
}

/** Tasks in the order of time; in one wave each unit works once. */
function wavesOf(work: readonly Planned[]): readonly (readonly Planned[])[] {
  const waves: Planned[][] = [];
  const nextOf = new Map<number, number>();
  for (const planned of [...work].sort((a, b) => a.from - b.from)) {
    const wave = Math.max(0, ...planned.units.map((unit) => nextOf.get(unit) ?? 0));
    waves[wave] = [...(waves[wave] ?? []), planned];
    for (const unit of planned.units) nextOf.set(unit, wave + 1);
  }
  return waves;
}

interface Scene {
  readonly machines: readonly bigint[];
  readonly started: ReadonlyMap<number, Started>;
  readonly begin: bigint;
  readonly unitMs: bigint;
  readonly told: Books;
}

/** Wave after wave: what one gives back, the next takes, in the same transaction. */
async function playWork(
  { stage }: Workbench,
  player: Player,
  work: readonly Planned[],
  { machines, started, begin, unitMs, told }: Scene,
): Promise<void> {
  const timeOf = (from: number): bigint => begin + BigInt(from) * unitMs;
  let taken: readonly Message[] = [];
  for (const wave of [...wavesOf(work), []]) {
    const usedOf = new Map<bigint, bigint>();
    const messages = wave.flatMap(({ task, from, to, units }) => {
      const production = started.get(task.order)?.production ?? 0n;
      const hands = units.length > 0 ? units.map((unit) => `worker ${unit}`) : [task.name];
      const worked = hands.map((hand): Message => {
        const wallet = stage.account(hand).address;
        const interval = { fromMs: timeOf(from), toMs: timeOf(to) };
        return ['MsgRegisterWorkload', { production, wallet, ...interval }];
      });
      const take = units.map((unit): Message => {
        const lot = machines[unit] ?? 0n;
        usedOf.set(lot, BigInt(task.duration) * unitMs);
        return ['MsgAllocateMeans', { production, lot }];
      });
      return [...take, ...worked];
    });
    const given: Message[] = [];
    for (const some of chunks([...taken, ...messages])) {
      const events = await stage.by(player, some);
      for (const event of all(events, 'WorkloadRegistered')) told.worked(event);
      for (const event of all(events, 'MeansDeallocated')) told.transferred(event);
      for (const event of all(events, 'MeansAllocated')) {
        const used = usedOf.get(number(event, 'lot')) ?? 1n;
        given.push(['MsgDeallocateMeans', { allocation: number(event, 'allocation'), used }]);
      }
    }
    taken = given;
  }
}

/** A machine that is at work is not taken a second time. */
async function refuseTwice(
  { stage }: Workbench,
  player: Player,
  lot: bigint,
  production: bigint,
  told: Books,
): Promise<void> {
  const take = ['MsgAllocateMeans', { production, lot }] as const;
  try {
    await stage.by(player, [take, take]);
    told.wrong.push('a machine could be taken twice at once');
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal !== 'lot_allocated') throw error;
  }
}
