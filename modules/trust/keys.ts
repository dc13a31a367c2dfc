/** Layout of the store `trust`. */
import * as wire from '../../proto/generated/artel/trust/v1/state.ts';
import {
  address,
  here,
  type KeyPart,
  record,
  table,
  u64,
  type ValueCodec,
} from '../_kernel/tables.ts';
import { idList } from './id-list.ts';
import type { Collective, CollectiveId, ComponentId, Edge, Params } from './types.ts';

const collective = u64 as unknown as KeyPart<CollectiveId> & ValueCodec<CollectiveId>;
const component = u64 as unknown as KeyPart<ComponentId> & ValueCodec<ComponentId>;

export const tables = {
  params: table(1, [], record(wire.Params) as ValueCodec<Params>),
  nextCollective: table(2, [], collective),
  nextComponent: table(3, [], component),
  collectives: table(4, [collective], record(wire.Collective) as ValueCodec<Collective>),
  collectivesOf: table(5, [address, collective], here),
  /** (from, to) -> time of the one signature. */
  signatures: table(6, [collective, collective], u64),
  /** (to, from): the same by receiver. */
  signaturesReceived: table(7, [collective, collective], here),
  /** (low, high). */
  edges: table(8, [collective, collective], record(wire.Edge) as ValueCodec<Edge>),
  /** The other ends of a collective's edges. No row where there are none. */
  neighbours: table(9, [collective], idList),
  /** PERF: "same component?" is two reads of this table. */
  componentOf: table(10, [collective], component),
  members: table(11, [component, collective], here),
  componentSizes: table(12, [component], u64),
};
