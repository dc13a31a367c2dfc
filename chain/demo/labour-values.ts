/**
 * `artel demo labour-values`: an economy of a table, year after year. In the first year inputs are
 * collectivized at value 0; from then on each sector uses what the others made the year before, so
 * that the value of a product approaches its Leontief labour value.
 */
import { DurabilityUnit, Label, Source } from '../../proto/generated/artel/production/v1/state.ts';
import { Use } from '../../proto/generated/artel/production/v1/tx.ts';
import { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import { leontiefValues, type Table } from './input-output.ts';
import { all, number, one, type Player, Stage, type StageOptions } from './stage.ts';
import { type Started, Workbench } from './workbench.ts';

export interface LabourValuesDemo extends StageOptions {
  readonly table: Table;
  readonly years: number;
  /** Milliseconds that stand for the work of one row of persons in a year. */
  readonly msOfPersons: bigint;
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
  readonly transactions: number;
}

/** All work of a year is done in so many milliseconds, by as many hands as that takes. */
const yearMs = 4_000n;
const messagesOfTransaction = 40;

interface Sector {
  readonly index: number;
  readonly player: Player;
  readonly type: bigint;
  /** What it made last. */
  stock: { readonly lot: bigint; readonly value: bigint } | undefined;
}

export async function playLabourValues(demo: LabourValuesDemo): Promise<Approach> {
  const { table, years, progress } = demo;
  const stage = new Stage(demo);
  const bench = new Workbench(stage, demo.node);
  progress.begin('founding the sectors', table.sectors.length);
  const sectors = await foundSectors(bench, table);
  progress.end();
  const leontief = leontiefValues(table);
  const gaps: number[] = [];
  for (let year = 1; year <= years; year += 1) {
    progress.begin(`year ${year} of ${years}`, sectors.length * 8);
    await playYear(demo, bench, sectors, leontief);
    progress.end();
    gaps.push(
      Math.max(
        ...valuesOf(demo, sectors, leontief).map(
          ({ value, leontief: due }) => (100 * Math.abs(value - due)) / due,
        ),
      ),
    );
  }
  return { sectors: valuesOf(demo, sectors, leontief), gaps, transactions: stage.transactions };
}

async function foundSectors(bench: Workbench, { sectors }: Table): Promise<readonly Sector[]> {
  const players: Player[] = [];
  for (const name of sectors) players.push(await bench.stage.found(name, Consumption.C2C));
  for (const [index, player] of players.entries()) {
    for (const other of players.slice(0, index)) await bench.stage.trust(other, player);
  }
  return Promise.all(
    players.map(async (player, index) => {
      const type = await bench.type(player, player.name, DurabilityUnit.UNSPECIFIED);
      return { index, player, type, stock: undefined };
    }),
  );
}

async function playYear(
  { table, msOfPersons }: LabourValuesDemo,
  bench: Workbench,
  sectors: readonly Sector[],
  leontief: readonly number[],
): Promise<void> {
  const goods = await inputsOf(bench, table, sectors);
  const started = await Promise.all(
    sectors.map(({ index, player, type }) => {
      const quantity = table.output[index] ?? 1n;
      const due = Number(quantity) * (leontief[index] ?? 0) * Number(msOfPersons);
      return bench.start(player, type, quantity, BigInt(Math.ceil(due)));
    }),
  );
  await bench.stage.until(latest(started) + yearMs);
  const made = await Promise.all(
    sectors.map(async (sector) => {
      const { production, startedMs } = started[sector.index] as Started;
      const quantity = table.output[sector.index] ?? 1n;
      const workMs = (table.persons[sector.index] ?? 0n) * msOfPersons;
      const consumed = (goods.get(sector) ?? []).map(
        ({ lot, quantity: amount }) =>
          [
            'MsgAllocateConsumptive',
            { production, lot, quantity: amount, as: Use.CONSUME },
          ] as const,
      );
      const worked = shifts(bench, sector, workMs).map(
        ({ wallet, ms }) =>
          [
            'MsgRegisterWorkload',
            { production, wallet, fromMs: startedMs, toMs: startedMs + ms },
          ] as const,
      );
      let valueMs = workMs;
      for (const some of chunks([...consumed, ...worked])) {
        const told = await bench.stage.by(sector.player, some);
        for (const each of all(told, 'ConsumptiveAllocated')) valueMs += number(each, 'value_ms');
      }
      const line = { type: sector.type, quantity, valueMs, elements: [] };
      const told = await bench.stage.by(sector.player, [
        ['MsgOutput', { production, lines: [line] }],
      ]);
      const lot = one(told, 'LotProduced');
      return { lot: number(lot, 'lot'), value: number(lot, 'value_ms') };
    }),
  );
  for (const sector of sectors) sector.stock = made[sector.index];
}

interface Input {
  readonly lot: bigint;
  readonly quantity: bigint;
}

/** What each sector has of the others' products: collectivized at first, then handed over. */
async function inputsOf(
  bench: Workbench,
  { inputs }: Table,
  sectors: readonly Sector[],
): Promise<ReadonlyMap<Sector, readonly Input[]>> {
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
  { stage }: Workbench,
  { player }: Sector,
  workMs: bigint,
): readonly { readonly wallet: string; readonly ms: bigint }[] {
  const hands = Number((workMs + yearMs - 1n) / yearMs);
  return Array.from({ length: hands }, (_, hand) => {
    const left = workMs - BigInt(hand) * yearMs;
    const wallet = stage.account(`${player.name} hand ${hand}`).address;
    return { wallet, ms: left < yearMs ? left : yearMs };
  });
}

function latest(started: readonly Started[]): bigint {
  const times = started.map(({ startedMs }) => startedMs).sort((a, b) => (a < b ? -1 : 1));
  return times.at(-1) ?? 0n;
}

function chunks<T>(list: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(list.length / messagesOfTransaction);
  return Array.from({ length: count }, (_, index) =>
    list.slice(index * messagesOfTransaction, (index + 1) * messagesOfTransaction),
  );
}

function valuesOf(
  { table, msOfPersons }: LabourValuesDemo,
  sectors: readonly Sector[],
  leontief: readonly number[],
): readonly SectorValue[] {
  return sectors.map(({ index, player, stock }) => ({
    sector: player.name,
    value:
      (1000 * Number(stock?.value ?? 0n)) / Number(msOfPersons) / Number(table.output[index] ?? 1n),
    leontief: 1000 * (leontief[index] ?? 0),
  }));
}
