/** Orders, from their placing to the start of a production. */
import { present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { parametersOf } from '../parameters.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type Estimate,
  type EstimateId,
  Label,
  type Order,
  type OrderId,
  type PlaceOrder,
  type ProductionId,
} from '../types.ts';
import {
  categoryOf,
  collectiveProblem,
  componentOf,
  edgeProblem,
  endProblem,
  inProgressMs,
  next,
  type ProductionView,
  type Rules,
  signerProblem,
  standingOrder,
  typeFor,
} from './guards.ts';
import { opening } from './votes.ts';

type Commands = 'Order' | 'WithdrawOrder' | 'RejectOrder' | 'Estimate' | 'StartProduction';

export const orders: Rules<Commands> = {
  Order(view, command, { timeMs }, ports) {
    const { signer, collective: orderer, producer, productType, deliveryTimeMs } = command;
    const problem =
      collectiveProblem(ports, orderer) ??
      signerProblem(ports, orderer, signer) ??
      collectiveProblem(ports, producer) ??
      partnerProblem(ports, { orderer, producer });
    if (problem !== undefined) return problem;
    const type = typeFor(view, ports, productType, orderer);
    if (isRefusal(type)) return type;
    if (deliveryTimeMs <= timeMs) return refuse.delivery_in_the_past({ deliveryTimeMs, timeMs });
    const order = next<OrderId>(view, 'order');
    const later = command.refs.find((ref) => ref >= order || ref < 1n);
    if (later !== undefined) return refuse.reference_not_earlier({ order: later, next: order });
    if (command.label === Label.COMMONS && !mayBeCommon(view, ports, command)) {
      return refuse.not_common({ productType });
    }

    const { quantity, label, refs } = command;
    const terms = { orderer, producer, productType, quantity, deliveryTimeMs, label, refs };
    return accept([{ type: 'Ordered', order, ...terms }]);
  },

  WithdrawOrder(view, { signer, order: id }, _context, ports) {
    const order = standingOrder(view, ports, id, 'orderer', signer);
    if (isRefusal(order)) return order;
    if (order.stage === 'started') {
      return refuse.order_started({ order: id, production: order.heldBy });
    }

    return accept([{ type: 'OrderWithdrawn', order: id }]);
  },

  /** After the start the work in progress is lost; the hours in it stay claimable (D2.27). */
  RejectOrder(view, { signer, order: id, reason }, { timeMs }, ports) {
    const order = standingOrder(view, ports, id, 'producer', signer);
    if (isRefusal(order)) return order;
    if (order.stage !== 'started') return accept([{ type: 'OrderRejected', order: id, reason }]);
    const production = present(view.productions.get(order.heldBy), `production ${order.heldBy}`);
    const ended = endProblem(production);
    if (ended !== undefined) return ended;
    const { production: lost, producer, label, openMeans } = production;
    if (openMeans > 0n) return refuse.means_still_allocated({ production: lost, means: openMeans });

    const lostMs = inProgressMs(production);
    const segment = ports.segments.segmentAt(timeMs);
    return accept([
      { type: 'OrderRejected', order: id, reason },
      { type: 'ProductionRejected', production: lost, producer, label, lostMs, segment },
    ]);
  },

  Estimate(view, { signer, order: id, valueMs }, { timeMs }, ports) {
    const order = standingOrder(view, ports, id, 'producer', signer);
    if (isRefusal(order)) return order;
    if (order.stage === 'started') {
      return refuse.order_started({ order: id, production: order.heldBy });
    }
    if (order.stage === 'estimated') {
      return refuse.already_estimated({ order: id, estimate: order.heldBy });
    }
    const problem = partnerProblem(ports, order);
    if (problem !== undefined) return problem;

    const estimate = next<EstimateId>(view, 'estimate');
    const { producer } = order;
    const { voteLimitMs } = parametersOf(view, componentOf(ports, producer));
    const needsVote = voteLimitMs > 0n && valueMs > voteLimitMs;
    const asked = { subject: 'production', proposer: producer, estimate, valueMs } as const;
    return accept([
      { type: 'Estimated', estimate, order: id, valueMs },
      ...(needsVote ? [opening(view, ports, timeMs, asked)] : []),
    ]);
  },

  StartProduction(view, { signer, estimate: id }, { timeMs: startedAtMs }, ports) {
    const estimate = view.estimates.get(id);
    if (estimate === undefined) return refuse.unknown_estimate({ estimate: id });
    const order = standingOrder(view, ports, estimate.order, 'producer', signer);
    if (isRefusal(order)) return order;
    if (order.stage === 'started') {
      return refuse.already_started({ estimate: id, production: order.heldBy });
    }
    const problem = partnerProblem(ports, order);
    if (problem !== undefined) return problem;

    const unapproved = approvalProblem(view, ports, order, estimate);
    if (unapproved !== undefined) return unapproved;

    const { producer, label } = order;
    const production = next<ProductionId>(view, 'production');
    return accept([
      {
        type: 'ProductionStarted',
        production,
        order: order.order,
        estimate: id,
        producer,
        label,
        startedAtMs,
      },
    ]);
  },
};

/** Who orders of itself needs no edge (D2.26). */
function partnerProblem(
  ports: ProductionPorts,
  { orderer, producer }: Pick<Order, 'orderer' | 'producer'>,
): Refusal | undefined {
  return orderer === producer ? undefined : edgeProblem(ports, orderer, producer);
}

/** What is above the limit waits for the vote of the component (002, 17). */
function approvalProblem(
  view: ProductionView,
  ports: ProductionPorts,
  { producer }: Order,
  { estimate, valueMs }: Estimate,
): Refusal | undefined {
  const { voteLimitMs: limitMs } = parametersOf(view, componentOf(ports, producer));
  const asked = view.ballotOf.get(estimate);
  if (asked === undefined || limitMs === 0n || valueMs <= limitMs) return undefined;
  const { stage } = present(view.ballots.get(asked), `ballot ${asked}`);
  return stage === 'passed' ? undefined : refuse.vote_needed({ estimate, valueMs, limitMs, stage });
}

/** Its type is commons, or it serves a common order: flour serves bread and cake (D2.23). */
function mayBeCommon(
  view: ProductionView,
  ports: ProductionPorts,
  { productType, collective, refs }: PlaceOrder,
): boolean {
  if (categoryOf(view, ports, productType, collective) === Label.COMMONS) return true;
  return refs.some((ref) => view.orders.get(ref)?.label === Label.COMMONS);
}
