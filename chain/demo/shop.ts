/**
 * Instances of a workshop: tasks with durations, what must come before them, what they need. Read
 * from the usual formats (job shop, assembly line, projects), and put into one schedule.
 */
import { gunzipSync } from 'node:zlib';

/** A machine or a worker: one task at a time, of the kinds that it can do. */
export interface Unit {
  readonly name: string;
  readonly kinds: readonly number[];
}

export interface Task {
  readonly name: string;
  /** Tasks of one order make one product. */
  readonly order: number;
  readonly duration: number;
  /** Tasks that end before it begins. */
  readonly after: readonly number[];
  /** So many units of each kind, from its beginning to its end. */
  readonly needs: ReadonlyMap<number, number>;
}

export interface Shop {
  readonly name: string;
  readonly units: readonly Unit[];
  readonly tasks: readonly Task[];
}

/** A task's place in the schedule. */
export interface Planned {
  readonly task: Task;
  readonly from: number;
  readonly to: number;
  /** Indexes of units. */
  readonly units: readonly number[];
}

/** A file that is no instance, or one that can't be worked. */
export class ShopProblem extends Error {}

/** Fisher and Thompson's 6 jobs on 6 machines (1963): machine and duration of each step. */
const ft06: readonly (readonly (readonly [machine: number, duration: number])[])[] = [
  [
    [2, 1],
    [0, 3],
    [1, 6],
    [3, 7],
    [5, 3],
    [4, 6],
  ],
  [
    [1, 8],
    [2, 5],
    [4, 10],
    [5, 10],
    [0, 10],
    [3, 4],
  ],
  [
    [2, 5],
    [3, 4],
    [5, 8],
    [0, 9],
    [1, 1],
    [4, 7],
  ],
  [
    [1, 5],
    [0, 5],
    [2, 5],
    [3, 3],
    [4, 8],
    [5, 9],
  ],
  [
    [2, 9],
    [1, 3],
    [4, 5],
    [5, 4],
    [0, 3],
    [3, 1],
  ],
  [
    [1, 3],
    [3, 3],
    [5, 9],
    [0, 10],
    [4, 4],
    [2, 1],
  ],
];

export function builtInShop(): Shop {
  return jobShop('ft06', ft06);
}

/**
 * Reads an instance by the ending of its file's name.
 *
 * @param instance which one, where a file holds several
 * @throws ShopProblem with what was expected
 */
export function readShop(file: string, bytes: Uint8Array, instance = 'ft06'): Shop {
  const ending = /\.(json\.gz|json|alb|sm|mm|rcmp|msrcp)$/.exec(file)?.[1];
  const text = (): string => new TextDecoder().decode(bytes);
  const name = file.split('/').at(-1) ?? file;
  switch (ending) {
    case 'json.gz':
      return fromJson(gunzipSync(bytes).toString(), instance);
    case 'json':
      return fromJson(text(), instance);
    case 'alb':
      return assemblyLine(name, text());
    case 'sm':
    case 'mm':
      return project(name, text());
    case 'rcmp':
      return projects(name, text());
    case 'msrcp':
      return skilled(name, text());
    default:
      throw new ShopProblem(
        `${name} ends in none of .json, .json.gz, .alb, .sm, .mm, .rcmp, .msrcp`,
      );
  }
}

function fromJson(text: string, instance: string): Shop {
  const all = JSON.parse(text) as Readonly<
    Record<
      string,
      {
        readonly duration_matrix: readonly (readonly number[])[];
        readonly machines_matrix: readonly (readonly number[])[];
      }
    >
  >;
  const found = all[instance];
  if (found === undefined) {
    throw new ShopProblem(
      `there is no instance ${instance}; there are ${Object.keys(all).slice(0, 8).join(', ')} ...`,
    );
  }
  const jobs = found.duration_matrix.map((row, job) =>
    row.map((duration, step) => [found.machines_matrix[job]?.[step] ?? 0, duration] as const),
  );
  return jobShop(instance, jobs);
}

function jobShop(name: string, jobs: readonly (readonly (readonly [number, number])[])[]): Shop {
  const machines = Math.max(...jobs.flat().map(([machine]) => machine)) + 1;
  const tasks: Task[] = [];
  for (const [job, steps] of jobs.entries()) {
    for (const [step, [machine, duration]] of steps.entries()) {
      const after = step === 0 ? [] : [tasks.length - 1];
      const needs = new Map([[machine, 1]]);
      tasks.push({ name: `job ${job + 1} step ${step + 1}`, order: job, duration, after, needs });
    }
  }
  return {
    name,
    tasks,
    units: unitsOf(
      'machine',
      Array.from({ length: machines }, () => 1),
    ),
  };
}

