/** Time worked for a production: an interval of a wallet, never worked twice (D2.16, D2.28). */
import type { Address } from '../../_kernel/address.ts';
import { present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { type TimeMs, timeMs as time, type WorkMs, workMs } from '../../_kernel/units.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import type { CollectiveId, SegmentId, WorkloadId } from '../types.ts';
import {
  addingProblem,
  endProblem,
  handsProblem,
  next,
  openProduction,
  type ProductionView,
  type Rules,
  signerProblem,
} from './guards.ts';

type Commands = 'RegisterWorkload' | 'CountersignWorkload' | 'StornoWorkload';

export const work: Rules<Commands> = {
  RegisterWorkload(view, { signer, production: id, wallet, fromMs, toMs }, { timeMs }, ports) {
    const production = openProduction(view, ports, id, signer);
    if (isRefusal(production)) return production;
    const { producer, label, startedAtMs } = production;
    if (fromMs < startedAtMs) return refuse.before_start({ fromMs, startedAtMs });
    if (toMs > timeMs) return refuse.in_the_future({ toMs, timeMs });
    const problem =
      boundaryProblem(ports, fromMs, toMs) ??
      revisionProblem(ports, producer, toMs) ??
      overlapProblem(view, wallet, fromMs, toMs) ??
      addingProblem(production, toMs - fromMs) ??
      handsProblem(view, producer, toMs - fromMs);
    if (problem !== undefined) return problem;

    const workload = next<WorkloadId>(view, 'workload');
    const segment = ports.segments.segmentAt(toMs);
    const beforeMs = hoursOf(view, producer, segment);
    const worked = { workload, production: id, wallet, fromMs, toMs, producer, segment, beforeMs };
    return accept([{ type: 'WorkloadRegistered', ...worked, label }]);
  },

  CountersignWorkload(view, { signer, workload: id }, _context, { segments }) {
    const workload = view.workloads.get(id);
    if (workload === undefined) return refuse.unknown_workload({ workload: id });
    const { wallet, stage } = workload;
    if (segments.keyOf(wallet) !== signer) return refuse.not_the_worker({ workload: id, wallet });
    if (stage === 'reversed') return refuse.workload_reversed({ workload: id });
    if (stage === 'countersigned') return refuse.already_countersigned({ workload: id });

    return accept([{ type: 'WorkloadCountersigned', workload: id }]);
  },

  /** Before the output and the revision only: it frees the interval (D2.31). */
  StornoWorkload(view, { signer, workload: id }, _context, ports) {
    const workload = view.workloads.get(id);
    if (workload === undefined) return refuse.unknown_workload({ workload: id });
    const production = present(view.productions.get(workload.production), 'its production');
    const { producer, label } = production;
    const notSigned = signerProblem(ports, producer, signer);
    if (notSigned !== undefined) return notSigned;
    if (workload.stage === 'reversed') return refuse.workload_reversed({ workload: id });
    const problem = endProblem(production) ?? revisionProblem(ports, producer, workload.toMs);
    if (problem !== undefined) return problem;

    const { stage: _, ...worked } = workload;
    const totalMs = hoursOf(view, producer, worked.segment);
    return accept([{ type: 'WorkloadReversed', ...worked, label, totalMs }]);
  },
};

/** Where the line of a collective ends that its claims stand on (D2.14). */
function hoursOf(view: ProductionView, producer: CollectiveId, segment: SegmentId): WorkMs {
  return view.sums.get(producer, segment)?.aMs ?? workMs(0n);
}

/** A time k2 belongs to the segment that ends with it, so ]from, to] begins after `from`. */
function boundaryProblem(
  { segments }: ProductionPorts,
  fromMs: TimeMs,
  toMs: TimeMs,
): Refusal | undefined {
  const first = segments.segmentAt(time(fromMs + 1n));
  return first === segments.segmentAt(toMs) ? undefined : refuse.across_segments({ fromMs, toMs });
}

function revisionProblem(
  { segments }: ProductionPorts,
  producer: CollectiveId,
  toMs: TimeMs,
): Refusal | undefined {
  const segment = segments.segmentAt(toMs);
  return segments.isFinal(producer, segment) ? refuse.segment_final({ segment }) : undefined;
}

/** Two reads: the last interval that begins by `from`, and the first that begins after it. */
function overlapProblem(
  view: ProductionView,
  wallet: Address,
  fromMs: TimeMs,
  toMs: TimeMs,
): Refusal | undefined {
  // PERF: work is mostly registered in the order of time, and then one read says enough.
  if (fromMs >= (view.workedUntil.get(wallet) ?? 0n)) return undefined;
  const prefix: [Address] = [wallet];
  const earlier = view.worked.range({ prefix, from: [wallet, fromMs], reverse: true, limit: 1 });
  const later = view.worked.range({ prefix, from: [wallet, time(fromMs + 1n)], limit: 1 });
  for (const { key, value } of [...earlier, ...later]) {
    const [, begin] = key;
    if (begin < toMs && value.toMs > fromMs) {
      return refuse.work_overlaps({ wallet, fromMs: begin, toMs: value.toMs });
    }
  }
  return undefined;
}
