/**
 * `artel demo labour-values`: an economy of a table, year after year. In the first year inputs are
 * collectivized at value 0; from then on each sector uses what the others made the year before, so
 * that the value of a product approaches its Leontief labour value.
 */
import { DurabilityUnit, Label, Source } from '../../proto/generated/artel/production/v1/state.ts';
import { Use } from '../../proto/generated/artel/production/v1/tx.ts';
import { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import { leontiefValues, type Table } from './input-output.ts';
import { all, type Message, number, one, type Player, Stage, type StageOptions } from './stage.ts';
import { latestStart, type Made, Workbench } from './workbench.ts';

export interface LabourValuesDemo extends StageOptions {
  readonly table: Table;
  readonly years: number;
  /**
   * Milliseconds that stand for the work of one person in a year; left out, 1,000 where the chain's
   * time can be moved ahead, else 60, since all that work has to be done while one looks on.
   */
  readonly msOfPerson?: bigint | undefined;
}

export interface SectorValue {
  readonly sector: string;
  /** Persons per 1,000 of output, as the chain has it. */
  readonly value: number;
  readonly leontief: number;
}

export interface Approach {
  readonly sectors: readonly SectorValue[];
  /** Of the worst sector after each year, in percent. */
  readonly gaps: readonly number[];
  readonly msOfPerson: bigint;
  readonly transactions: number;
}

/** All work of a year is done in so much time, by as many hands as that takes. */
const [passed, lived] = [
  { yearMs: 3_600_000n, msOfPerson: 1_000n },
  { yearMs: 4_000n, msOfPerson: 60n },
];

/** What an output reads of each workload in it. */
const gasOfWorkload = 50_000;

interface Play {
  readonly table: Table;
  readonly bench: Workbench;
  readonly yearMs: bigint;
  readonly msOfPerson: bigint;
  readonly sectors: readonly Sector[];
  readonly leontief: readonly number[];
}

interface Sector {
  readonly index: number;
  readonly player: Player;
  readonly type: bigint;
  /** What it made last. */
  stock: Made | undefined;
}

export async function playLabourValues(demo: LabourValuesDemo): Promise<Approach> {
  const { table, years, progress } = demo;
  const stage = new Stage(demo);
  const bench = new Workbench(stage, demo.node);
  const pace = (await stage.travels()) ? passed : lived;
  const msOfPerson = demo.msOfPerson ?? pace.msOfPerson;
  progress.begin('founding the sectors', table.sectors.length * (table.sectors.length + 2));
  const sectors = await foundSectors(bench, table);
  progress.end();
  const leontief = leontiefValues(table);
  const play: Play = { table, bench, yearMs: pace.yearMs, msOfPerson, sectors, leontief };
  const gaps: number[] = [];
  for (let year = 1; year <= years; year += 1) {
    progress.begin(`year ${year} of ${years}`, sectors.length * 7);
    const made = await playYear(play);
    for (const sector of sectors) sector.stock = made[sector.index];
    progress.end();
    const off = valuesOf(play).map(
      ({ value, leontief: due }) => (100 * Math.abs(value - due)) / due,
    );
    gaps.push(Math.max(...off));
  }
  return { sectors: valuesOf(play), gaps, msOfPerson, transactions: stage.transactions };
}

async function foundSectors(bench: Workbench, { sectors }: Table): Promise<readonly Sector[]> {
  const { stage } = bench;
  const players = await Promise.all(sectors.map((name) => stage.found(name, Consumption.C2C)));
  const pairs = players.flatMap((player, index) =>
    players.slice(0, index).map((other) => stage.trust(other, player)),
  );
  await Promise.all(pairs);
  return Promise.all(
    players.map(async (player, index) => {
      const type = await bench.type(player, player.name, DurabilityUnit.UNSPECIFIED);
      return { index, player, type, stock: undefined };
    }),
  );
}

async function playYear(play: Play): Promise<readonly Made[]> {
  const { table, bench, yearMs, msOfPerson, sectors, leontief } = play;
  const [goods, started] = await Promise.all([
    inputsOf(play),
    Promise.all(
      sectors.map(({ index, player, type }) => {
        const quantity = table.output[index] ?? 1n;
        const due = Number(quantity) * (leontief[index] ?? 0) * Number(msOfPerson);
        return bench.start(player, type, quantity, BigInt(Math.ceil(due)));
      }),
    ),
  ]);
  const fromMs = await bench.stage.shift(latestStart(started), yearMs);
  return Promise.all(
    sectors.map(async (sector, index) => {
      const { player, type } = sector;
      const production = started[index]?.production ?? 0n;
      const workMs = (table.persons[index] ?? 0n) * msOfPerson;
      const consumed = (goods.get(sector) ?? []).map(
        ({ lot, quantity }): Message => [
          'MsgAllocateConsumptive',
          { production, lot, quantity, as: Use.CONSUME },
        ],
      );
      const worked = shifts(play, sector, workMs).map(
        ({ wallet, ms }): Message => [
          'MsgRegisterWorkload',
          { production, wallet, fromMs, toMs: fromMs + ms },
        ],
      );
      const told = await bench.stage.byMany(player, [...consumed, ...worked]);
      const valueMs = all(told, 'ConsumptiveAllocated').reduce(
        (sum, each) => sum + number(each, 'value_ms'),
        workMs,
      );
      const line = { type, quantity: table.output[index] ?? 1n, valueMs, elements: [] };
      const gas = worked.length * gasOfWorkload;
      const output = ['MsgOutput', { production, lines: [line] }] as const;
      const lot = one(await bench.stage.by(player, [output], gas), 'LotProduced');
      return { lot: number(lot, 'lot'), value: number(lot, 'value_ms') };
    }),
  );
}

interface Input {
  readonly lot: bigint;
  readonly quantity: bigint;
}

/** What each sector has of the others' products: collectivized at first, then handed over. */
async function inputsOf({
  bench,
  table: { inputs },
  sectors,
}: Play): Promise<ReadonlyMap<Sector, readonly Input[]>> {
  const goods = new Map<Sector, Input[]>(sectors.map((sector) => [sector, []]));
  const amount = (of: Sector, by: Sector): bigint => inputs[of.index]?.[by.index] ?? 0n;
  if (sectors.some(({ stock }) => stock === undefined)) {
    await Promise.all(
      sectors.map(async (sector) => {
        const wanted = sectors.filter((of) => amount(of, sector) > 0n);
        const told = await bench.stage.by(
          sector.player,
          wanted.map((of) => [
            'MsgCollectivize',
            {
              collective: sector.player.collective,
              type: of.type,
              quantity: amount(of, sector),
              label: Label.EXCLUSIVE,
              source: Source.APPROPRIATION,
            },
          ]),
        );
        for (const each of all(told, 'Collectivized')) {
          goods.get(sector)?.push({ lot: number(each, 'lot'), quantity: number(each, 'quantity') });
        }
      }),
    );
    return goods;
  }
  const offers = await Promise.all(
    sectors.map(async (of) => {
      const lot = of.stock?.lot ?? 0n;
      const own = amount(of, of);
      if (own > 0n) goods.get(of)?.push({ lot, quantity: own });
      const others = sectors.filter((by) => by !== of && amount(of, by) > 0n);
      const told = await bench.stage.by(
        of.player,
        others.map((by) => [
          'MsgTransfer',
          { lot, quantity: amount(of, by), to: by.player.collective },
        ]),
      );
      return all(told, 'TransferOffered').map((offer, index) => ({
        transfer: number(offer, 'transfer'),
        lot: number(offer, 'lot'),
        by: others[index] as Sector,
        quantity: amount(of, others[index] as Sector),
      }));
    }),
  );
  await Promise.all(
    sectors.map(async (sector) => {
      const mine = offers.flat().filter(({ by }) => by === sector);
      for (const { lot, quantity } of mine) goods.get(sector)?.push({ lot, quantity });
      await bench.stage.by(
        sector.player,
        mine.map(({ transfer }) => ['MsgAcceptTransfer', { transfer }]),
      );
    }),
  );
  return goods;
}

/** As many hands as the work needs within a year, each at work in one place. */
function shifts(
  { bench, yearMs }: Play,
  { player }: Sector,
  workMs: bigint,
): readonly { readonly wallet: string; readonly ms: bigint }[] {
  const hands = Number((workMs + yearMs - 1n) / yearMs);
  return Array.from({ length: hands }, (_, hand) => {
    const left = workMs - BigInt(hand) * yearMs;
    const wallet = bench.stage.account(`${player.name} hand ${hand}`).address;
    return { wallet, ms: left < yearMs ? left : yearMs };
  });
}

function valuesOf({ table, msOfPerson, sectors, leontief }: Play): readonly SectorValue[] {
  return sectors.map(({ index, player, stock }) => ({
    sector: player.name,
    value:
      (1000 * Number(stock?.value ?? 0n)) / Number(msOfPerson) / Number(table.output[index] ?? 1n),
    leontief: 1000 * (leontief[index] ?? 0),
  }));
}
