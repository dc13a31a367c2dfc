/** Types, goods that become a collective's, their transfer and their loss. */
import { assert, present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { pairOf } from '../keys.ts';
import { refuse } from '../refusals.ts';
import {
  type CollectiveId,
  DurabilityUnit,
  Label,
  type OwnershipId,
  type Transfer,
  type TransferId,
  type TypeId,
} from '../types.ts';
import {
  becomesCommon,
  categoryOf,
  collectiveProblem,
  edgeProblem,
  handsProblem,
  next,
  ownLot,
  type ProductionView,
  type Rules,
  relabelled,
  signerProblem,
  take,
  typeFor,
} from './guards.ts';

type Commands =
  | 'DefineType'
  | 'Collectivize'
  | 'Transfer'
  | 'AcceptTransfer'
  | 'WithdrawTransfer'
  | 'WriteOff';

export const resources: Rules<Commands> = {
  DefineType(view, { type: _, signer, collective, ...said }, _context, ports) {
    const problem =
      collectiveProblem(ports, collective) ?? signerProblem(ports, collective, signer);
    if (problem !== undefined) return problem;

    const productType = next<TypeId>(view, 'type');
    return accept([{ type: 'TypeDefined', productType, definer: collective, ...said }]);
  },

  Collectivize(view, command, { timeMs }, ports) {
    const { signer, collective, productType, quantity, label, source, durability } = command;
    const problem =
      collectiveProblem(ports, collective) ?? signerProblem(ports, collective, signer);
    if (problem !== undefined) return problem;
    const type = typeFor(view, ports, productType, collective);
    if (isRefusal(type)) return type;
    if (label !== categoryOf(view, ports, productType, collective)) {
      const category = label === Label.COMMONS ? 'exclusive' : 'commons';
      return refuse.not_the_category({ productType, category });
    }
    const isDurable = type.durabilityUnit !== DurabilityUnit.UNSPECIFIED;
    if (isDurable && durability === 0n) return refuse.no_durability({ productType });
    if (!isDurable && durability !== 0n) return refuse.not_durable({ productType });
    if (isDurable && quantity !== 1n) return refuse.not_one_by_one({ quantity });

    return accept([
      {
        type: 'Collectivized',
        lot: next(view, 'lot'),
        owner: collective,
        productType,
        label,
        quantity,
        source,
        ownership: next(view, 'ownership'),
        durability,
        element: isDurable ? next(view, 'element') : 0n,
        madeAtMs: timeMs,
        segment: ports.segments.segmentAt(timeMs),
      },
    ]);
  },

  Transfer(view, { signer, lot: id, quantity, to }, _context, ports) {
    const lot = ownLot(view, ports, id, signer);
    if (isRefusal(lot)) return lot;
    const taken = take(view, lot, quantity);
    if (isRefusal(taken)) return taken;
    const from = lot.owner;
    const unknown = collectiveProblem(ports, to);
    if (unknown !== undefined) return unknown;
    if (from === to) return refuse.self_transfer({ collective: to });
    const problem = edgeProblem(ports, from, to) ?? offersProblem(view, from, to);
    if (problem !== undefined) return problem;

    const transfer = next<TransferId>(view, 'transfer');
    const offered = { type: 'TransferOffered', transfer, lot: taken.lot, from, to } as const;
    return accept([...taken.split, offered]);
  },

  AcceptTransfer(view, { signer, transfer: id }, _context, ports) {
    const transfer = openTransfer(view.transfers.get(id), id, ({ to }) =>
      signerProblem(ports, to, signer),
    );
    if (isRefusal(transfer)) return transfer;
    const { from, to } = transfer;
    const problem = edgeProblem(ports, from, to);
    if (problem !== undefined) return problem;

    const lot = present(view.lots.get(transfer.lot), `lot ${transfer.lot}`);
    assert(lot.owner === from && lot.stage === 'offered', `lot ${lot.lot} is not on offer`);
    const { label, valueMs } = lot;
    const overflow = handsProblem(view, to, valueMs);
    if (overflow !== undefined) return overflow;
    const ownership = next<OwnershipId>(view, 'ownership');
    return accept([
      {
        type: 'TransferAccepted',
        transfer: id,
        lot: lot.lot,
        from,
        to,
        ownership,
        label,
        valueMs,
      },
      ...(becomesCommon(view, ports, lot, to) ? relabelled(ports, to, lot.productType, [lot]) : []),
    ]);
  },

  WithdrawTransfer(view, { signer, transfer: id }, _context, ports) {
    const transfer = openTransfer(view.transfers.get(id), id, ({ from }) =>
      signerProblem(ports, from, signer),
    );
    if (isRefusal(transfer)) return transfer;

    return accept([{ type: 'TransferWithdrawn', transfer: id, lot: transfer.lot }]);
  },

  WriteOff(view, { signer, lot: id, quantity, reason, ownershipRef }, { timeMs }, ports) {
    const lot = ownLot(view, ports, id, signer);
    if (isRefusal(lot)) return lot;
    const taken = take(view, lot, quantity);
    if (isRefusal(taken)) return taken;
    const { owner, ownership, label, productType } = lot;
    if (ownershipRef !== ownership) {
      return refuse.wrong_ownership({ lot: id, ownership, given: ownershipRef });
    }

    const { valueMs, split } = taken;
    const segment = ports.segments.segmentAt(timeMs);
    const gone = { lot: taken.lot, owner, ownership, label, quantity, valueMs, reason };
    return accept([...split, { type: 'LotWrittenOff', ...gone, productType, segment }]);
  },
};

/** All offers over an edge end with it in one block, so there is a limit to them (D2.20). */
const mostOffers = 256;

function offersProblem(
  view: ProductionView,
  from: CollectiveId,
  to: CollectiveId,
): Refusal | undefined {
  const { low, high } = pairOf(from, to);
  const open = [...view.offersOver.range({ prefix: [low, high], limit: mostOffers })].length;
  return open < mostOffers
    ? undefined
    : refuse.too_many_offers({ a: from, b: to, most: mostOffers });
}

function openTransfer(
  transfer: Transfer | undefined,
  id: TransferId,
  problem: (transfer: Transfer) => Refusal | undefined,
): Transfer | Refusal {
  if (transfer === undefined) return refuse.unknown_transfer({ transfer: id });
  const notSigned = problem(transfer);
  if (notSigned !== undefined) return notSigned;
  const { stage } = transfer;
  return stage === 'offered' ? transfer : refuse.transfer_over({ transfer: id, stage });
}
