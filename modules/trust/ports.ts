/** What later modules may ask of trust: each declares the part it needs, the host hands it over. */
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import {
  type Collective,
  type CollectiveId,
  type ComponentId,
  collectiveId,
  pairOf,
} from './types.ts';

/** `cancelled` from the announcement to the end of the notice. */
export type EdgeState = 'none' | 'strong' | 'cancelled';

export interface TrustReads {
  collective(id: CollectiveId): Collective | undefined;
  /** Goods and orders need `strong`. Of one collective with itself: `none`, there is no edge. */
  edgeState(a: CollectiveId, b: CollectiveId): EdgeState;
  /** Weak trust, which a coupon needs: reflexive, symmetric, transitive. Two reads. */
  sameComponent(a: CollectiveId, b: CollectiveId): boolean;
  componentOf(id: CollectiveId): ComponentId | undefined;
  /** Members in ascending order, from one on: the order of claims (D2.14). */
  members(component: ComponentId, from?: CollectiveId): Iterable<CollectiveId>;
  sizeOf(component: ComponentId): bigint;
  /** Whether a component has members. */
  isComponent(id: ComponentId): boolean;
  /** Components in ascending order, from one on. */
  components(from: ComponentId): Iterable<ComponentId>;
}

export function trustReads(view: View<typeof tables>): TrustReads {
  return {
    collective: (id) => view.collectives.get(id),
    edgeState(a, b) {
      if (a === b) return 'none';
      const { low, high } = pairOf(a, b);
      const edge = view.edges.get(low, high);
      if (edge === undefined) return 'none';
      return edge.cancellation === undefined ? 'strong' : 'cancelled';
    },
    sameComponent(a, b) {
      const component = view.componentOf.get(a);
      return component !== undefined && component === view.componentOf.get(b);
    },
    componentOf: (id) => view.componentOf.get(id),
    *members(component, from = collectiveId(0n)) {
      const rows = view.members.range({ prefix: [component], from: [component, from] });
      for (const { key } of rows) yield key[1];
    },
    sizeOf: (component) => view.componentSizes.get(component) ?? 0n,
    isComponent: (id) => view.componentSizes.has(id),
    *components(from) {
      for (const { key } of view.componentSizes.range({ from: [from] })) yield key[0];
    },
  };
}
