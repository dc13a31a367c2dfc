/** Layout of the store `bank`. */
import { address, table, u64 } from '../_kernel/tables.ts';

export const tables = {
  /** uhub; a balance of 0 has no row. */
  balances: table(1, [address], u64),
  /** uhub: the sum of the balances. */
  supply: table(2, [], u64),
};