/** A unit for each place of a resource. */
function unitsOf(what: string, capacities: readonly number[]): readonly Unit[] {
  return capacities.flatMap((capacity, kind) =>
    Array.from({ length: capacity }, (_, place) => ({
      name: capacity === 1 ? `${what} ${kind + 1}` : `${what} ${kind + 1}.${place + 1}`,
      kinds: [kind],
    })),
  );
}

/** Tasks of an assembly line go to stations in their order, as far as the cycle time holds. */
function assemblyLine(name: string, text: string): Shop {
  const section = (title: string): readonly string[] => {
    const lines = text.split(/\r?\n/);
    const at = lines.indexOf(`<${title}>`);
    if (at < 0) throw new ShopProblem(`${name} has no section <${title}>`);
    const rest = lines.slice(at + 1);
    return rest
      .slice(
        0,
        rest.findIndex((line) => line.startsWith('<')),
      )
      .filter((line) => line.trim() !== '');
  };
  const cycle = Number(section('cycle time')[0]);
  const times = section('task times').map((line) => Number(line.trim().split(/\s+/)[1]));
  const pairs = section('precedence relations').map((line) =>
    line.split(',').map((part) => Number(part) - 1),
  );
  let [station, left] = [0, cycle];
  const stations = times.map((time) => {
    if (time > left) [station, left] = [station + 1, cycle];
    left -= time;
    return station;
  });
  const tasks = times.map((duration, index) => ({
    name: `task ${index + 1}`,
    order: 0,
    duration,
    after: pairs.filter(([, to]) => to === index).map(([from = 0]) => from),
    needs: new Map([[stations[index] ?? 0, 1]]),
  }));
  return {
    name,
    tasks,
    units: unitsOf(
      'station',
      Array.from({ length: station + 1 }, () => 1),
    ),
  };
}

/** PSPLIB, single mode or the first of several; what is used up comes from outside, at value 0. */
function project(name: string, text: string): Shop {
  const lines = text.split(/\r?\n/);
  const numbersAfter = (title: string): readonly (readonly number[])[] => {
    const at = lines.findIndex((line) => line.replaceAll(' ', '').startsWith(title));
    if (at < 0) throw new ShopProblem(`${name} has no part ${title}`);
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((line) => line.startsWith('*****'));
    return rest
      .slice(0, end < 0 ? rest.length : end)
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter((row) => row.length > 0 && row.every(Number.isFinite));
  };
  const renewable = Number(/- renewable\s*:\s*(\d+)/.exec(text)?.[1]);
  const successors = numbersAfter('PRECEDENCERELATIONS').map(([, , , ...next]) => next);
  const after = successors.map((_, index) =>
    successors.flatMap((next, from) => (next.includes(index + 1) ? [from] : [])),
  );
  // A further mode of a job has no job number before it: it is one number shorter.
  const requests = numbersAfter('REQUESTS/DURATIONS');
  const longest = Math.max(...requests.map((row) => row.length));
  const first = requests.filter((row) => row.length === longest);
  const tasks = first.map(([job = 0, , duration = 0, ...needs]) => ({
    name: `job ${job}`,
    order: 0,
    duration,
    after: after[job - 1] ?? [],
    needs: needsOf(needs.slice(0, renewable)),
  }));
  const [available = []] = numbersAfter('RESOURCEAVAILABILITIES');
  return { name, tasks, units: unitsOf('resource', available.slice(0, renewable)) };
}

function needsOf(amounts: readonly number[]): ReadonlyMap<number, number> {
  return new Map([...amounts.entries()].filter(([, amount]) => amount > 0));
}

