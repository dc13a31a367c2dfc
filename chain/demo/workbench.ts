/** What the plays of the labour economy have in common: ordering, working, using, handing on. */
import {
  QueryLotRequest,
  QueryLotResponse,
} from '../../proto/generated/artel/production/v1/query.ts';
import {
  type DurabilityUnit,
  type Element,
  Label,
} from '../../proto/generated/artel/production/v1/state.ts';
import { Use } from '../../proto/generated/artel/production/v1/tx.ts';
import type { ArtelNode } from '../client/node.ts';
import { all, number, one, type Player, type Stage } from './stage.ts';

/** A day: deliveries are not due while a play goes on. */
const dayMs = 86_400_000n;

export interface Made {
  readonly lot: bigint;
  readonly value: bigint;
}

export interface Started {
  readonly production: bigint;
  readonly startedMs: bigint;
}

/** When the last of them was started, in ms. */
export function latestStart(started: Iterable<Started>): bigint {
  let latestMs = 0n;
  for (const { startedMs } of started) if (startedMs > latestMs) latestMs = startedMs;
  return latestMs;
}

/** What goes in beside the work. */
export interface Inputs {
  readonly parts?: readonly bigint[];
  /** The work alone where left out. */
  readonly estimateMs?: bigint;
}

export interface LotRecord {
  readonly value: bigint;
  readonly ownership: bigint;
  readonly elements: readonly Element[];
}

export class Workbench {
  readonly stage: Stage;
  readonly #node: ArtelNode;

  constructor(stage: Stage, node: ArtelNode) {
    this.stage = stage;
    this.#node = node;
  }

  async type(player: Player, name: string, durabilityUnit: DurabilityUnit): Promise<bigint> {
    const fields = { collective: player.collective, name, unit: 'pieces', durabilityUnit };
    const told = await this.stage.by(player, [['MsgDefineType', fields]]);
    return number(one(told, 'TypeDefined'), 'product_type');
  }

  /** An order to oneself, estimated and started. */
  async start(player: Player, type: bigint, quantity: bigint, estimate: bigint): Promise<Started> {
    const ordered = await this.stage.by(player, [
      [
        'MsgOrder',
        {
          collective: player.collective,
          producer: player.collective,
          type,
          quantity,
          deliveryTimeMs: BigInt(Date.now()) * 2n + dayMs,
          label: Label.EXCLUSIVE,
          refs: [],
        },
      ],
    ]);
    const order = number(one(ordered, 'Ordered'), 'order');
    const valueMs = estimate > 0n ? estimate : 1n;
    const estimated = await this.stage.by(player, [['MsgEstimate', { order, valueMs }]]);
    const fields = { estimate: number(one(estimated, 'Estimated'), 'estimate') };
    const told = one(
      await this.stage.by(player, [['MsgStartProduction', fields]]),
      'ProductionStarted',
    );
    return { production: number(told, 'production'), startedMs: number(told, 'started_at_ms') };
  }

  /** Builds in parts, works for so many milliseconds and puts out lines of the whole value. */
  async produce(
    player: Player,
    type: bigint,
    wallet: string,
    workMs: bigint,
    lines: (value: bigint) => readonly object[],
    { parts = [], estimateMs = workMs }: Inputs = {},
  ): Promise<Made> {
    const { production, startedMs } = await this.start(player, type, 1n, estimateMs);
    const [built, fromMs] = await Promise.all([
      this.stage.byMany(
        player,
        parts.map((lot) => [
          'MsgAllocateConsumptive',
          { production, lot, quantity: 1n, as: Use.PART },
        ]),
      ),
      this.stage.shift(startedMs, workMs),
    ]);
    const value = all(built, 'ConsumptiveAllocated').reduce(
      (sum, each) => sum + number(each, 'value_ms'),
      workMs,
    );
    const told = await this.stage.by(player, [
      ['MsgRegisterWorkload', { production, wallet, fromMs, toMs: fromMs + workMs }],
      ['MsgOutput', { production, lines: lines(value) }],
    ]);
    const lot = one(told, 'LotProduced');
    return { lot: number(lot, 'lot'), value: number(lot, 'value_ms') };
  }

  /** Makes a quantity with nothing but a means; returns what it transfers. */
  async use(
    player: Player,
    { production }: Started,
    { type, quantity }: { readonly type: bigint; readonly quantity: bigint },
    { means, used }: { readonly means: bigint; readonly used: bigint },
  ): Promise<bigint> {
    const taken = await this.stage.by(player, [['MsgAllocateMeans', { production, lot: means }]]);
    const allocation = number(one(taken, 'MeansAllocated'), 'allocation');
    const given = await this.stage.by(player, [['MsgDeallocateMeans', { allocation, used }]]);
    const valueMs = number(one(given, 'MeansDeallocated'), 'transfer_ms');
    await this.stage.by(player, [
      ['MsgOutput', { production, lines: [{ type, quantity, valueMs, elements: [] }] }],
    ]);
    return valueMs;
  }

  /** Offered by one, accepted by the other. */
  async move(from: Player, to: Player, lot: bigint, quantity = 1n): Promise<bigint> {
    const fields = { lot, quantity, to: to.collective };
    const offered = one(await this.stage.by(from, [['MsgTransfer', fields]]), 'TransferOffered');
    const transfer = number(offered, 'transfer');
    const told = await this.stage.by(to, [['MsgAcceptTransfer', { transfer }]]);
    return number(one(told, 'TransferAccepted'), 'lot');
  }

  async lot(lot: bigint): Promise<LotRecord> {
    const path = '/artel.production.v1.Query/Lot';
    const { response } = await this.#node.query(path, QueryLotRequest, QueryLotResponse, { lot });
    const found = response.lot;
    if (found === undefined) throw new Error(`lot ${lot} is not there`);
    return {
      value: found.valueMs,
      ownership: found.ownership,
      elements: response.composition?.elements ?? [],
    };
  }
}
