/** Layout of the store `accounts`. */
import { Account, Parameters } from '../../proto/generated/artel/accounts/v1/state.ts';
import { address, record, table, u64 } from '../_kernel/tables.ts';

export const tables = {
  accounts: table(1, [address], record(Account)),
  /** Number of the account that is opened next. */
  nextNumber: table(2, [], u64),
  parameters: table(3, [], record(Parameters)),
};
