/**
 * The goals S1 to S8, S12 and S18 of the liquid companion: two peers in processes of their own, an
 * ordinary WebSocket between them, through a proxy that counts bytes. `--tiny` proves that it still
 * works; `--full` runs the case counts of the goals, for two hours; `--part=large` one part.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { quantile } from '../../../tools/quantiles.ts';
import { Trie } from '../../core/trie.ts';
import { platformSha256 } from '../../peer/folder.ts';
import type { Outcome } from '../types.ts';
import type { Other } from './others.ts';
import { type Command, idOf } from './peer.ts';
import { MeasuringProxy } from './proxy.ts';

const tiny = process.argv.includes('--tiny');
const full = process.argv.includes('--full');
const few = tiny ? 2 : 10;
/** How many marks both sides have; how many sessions a distribution is taken of, and where. */
const size = {
  marks: tiny ? 3_000 : 1_000_000,
  small: tiny ? 1_500 : 20_000,
  tens: full ? 1_000 : few,
  thousands: full ? 200 : few,
  cuts: full ? 100 : few,
  cutsOfMany: full ? 100 : 3,
};

/** At most this, where there is a goal. */
function tell(what: string, value: number, unit: string, goal?: number): void {
  const most = goal === undefined ? {} : { goal: { atMost: goal } };
  console.log(JSON.stringify({ case: what, value, unit, ...most }));
}

interface Done<T> {
  readonly value: T;
  readonly cpuMs: number;
  readonly totalCpuMs: number;
  readonly rssMiB: number;
}

class Side {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'peer.ts'), [], {
      execArgv: ['--no-warnings'],
    });
  }

  async do<T>(command: Command): Promise<Done<T>> {
    const gone = once(this.#child, 'exit').then(() => {
      throw new Error('a peer ended');
    });
    const answer = once(this.#child, 'message');
    this.#child.send(command);
    const [done] = (await Promise.race([answer, gone])) as [Done<T>];
    gone.catch(() => undefined);
    return done;
  }
}

interface Synced extends Outcome {
  readonly connections: number;
  readonly ms: number;
}

interface Measured {
  readonly bytes: number;
  readonly outcome: Synced;
  readonly cpuMs: { readonly producer: number; readonly consumer: number };
  readonly rssMiB: number;
}

interface Given {
  readonly warm?: boolean;
  readonly hold?: number;
  /** After how many bytes each connection is cut; then both insert 100 marks. */
  readonly cuts?: readonly number[];
}

type Way = 'one-sided' | 'two-sided' | 'reverse';
const ways: readonly Way[] = ['one-sided', 'two-sided', 'reverse'];

/** Two peers that begin with the same marks, and the proxy between them. */
class Pair {
  producer = new Side();
  consumer = new Side();
  readonly #proxy: MeasuringProxy;
  #port = { to: 0 };
  #next = 2 ** 30;

  private constructor(proxy: MeasuringProxy, port: { to: number }) {
    this.#proxy = proxy;
    this.#port = port;
  }

