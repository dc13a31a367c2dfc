/** Layout of the store `validators`. Keys of 20 bytes are consensus addresses or owners, raw. */
import * as wire from '../../proto/generated/artel/validators/v1/state.ts';
import { address, bytes, record, table, u64, type ValueCodec } from '../_kernel/tables.ts';
import type { Height, TimeMs, Uhub } from '../_kernel/units.ts';
import type { Change, Validator } from './types.ts';

export interface Unbonding {
  readonly amountUhub: Uhub;
  readonly begunHeight: Height;
  readonly begunMs: TimeMs;
  readonly dueMs: TimeMs;
}

const stored = record(wire.Validator);

/** Written by this codec alone, so a stored stage is one of the four. */
const validator: ValueCodec<Validator> = {
  encode: (value) => stored.encode({ jailedUntilMs: 0n, ...value }),
  decode(raw) {
    const { jailedUntilMs, ...standing } = stored.decode(raw);
    return (standing.stage === 'jailed' ? { ...standing, jailedUntilMs } : standing) as Validator;
  },
};

const flag: ValueCodec<boolean> = {
  encode: (value) => Uint8Array.of(value ? 1 : 0),
  decode: (raw) => raw[0] === 1,
};

export const tables = {
  parameters: table(1, [], record(wire.Parameters)),
  /** By owner. Rows stay for good. */
  validators: table(2, [address], validator),
  /** Consensus address -> owner. Rows stay for good: a key never returns. */
  owners: table(3, [bytes(20)], address),
  /** (power, owner) -> public key: those with power, the strongest last. */
  ranking: table(4, [u64, bytes(20)], bytes(32)),
  /** Public key -> power, as consensus was told last. */
  told: table(5, [bytes(32)], u64),
  /** Owners of the condemned: at most one. */
  condemned: table(6, [address], flag),
  /** (consensus address, height): missed blocks on record. */
  misses: table(7, [bytes(20), u64], flag),
  /** (owner, id). */
  unbondings: table(8, [address, u64], record(wire.Unbonding) as ValueCodec<Unbonding>),
  nextUnbonding: table(9, [], u64),
  /** uhub: the sum of the bonds. */
  bonded: table(10, [], u64),
  changes: table(11, [u64], record(wire.Change) as ValueCodec<Change>),
  nextChange: table(12, [], u64),
  /** (change, voter) -> yes, while the change is open. */
  votes: table(13, [u64, address], flag),
  /** Proposer -> its open change. */
  openChanges: table(14, [address], u64),
  plannedUpgrade: table(15, [], record(wire.PlannedUpgrade)),
};
