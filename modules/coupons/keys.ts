/** Layout of the store `coupons`. */
import * as wire from '../../proto/generated/artel/coupons/v1/state.ts';
import {
  address,
  bytes,
  here,
  type KeyPart,
  record,
  table,
  u64,
  type ValueCodec,
} from '../_kernel/tables.ts';
import type { TimeMs, WorkMs } from '../_kernel/units.ts';
import { pathPart, supplyRow } from './supply.ts';
import type {
  CollectiveId,
  ComponentId,
  Entry,
  Guardians,
  Ledger,
  Params,
  Receipt,
  Revision,
  RevisionId,
  SegmentId,
  Share,
  Standing,
  StoredEra,
  Supply,
  WorkloadId,
} from './types.ts';

const time = u64 as unknown as KeyPart<TimeMs>;
const collective = u64 as unknown as KeyPart<CollectiveId>;
const component = u64 as unknown as KeyPart<ComponentId>;
const segment = u64 as unknown as KeyPart<SegmentId>;
const workload = u64 as unknown as KeyPart<WorkloadId>;
const revision = u64 as unknown as KeyPart<RevisionId> & ValueCodec<RevisionId>;

/** Segments whose unclaimed coupons end, each after the segment of the revision that ends them. */
export interface Expiry {
  readonly ends: SegmentId;
  readonly earned: SegmentId;
}

/** Never empty; in the order in which they were added. */
const expiries: ValueCodec<readonly Expiry[]> = {
  encode(list) {
    const bytes = new Uint8Array(list.length * expiryBytes);
    list.forEach(({ ends, earned }, index) => {
      bytes.set(u64.encode(ends), index * expiryBytes);
      bytes.set(u64.encode(earned), index * expiryBytes + expiryBytes / 2);
    });
    return bytes;
  },
  decode(bytes) {
    return Array.from({ length: bytes.length / expiryBytes }, (_, index) => {
      const at = bytes.subarray(index * expiryBytes);
      const [ends, earned] = [u64.decode(at), u64.decode(at.subarray(expiryBytes / 2))];
      return { ends: ends as SegmentId, earned: earned as SegmentId };
    });
  },
};
const expiryBytes = 16;

export const nonceBytes = 32;

export const tables = {
  /** By the first segment that they are in force for. */
  params: table(1, [segment], record(wire.Params) as ValueCodec<Params>),
  /** Of segments with a length of their own, in order of time. */
  eras: table(2, [], record(wire.Eras) as ValueCodec<{ readonly eras: readonly StoredEra[] }>),
  /** No row before the first revision of a component. */
  ledgers: table(3, [component], record(wire.Ledger) as ValueCodec<Ledger>),
  nextRevision: table(4, [], revision),
  revisions: table(5, [revision], record(wire.Revision) as ValueCodec<Revision>),
  revisionOf: table(6, [component, segment], revision),
  /** No row where a collective had no hours. */
  shares: table(7, [collective, segment], record(wire.Share) as ValueCodec<Share>),
  /** Shares of a collective that can expire: one read, however many collectives expire at once. */
  expiring: table(15, [collective], expiries),
  claimed: table(8, [workload], here),
  /** (wallet, origin). No row where nothing is left. */
  balances: table(9, [address, collective], u64 as unknown as ValueCodec<WorkMs>),
  standings: table(10, [collective], record(wire.Standing) as ValueCodec<Standing>),
  /** (store, nonce). */
  receipts: table(11, [collective, bytes(nonceBytes)], record(wire.Receipt) as ValueCodec<Receipt>),
  guardians: table(12, [address], record(wire.Guardians) as ValueCodec<Guardians>),
  /** (wallet, guardian) -> the new key that the guardian has approved. */
  approvals: table(13, [address, address], address),
  /** (wallet, time, kind, number): statements. */
  entries: table(16, [address, time, u64, u64], record(wire.Entry) as ValueCodec<Entry>),
  /** How often a wallet has appropriated. */
  appropriations: table(17, [address], u64),
  /** Of the component's last revision (supply.ts). */
  supplies: table(18, [component], record(wire.Supply) as ValueCodec<Supply>),
  /** (origin, hex digits that lead there): the Merkle-sum trees. */
  supplyRows: table(19, [collective, pathPart], supplyRow),
  /** The account that signs for a wallet, where that is not the wallet itself. */
  keys: table(14, [address], address),
};