/** MPLIB: several projects on shared resources. */
function projects(name: string, text: string): Shop {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const take = (): readonly string[] => (lines.shift() ?? '').split(/\s+/);
  const [count = 0] = take().map(Number);
  take();
  const capacities = take().map(Number);
  const tasks: Task[] = [];
  for (let order = 0; order < count; order += 1) {
    const [size = 0] = take().map(Number);
    take();
    const base = tasks.length;
    const rows = Array.from({ length: size }, take);
    const followers = rows.map((row) =>
      row.slice(capacities.length + 2).map((link) => Number(link.split(':')[1]) - 1),
    );
    for (const [index, [duration, ...rest]] of rows.entries()) {
      tasks.push({
        name: `project ${order + 1} job ${index + 1}`,
        order,
        duration: Number(duration),
        after: followers.flatMap((next, from) => (next.includes(index) ? [base + from] : [])),
        needs: needsOf(rest.slice(0, capacities.length).map(Number)),
      });
    }
  }
  return { name, tasks, units: unitsOf('resource', capacities) };
}

/** MSLIB: workers with skills; a task needs so many of each skill. */
function skilled(name: string, text: string): Shop {
  const rowsOf = (title: string): readonly (readonly number[])[] => {
    const [, part] = text.split(`\\* ${title} *\\`);
    if (part === undefined) throw new ShopProblem(`${name} has no part ${title}`);
    return (part.split('\\*')[0] ?? '')
      .split(/\r?\n/)
      .map((line) => line.trim().split(/\s+/).filter(Boolean).map(Number))
      .filter((row) => row.length > 0);
  };
  const [[size = 0] = [], ...rest] = rowsOf('Project Module');
  const jobs = rest.slice(-size);
  const units = rowsOf('Workforce Module').map((row, worker) => ({
    name: `worker ${worker + 1}`,
    kinds: row.flatMap((can, skill) => (can === 1 ? [skill] : [])),
  }));
  const needs = rowsOf('Skill Requirements Module');
  const tasks = jobs.map(([duration = 0], index) => ({
    name: `job ${index + 1}`,
    order: 0,
    duration,
    after: jobs.flatMap(([, , ...next], from) => (next.includes(index + 1) ? [from] : [])),
    needs: needsOf(needs[index] ?? []),
  }));
  return { name, tasks, units };
}

/**
 * A schedule: each task as early as its predecessors and units allow, in an order in which none
 * comes before what it waits for.
 *
 * @throws ShopProblem where a task needs more than there is, or waits for itself
 */
export function schedule({ tasks, units }: Shop): readonly Planned[] {
  const planned = new Map<number, Planned>();
  const busy: (readonly [from: number, to: number])[][] = units.map(() => []);
  while (planned.size < tasks.length) {
    const ready = tasks.findIndex(
      ({ after }, index) => !planned.has(index) && after.every((before) => planned.has(before)),
    );
    const task = tasks[ready];
    if (task === undefined) throw new ShopProblem('tasks wait for each other in a circle');
    const earliest = Math.max(0, ...task.after.map((before) => planned.get(before)?.to ?? 0));
    const times = [earliest, ...busy.flat().map(([, to]) => to)]
      .filter((at) => at >= earliest)
      .sort((a, b) => a - b);
    for (const from of times) {
      const to = from + task.duration;
      const free = units.map((_, unit) =>
        (busy[unit] ?? []).every(([start, end]) => end <= from || start >= to),
      );
      const chosen = staff(task, units, free);
      if (chosen === undefined) continue;
      planned.set(ready, { task, from, to, units: chosen });
      if (to > from) for (const unit of chosen) busy[unit]?.push([from, to]);
      break;
    }
    if (!planned.has(ready)) throw new ShopProblem(`${task.name} needs more than there is`);
  }
  return tasks.flatMap((_, index) => planned.get(index) ?? []);
}

/** Free units for every place that a task has, each for one: by augmenting paths. */
function staff(
  task: Task,
  units: readonly Unit[],
  free: readonly boolean[],
): readonly number[] | undefined {
  const places = [...task.needs].flatMap(([kind, count]) =>
    Array.from({ length: count }, () => kind),
  );
  const placeOf = new Map<number, number>();
  const seat = (place: number, seen: Set<number>): boolean => {
    for (const [unit, { kinds }] of units.entries()) {
      if (free[unit] !== true || seen.has(unit) || !kinds.includes(places[place] ?? -1)) continue;
      seen.add(unit);
      const sitting = placeOf.get(unit);
      if (sitting === undefined || seat(sitting, seen)) {
        placeOf.set(unit, place);
        return true;
      }
    }
    return false;
  };
  for (const place of places.keys()) if (!seat(place, new Set())) return undefined;
  return [...placeOf.keys()].sort((a, b) => a - b);
}
