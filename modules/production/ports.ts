/** What production reads of other modules; the host hands it over (chain/app/app.ts). */
import type { Address } from '../_kernel/address.ts';
import type { TimeMs } from '../_kernel/units.ts';
import type { CollectiveId, ComponentId } from './types.ts';

export interface ProductionPorts {
  /** Of trust. */
  readonly trust: {
    collective(id: CollectiveId): { readonly owner: Address } | undefined;
    /** `cancelled` from the announcement to the end of the notice. */
    edgeState(a: CollectiveId, b: CollectiveId): 'none' | 'strong' | 'cancelled';
    sameComponent(a: CollectiveId, b: CollectiveId): boolean;
    componentOf(id: CollectiveId): ComponentId | undefined;
  };
  /** Of coupons. */
  readonly segments: {
    /** Number of the segment ]k1, k2] that a time is in. */
    segmentAt(timeMs: TimeMs): bigint;
    /** Whether the component of a collective has its final revision of a segment. */
    isFinal(collective: CollectiveId, segment: bigint): boolean;
  };
}
