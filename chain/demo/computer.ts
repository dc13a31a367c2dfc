/**
 * `artel demo stachanov`: the whole worked example of the paper (002, 4.2 and 4.3) as signed
 * transactions, then its tables beside the chain's. A minute of the paper is a millisecond here, so
 * that the 4,468 minutes of the computer pass while one looks on.
 */
import { DurabilityUnit, type Element } from '../../proto/generated/artel/production/v1/state.ts';
import { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import { type Fraction, fraction, plus, times } from '../audit/fraction.ts';
import { all, number, one, type Player, Stage, type StageOptions } from './stage.ts';
import { type Started, Workbench } from './workbench.ts';

/** The paper's year has 356 days (erratum E1). */
const year = 356n * 24n * 60n;

interface Part {
  readonly name: string;
  /** Minutes of its own work. */
  readonly value: bigint;
  readonly years: bigint;
  /** The figure that the paper prints for year 2. */
  readonly printed: string;
  readonly erratum: string;
}

const simple: readonly Part[] = [
  { name: 'c', value: 200n, years: 12n, printed: '17', erratum: 'E6: half-up' },
  { name: 'm', value: 600n, years: 12n, printed: '50', erratum: '' },
  { name: 'p', value: 2500n, years: 9n, printed: '278', erratum: 'E6: half-up' },
  { name: 'r', value: 700n, years: 8n, printed: '88', erratum: 'E6: half-up' },
  { name: 'h', value: 400n, years: 5n, printed: '80', erratum: '' },
  { name: 'x', value: 30n, years: 5n, printed: '6', erratum: '' },
  { name: 'y', value: 10n, years: 10n, printed: '1', erratum: '' },
];

interface Assembly extends Part {
  readonly parts: readonly string[];
  /** v* as the paper prints it. */
  readonly total: bigint;
}

const assembled: readonly Assembly[] = [
  {
    name: 'm_p',
    value: 10n,
    years: 5n,
    parts: ['x', 'p', 'm'],
    total: 3140n,
    printed: '2',
    erratum: 'E2: delta printed 5 and 4, it is 4 and 3',
  },
  {
    name: 'm_r',
    value: 1n,
    years: 8n,
    parts: ['m', 'r'],
    total: 1301n,
    printed: '1',
    erratum: 'E6: rounded up',
  },
  {
    name: 'c_h',
    value: 2n,
    years: 5n,
    parts: ['c', 'h'],
    total: 602n,
    printed: '1',
    erratum: 'E6: rounded up',
  },
  {
    name: 'm_r^p',
    value: 0n,
    years: 5n,
    parts: ['m_p', 'm_r'],
    total: 3841n,
    printed: '0',
    erratum: 'E3: v printed 2, it is 0',
  },
  {
    name: 'c*',
    value: 15n,
    years: 5n,
    parts: ['m_r^p', 'c_h', 'y'],
    total: 4468n,
    printed: '3',
    erratum: '',
  },
];

export interface Figure {
  readonly table: string;
  readonly name: string;
  readonly paper: string;
  readonly chain: string;
  /** Why they differ; empty where they agree. */
  readonly why: string;
}

export interface Worked {
  readonly figures: readonly Figure[];
  readonly transactions: number;
  /** What the chain has otherwise than it must: empty. */
  readonly wrong: readonly string[];
}

/** Steps of the progress bar. */
const steps = 78;

export async function playComputer(options: StageOptions): Promise<Worked> {
  const stage = new Stage(options);
  const bench = new Workbench(stage, options.node);
  options.progress.begin('playing the worked example', steps);
  const [works, assembly, cars] = await Promise.all([
    stage.found('Parts works', Consumption.C2C),
    stage.found('Assembly works', Consumption.C2C),
    stage.found('Car works', Consumption.C2C),
  ]);
  const [, , { address: worker }] = await Promise.all([
    stage.trust(works, assembly),
    stage.trust(assembly, cars),
    stage.hire(works, 'worker'),
  ]);
  const [machine, oven] = await Promise.all([
    playMachine(bench, works, assembly, cars),
    bakeOven(bench, works, worker),
  ]);
  options.progress.end();
  const figures = [...machine, ...ovenTable(oven)];
  const wrong = figures.filter(({ paper, chain, why }) => paper !== chain && why === '');
  return {
    figures,
    transactions: stage.transactions,
    wrong: wrong.map(
      ({ table, name, paper, chain }) =>
        `${table}, ${name}: ${paper} is due, the chain has ${chain}`,
    ),
  };
}

/** Built by the assembly works of what the parts works made, used and broken by the car works. */
async function playMachine(
  bench: Workbench,
  works: Player,
  assembly: Player,
  cars: Player,
): Promise<readonly Figure[]> {
  const [parts, type, car] = await Promise.all([
    makeParts(bench, works, assembly),
    bench.type(assembly, 'computer', DurabilityUnit.MINUTES),
    bench.type(cars, 'car', DurabilityUnit.UNSPECIFIED),
  ]);
  const own = assembled.reduce((sum, { value }) => sum + value, 0n);
  const elements = assembled.map((made) => elementOf(made, parts));
  const fitter = bench.stage.account('fitter').address;
  const computer = await bench.produce(
    assembly,
    type,
    fitter,
    own,
    (valueMs) => [{ type, quantity: 1n, valueMs, elements }],
    { parts: [...parts.values()].map(({ lot }) => lot), estimateMs: 4_468n },
  );
  const makeCars = (): Promise<Started> => bench.start(cars, car, 500_000n, 524n);
  const [years] = await Promise.all([
    Promise.all([makeCars(), makeCars()]),
    bench.move(assembly, cars, computer.lot),
  ]);
  const named = namedElements((await bench.lot(computer.lot)).elements, parts);
  const booked: bigint[] = [];
  for (const started of years) {
    const made = { type: car, quantity: 500_000n };
    booked.push(await bench.use(cars, started, made, { means: computer.lot, used: year }));
  }
  const broken = await breakDrive(bench, cars, computer.lot, parts, type);
  return [
    ...compositionTable(named, computer.value),
    ...transferTable(named, booked),
    ...driveTable(named, broken),
  ];
}

interface MadePart {
  readonly lot: bigint;
  readonly element: bigint;
  readonly type: bigint;
}

type Parts = ReadonlyMap<string, MadePart>;

/** Each by a worker of its own, and handed on. */
async function makeParts(bench: Workbench, works: Player, assembly: Player): Promise<Parts> {
  const make = async ({ name, value, years }: Part): Promise<readonly [string, MadePart]> => {
    const type = await bench.type(works, name, DurabilityUnit.MINUTES);
    const maker = bench.stage.account(`maker of ${name}`).address;
    const { lot } = await bench.produce(works, type, maker, value, (valueMs) => [
      simpleLine(type, valueMs, years * year),
    ]);
    const [element] = (await bench.lot(lot)).elements;
    await bench.move(works, assembly, lot);
    return [name, { lot, type, element: element?.id ?? 0n }];
  };
  return new Map(await Promise.all(simple.map(make)));
}

/** An output of one piece that has no parts. */
function simpleLine(type: bigint, valueMs: bigint, durability: bigint): object {
  const elements = [{ valueMs, durability, parts: [], ownParts: [] }];
  return { type, quantity: 1n, valueMs, elements };
}

function elementOf({ value, parts }: Assembly, made: Parts): object {
  const ids = parts.flatMap((name) => made.get(name)?.element ?? []);
  return {
    valueMs: value,
    durability: 0n,
    parts: ids.sort((a, b) => (a < b ? -1 : 1)),
    ownParts: parts
      .map((name) => assembled.findIndex((other) => other.name === name))
      .filter((index) => index >= 0),
  };
}

interface Broken {
  readonly booked: bigint;
  readonly kept: bigint;
  readonly lost: bigint;
}

/** At two years the hard drive breaks: the work of all that it was part of is lost, too. */
async function breakDrive(
  bench: Workbench,
  cars: Player,
  lot: bigint,
  parts: Parts,
  board: bigint,
): Promise<Broken> {
  const { value: booked, ownership } = await bench.lot(lot);
  // What is left falls into c, the board with everything on it, and y.
  const types = [parts.get('c')?.type ?? 0n, board, parts.get('y')?.type ?? 0n];
  const lost = [parts.get('h')?.element ?? 0n];
  const told = await bench.stage.by(cars, [
    ['MsgSeparate', { lot, lost, reason: 'the hard drive broke', ownershipRef: ownership, types }],
  ]);
  const pieces = all(told, 'PieceKept').map((piece) => number(piece, 'value_ms'));
  return {
    booked,
    kept: pieces.reduce((sum, value) => sum + value, 0n),
    lost: number(one(told, 'LotSeparated'), 'written_off_ms'),
  };
}

/** 1,800 minutes for 3,000 uses: 0.6 a use, booked in whole minutes that sum to all of it. */
async function bakeOven(
  bench: Workbench,
  works: Player,
  worker: string,
): Promise<readonly bigint[]> {
  const [type, bread] = await Promise.all([
    bench.type(works, 'oven', DurabilityUnit.USES),
    bench.type(works, 'bread', DurabilityUnit.UNSPECIFIED),
  ]);
  const oven = await bench.produce(works, type, worker, 1_800n, (valueMs) => [
    simpleLine(type, valueMs, 3_000n),
  ]);
  const batches = [1n, 9n, 2_990n];
  const started = await Promise.all(
    batches.map((uses) => bench.start(works, bread, uses, (uses * 6n + 9n) / 10n)),
  );
  const booked: bigint[] = [];
  for (const [index, batch] of started.entries()) {
    const used = batches[index] ?? 0n;
    const made = { type: bread, quantity: used };
    booked.push(await bench.use(works, batch, made, { means: oven.lot, used }));
  }
  return booked;
}

/** The chain's elements under the names of the paper. */
type Named = ReadonlyMap<string, Element>;

function namedElements(elements: readonly Element[], parts: Parts): Named {
  const own = elements.filter(
    ({ id }) => ![...parts.values()].some(({ element }) => element === id),
  );
  const named = new Map(own.map((element, index) => [assembled[index]?.name ?? '', element]));
  for (const [name, part] of parts) {
    const element = elements.find(({ id }) => id === part.element);
    if (element !== undefined) named.set(name, element);
  }
  return named;
}

/** An element with all that is in it, each instance once (eq 2, eq 4). */
function totalOf(named: Named, name: string): bigint {
  const byId = new Map([...named.values()].map((element) => [element.id, element]));
  const within = new Set<bigint>();
  const add = (id: bigint): void => {
    within.add(id);
    for (const part of byId.get(id)?.parts ?? []) add(part);
  };
  add(named.get(name)?.id ?? 0n);
  return [...within].reduce((sum, id) => sum + (byId.get(id)?.valueMs ?? 0n), 0n);
}

function compositionTable(named: Named, computer: bigint): readonly Figure[] {
  const table = 'composition, v* in minutes';
  return [
    ...assembled.map(({ name, total }) => ({
      table,
      name,
      paper: `${total}`,
      chain: `${totalOf(named, name)}`,
      why: '',
    })),
    { table, name: 'booked at', paper: '4468', chain: `${computer}`, why: '' },
  ];
}

function transferTable(
  named: Named,
  [first = 0n, second = 0n]: readonly bigint[],
): readonly Figure[] {
  const table = 'value transfer, year 2, in minutes';
  const rows = [...simple, ...assembled].map(({ name, printed, erratum }) => {
    const { valueMs = 0n, durability = 1n } = named.get(name) ?? {};
    const exact = fraction(valueMs * year, durability);
    return { table, name, paper: printed, chain: spell(exact), why: erratum };
  });
  const sum = [...named.values()].reduce(
    (total, { valueMs, durability }) => plus(total, fraction(valueMs * year, durability)),
    fraction(0n),
  );
  return [
    ...rows,
    {
      table,
      name: 'sum',
      paper: '530',
      chain: spell(sum),
      why: 'E4: 527 is the sum of the rows rounded up',
    },
    { table, name: 'booked for year 1', paper: '524', chain: `${first}`, why: '' },
    {
      table,
      name: 'booked for year 2',
      paper: '530',
      chain: `${second}`,
      why: 'E4, and whole minutes: floor of the sum',
    },
    {
      table,
      name: 'a car of 500,000',
      paper: '0.0016',
      chain: decimal(times(sum, fraction(1n, 500_000n)), 6),
      why: 'E5: 530 / 500,000 is 0.00106',
    },
  ];
}

function driveTable(named: Named, { booked, kept, lost }: Broken): readonly Figure[] {
  const table = 'hard drive broken after 2 years, in minutes';
  const left = (name: string): Fraction => {
    const { valueMs = 0n, durability = 1n } = named.get(name) ?? {};
    return fraction(valueMs * (durability - 2n * year), durability);
  };
  const exact = ['h', 'c_h', 'c*'].map(left).reduce(plus);
  return [
    { table, name: 'booked', paper: '3420', chain: `${booked}`, why: '' },
    { table, name: 'kept', paper: '3169', chain: `${kept}`, why: '' },
    { table, name: 'written off', paper: '251', chain: `${lost}`, why: '' },
    { table, name: 'exactly lost', paper: '250.2', chain: decimal(exact, 1), why: '' },
  ];
}

function ovenTable([one = 0n, nine = 0n, rest = 0n]: readonly bigint[]): readonly Figure[] {
  const table = 'oven of 1,800 minutes and 3,000 uses';
  const why = 'E8: durability counts uses; 0.6 a use, in whole minutes';
  return [
    { table, name: '1 use', paper: '0.6', chain: `${one}`, why },
    { table, name: '10 uses', paper: '6', chain: `${one + nine}`, why: '' },
    { table, name: '3,000 uses', paper: '1800', chain: `${one + nine + rest}`, why: '' },
  ];
}

/** A whole number as such, else with its fraction and three decimals. */
function spell(value: Fraction): string {
  if (value.above % value.below === 0n) return `${value.above / value.below}`;
  const { above, below } = plus(value, fraction(0n, 1n));
  return `${above}/${below} = ${decimal(value, 3)}`;
}

function decimal({ above, below }: Fraction, places: number): string {
  const scale = 10n ** BigInt(places);
  const rounded = (2n * above * scale + below) / (2n * below);
  const digits = `${rounded}`.padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