  static async open(marks: { producer: number; consumer: number }, maxAge = 30): Promise<Pair> {
    const port = { to: 0 };
    const pair = new Pair(await MeasuringProxy.start(() => port.to), port);
    await pair.#both(async (side, name) => {
      await side.do({ do: 'open', maxAge });
      await side.do({ do: 'insert', from: 0, to: marks[name] });
    });
    return pair;
  }

  async #both(
    work: (side: Side, name: 'producer' | 'consumer') => Promise<unknown>,
  ): Promise<void> {
    await Promise.all([work(this.producer, 'producer'), work(this.consumer, 'consumer')]);
  }

  /** `count` differences: new marks that one side has, or either half of them. */
  async differ(count: number, way: Way): Promise<void> {
    const share = { 'one-sided': count, 'two-sided': count >> 1, reverse: 0 }[way];
    const middle = this.#next + share;
    const end = this.#next + count;
    await this.producer.do({ do: 'insert', from: this.#next, to: middle });
    await this.consumer.do({ do: 'insert', from: middle, to: end });
    this.#next = end;
  }

  async sync({ warm = false, hold = 0, cuts = [] }: Given = {}): Promise<Measured> {
    const offered = await this.producer.do<{ digest: string; port: number }>({ do: 'offer', warm });
    const { digest, port } = offered.value;
    this.#port.to = port;
    const proxy = this.#proxy;
    proxy.hold = hold;
    proxy.bytes = 0;
    const left = [...cuts];
    const [middle, end] = [this.#next + 100, this.#next + 200];
    let inserted: Promise<unknown> | undefined;
    let connections = 0;
    proxy.onConnection = () => {
      proxy.cutAfter = left.shift() ?? Number.POSITIVE_INFINITY;
      connections += 1;
      if (connections !== 2) return;
      inserted = this.producer.do({ do: 'insert', from: this.#next, to: middle });
    };
    const before = await this.producer.do<Outcome>({ do: 'root' });
    const meanwhile = cuts.length === 0 ? {} : { meanwhile: [middle, end] as const };
    const to = { digest, port: proxy.port, warm, ...meanwhile };
    const done = await this.consumer.do<Synced>({ do: 'sync', ...to });
    await inserted;
    if (inserted !== undefined) this.#next = end;
    const other = await this.producer.do<Outcome>({ do: 'outcome' });
    const { value: outcome } = done;
    if (outcome.code !== 'ok' || other.value.code !== 'ok') {
      throw new Error(`a session ended with ${outcome.code} and ${other.value.code}`);
    }
    const roots = await Promise.all([
      this.producer.do<string>({ do: 'root' }),
      this.consumer.do<string>({ do: 'root' }),
    ]);
    const isWhole = inserted === undefined;
    if (isWhole && roots[0].value !== roots[1].value) {
      throw new Error('the roots differ after a session');
    }
    const producer = roots[0].totalCpuMs - before.totalCpuMs;
    return {
      bytes: proxy.bytes,
      outcome,
      cpuMs: { producer, consumer: done.cpuMs },
      rssMiB: Math.max(done.rssMiB, other.rssMiB),
    };
  }

  /**
   * Bytes of what is measured beside; it takes nothing in, so that it can be done before a sync.
   */
  async ask(other: Other): Promise<{ bytes: number; ms: number }> {
    const { port } = (await this.producer.do<{ port: number }>({ do: 'offer', warm: false })).value;
    this.#port.to = port;
    this.#proxy.hold = 0;
    this.#proxy.bytes = 0;
    const began = performance.now();
    await this.consumer.do({ do: 'ask', other, port: this.#proxy.port });
    return { bytes: this.#proxy.bytes, ms: performance.now() - began };
  }

  /** Both registries opened again by fresh processes: what a session needs is all they hold. */
  async reopen(maxAge = 30): Promise<void> {
    const again = async (side: Side): Promise<Side> => {
      const { value: folder } = await side.do<string>({ do: 'close', leave: true });
      const fresh = new Side();
      const { cpuMs } = await fresh.do({ do: 'open', maxAge, folder });
      tell('a registry opened: CPU', cpuMs, 'ms');
      return fresh;
    };
    this.producer = await again(this.producer);
    this.consumer = await again(this.consumer);
  }

  async close(): Promise<void> {
    await this.#proxy.stop();
    await this.#both((side) => side.do({ do: 'close' }));
  }
}

async function times<T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let i = 0; i < count; i += 1) all.push(await work(i));
  return all;
}

/** What a dump of the smaller set and what only the larger has would cost. */
function dumpOf(common: number, differing: number, days: number): number {
  return 20 * (common + differing) + 4 * days;
}

/** The first goals at full size; the dump and the seed's walk, which take memory, after them. */
async function large(): Promise<void> {
  const pair = await Pair.open({ producer: size.marks, consumer: size.marks });
  await pair.reopen();
  const marks = size.marks.toLocaleString('en');
  const equal = await pair.sync();
  tell(`S1 no difference, ${marks} marks`, equal.bytes, 'B', 700);
  for (const count of [10, 1_000, 100_000].map((n) => Math.min(n, size.marks / 10))) {
    const named = count.toLocaleString('en');
    for (const way of ways) {
      await pair.differ(count, way);
      const goals = { 10: [4_096, 2], 1000: [60_000, 3], 100000: [4_600_000, 3] }[count] ?? [];
      const { bytes, outcome, cpuMs, rssMiB } = await pair.sync();
      const goal = count === 10 ? 'S2' : count === 1_000 ? 'S3' : 'S4';
      const what = `${goal} ${named} differences, ${way}`;
      tell(what, bytes, 'B', goals[0]);
      tell(`${what}: answers awaited`, outcome.report.rounds, 'round trips', goals[1]);
      const cpuGoal = goal === 'S4' ? 3_000 : goal === 'S3' ? 1_000 : undefined;
      tell(`${what}: CPU, producer`, cpuMs.producer, 'ms', cpuGoal);
      tell(`${what}: CPU, consumer`, cpuMs.consumer, 'ms', cpuGoal);
      tell(`${what}: memory of a side`, rssMiB, 'MiB', goal === 'S3' ? 300 : undefined);
    }
  }
  const warm = await times(3, async () => {
    await pair.differ(1_000, 'two-sided');
    return pair.sync({ warm: true });
  });
  tell('S7 warm, 500 inserts a side: CPU, producer', warm[2]?.cpuMs.producer ?? 0, 'ms', 200);
  tell('S7 warm, 500 inserts a side: CPU, consumer', warm[2]?.cpuMs.consumer ?? 0, 'ms', 200);
  await takenBack(pair);
  await beside(pair);
  await pair.close();
}

/** The same differences by the seed's walk and by all marks at once: what they cost one way. */
async function beside(pair: Pair): Promise<void> {
  for (const count of [10, 1_000, 100_000].map((n) => Math.min(n, size.marks / 10))) {
    await pair.differ(count, 'one-sided');
    for (const other of ['seed', 'dump'] as const) {
      const { bytes } = await pair.ask(other);
      tell(`beside: ${other}, ${count.toLocaleString('en')} differences`, bytes, 'B');
    }
    await pair.sync();
  }
}

/** S18: half of what the bad source says is known already, with older dates. */
async function takenBack(pair: Pair): Promise<void> {
  const half = Math.min(50_000, size.marks / 10);
  const before = await pair.consumer.do<string>({ do: 'root' });
  await pair.consumer.do({
    do: 'insert',
    from: size.marks - half,
    to: size.marks + half,
    dated: 1,
  });
  const began = performance.now();
  const { cpuMs } = await pair.consumer.do({ do: 'takeBack' });
  tell('S18 100,000 claims taken back', performance.now() - began, 'ms', 2_000);
  tell('S18 100,000 claims taken back: CPU', cpuMs, 'ms', 2_000);
  const after = await pair.consumer.do<string>({ do: 'root' });
  if (before.value !== after.value) throw new Error('older dates did not return');
}

/** Distributions of bytes and round trips, which hardly depend on how much is in common. */
async function distributions(): Promise<void> {
  const pair = await Pair.open({ producer: size.small, consumer: size.small });
  for (const [count, runs, goal] of [
    [10, size.tens, 'S2'],
    [1_000, size.thousands, 'S3'],
  ] as const) {
    const all = await times(runs, async (i) => {
      await pair.differ(Math.min(count, size.small / 10), ways[i % 3] as Way);
      return pair.sync();
    });
    const bytes = all.map((each) => each.bytes);
    const rounds = all.map(({ outcome }) => outcome.report.rounds);
    const [most, share] = goal === 'S2' ? [2_048, 0.99] : [60_000, 0.95];
    tell(`${goal} ${count} differences, p99 of ${runs}`, quantile(bytes, 0.99), 'B', most);
    tell(`${goal} ${count} differences, most of ${runs}`, Math.max(...bytes), 'B');
    tell(`${goal} round trips of ${100 * share} %`, quantile(rounds, share), 'round trips', 2);
    tell(`${goal} round trips of all`, Math.max(...rounds), 'round trips', 3);
  }
  await moved(pair);
  await heldFrames(pair);
  await cutConnections(pair);
  await pair.close();
}

/** S6: dates that moved differ twice; after the session the two are equal. */
async function moved(pair: Pair): Promise<void> {
  const count = Math.min(500, size.small / 20);
  await pair.producer.do({ do: 'insert', from: 0, to: count, dated: 2 });
  await pair.consumer.do({ do: 'insert', from: count >> 1, to: 2 * count, dated: 3 });
  const first = await pair.sync();
  tell('S6 dates moved on both sides', first.bytes, 'B');
  const second = await pair.sync();
  tell('S6 the second session', second.bytes, 'B', 700);
}

/** Round trips by time: with every frame held 100 ms each way, less with none held. */
async function heldFrames(pair: Pair): Promise<void> {
  const hold = 100;
  for (const [count, goal] of [
    [0, 1],
    [10, 2],
    [1_000, 2],
  ] as const) {
    const took = async (held: number): Promise<number> => {
      const runs = await times(3, async () => {
        await pair.differ(Math.min(count, size.small / 10), 'two-sided');
        return (await pair.sync({ hold: held })).outcome.ms;
      });
      return Math.min(...runs);
    };
    // Connecting takes half a round trip of its own where the proxy holds nothing of it.
    const trips = ((await took(hold)) - (await took(0))) / (2 * hold);
    tell(
      `round trips by time, ${count} differences`,
      Math.round(10 * trips) / 10,
      'x 200 ms',
      goal + 0.6,
    );
  }
}

/** S12: cut at a random byte, with writes on both sides meanwhile. */
async function cutConnections(pair: Pair): Promise<void> {
  const count = Math.min(1_000, size.small / 10);
  const ratios = await times(size.cuts, async (i) => {
    const way = ways[i % 3] as Way;
    await pair.differ(count, way);
    const uncut = await pair.sync();
    await pair.differ(count, way);
    const at = Math.floor(((i + 0.5) / size.cuts) * uncut.bytes);
    const cut = await pair.sync({ cuts: [at] });
    // What was inserted meanwhile comes with the next session, and the two are equal.
    await pair.sync();
    return cut.bytes / uncut.bytes;
  });
  const what = `S12 ${count.toLocaleString('en')} differences, one cut, worst of ${size.cuts}`;
  tell(`${what}: bytes`, Math.max(...ratios), 'x uncut', 1.2);
}

/** S12 with many differences; sets grow, so a pair does ten runs. */
async function manyCut(): Promise<void> {
  const count = Math.min(100_000, size.marks / 10);
  const uncut = new Map<Way, number>();
  const ratios: number[] = [];
  let pair: Pair | undefined;
  for (let run = 0; run < size.cutsOfMany; run += 1) {
    if (run % 10 === 0) {
      await pair?.close();
      pair = await Pair.open({ producer: 4 * count, consumer: 4 * count });
    }
    const current = pair as Pair;
    const way = ways[run % 3] as Way;
    if (!uncut.has(way)) {
      await current.differ(count, way);
      uncut.set(way, (await current.sync()).bytes);
    }
    const whole = uncut.get(way) as number;
    await current.differ(count, way);
    const at = Math.floor(((run + 0.5) / size.cutsOfMany) * whole);
    ratios.push((await current.sync({ cuts: [at] })).bytes / whole);
    await current.sync();
  }
  const named = `S12 ${count.toLocaleString('en')} differences`;
  const worst = Math.max(...ratios);
  tell(`${named}, one cut, worst of ${size.cutsOfMany}: bytes`, worst, 'x uncut', 1.2);
  const current = pair as Pair;
  const whole = uncut.get('two-sided') as number;
  await current.differ(count, 'two-sided');
  const twenty = await current.sync({ cuts: new Array<number>(20).fill(whole / 21) });
  tell(
    `${named}, ${twenty.outcome.connections - 1} cuts: bytes`,
    twenty.bytes / whole,
    'x uncut',
    1.2,
  );
  await current.sync();
  await current.close();
}

/** S5: no number of differences costs more than a dump. */
async function everyDifference(): Promise<void> {
  const top = tiny ? 2_000 : full ? 1_000_000 : 50_000;
  let worst = 0;
  for (const way of ways) {
    for (let common = 0; common <= top; common = common === 0 ? 100 : common * 10) {
      const pair = await Pair.open({ producer: common, consumer: common });
      for (let count = 1; count <= top; count = Math.ceil(count * 3.3)) {
        const before = common;
        await pair.differ(count, way);
        const { bytes } = await pair.sync();
        worst = Math.max(worst, bytes / (1.05 * dumpOf(before, count, 31) + 2_048));
        common += count;
      }
      await pair.close();
      common = Math.max(common, 1);
      if (full ? common > top : common > 10_000) break;
    }
  }
  tell('S5 worst of all differences', worst, 'of 1.05 D + 2,048', 1);
  let worstEmpty = 0;
  for (let count = 1; count <= top; count *= 10) {
    for (const [producer, consumer] of [
      [count, 0],
      [0, count],
    ] as const) {
      const pair = await Pair.open({ producer, consumer });
      const { bytes } = await pair.sync();
      worstEmpty = Math.max(worstEmpty, bytes / (1.05 * dumpOf(0, count, 31) + 2_048));
      await pair.close();
    }
  }
  tell('S5 one side empty, the other full: worst', worstEmpty, 'of 1.05 D + 2,048', 1);
}

/** S8, in this process. */
function trie(): void {
  const count = size.marks;
  const ids = Array.from({ length: count }, (_, n) => idOf(n));
  const days = Array.from({ length: 30 }, () => new Trie('artel', platformSha256));
  const timed = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const inserts = timed(() => {
    ids.forEach((id, n) => {
      (days[n % 30] as Trie).insert(id);
    });
  });
  const roots = timed(() => {
    for (const day of days) day.root();
  });
  tell(
    `S8 a trie of ${count.toLocaleString('en')} ids, all roots: CPU`,
    inserts + roots,
    'ms',
    6_000,
  );
  tell('S8 an insert, lazy: CPU', (1000 * inserts) / count, 'us', 8);
  const more = Array.from({ length: 2_000 }, (_, n) => idOf(2 ** 31 + n));
  const thousand = timed(() => {
    for (const [n, id] of more.slice(0, 1_000).entries()) (days[n % 30] as Trie).insert(id);
    for (const day of days) day.root();
  });
  tell('S8 1,000 inserts over 30 days and all roots: CPU', thousand, 'ms', 80);
  const each = timed(() => {
    for (const [n, id] of more.slice(1_000).entries()) {
      const day = days[n % 30] as Trie;
      day.insert(id);
      day.root();
    }
  });
  tell("S8 an insert and its day's root: CPU", each, 'us', 200);
}

async function wideWindow(): Promise<void> {
  const pair = await Pair.open({ producer: size.small, consumer: size.small }, 255);
  tell('S1 no difference, window of 256 days', (await pair.sync()).bytes, 'B', 700);
  await pair.close();
}

const parts = { trie, distributions, wideWindow, everyDifference, manyCut, large };
const only = process.argv.find((argument) => argument.startsWith('--part='))?.slice(7);
for (const [name, part] of Object.entries(parts)) {
  if (only === undefined || only === name) await part();
}
