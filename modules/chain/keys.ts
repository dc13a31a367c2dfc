/**
 * Layout of the store `chain`. Prefix 0 is the host's: the permanent leaf and the event log's head.
 */
import { ChainFacts, WaitingTimer } from '../../proto/generated/artel/chain/v1/state.ts';
import { here, record, table, text, u64 } from '../_kernel/tables.ts';

export const tables = {
  facts: table(1, [], record(ChainFacts)),
  modules: table(2, [text], here),
  /** (time, id) -> command: due timers are the first rows. */
  timers: table(3, [u64, u64], record(WaitingTimer)),
  nextTimerId: table(4, [], u64),
};

/** Key, in every module's store, of the permanent leaf that makes absence provable. */
export const storeVersionKey: Uint8Array = Uint8Array.of(0);

/** Key, in the store `chain`, of the event log's head. */
export const eventLogHeadKey: Uint8Array = Uint8Array.of(0, 1);
