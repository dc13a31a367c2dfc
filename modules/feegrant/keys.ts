/** Layout of the store `feegrant`. */
import { Allowance } from '../../proto/generated/artel/feegrant/v1/state.ts';
import { address, here, record, table } from '../_kernel/tables.ts';

export const tables = {
  /** (grantee, granter): what is asked for with every transaction. */
  allowances: table(1, [address, address], record(Allowance)),
  /** (granter, grantee): the same by granter. */
  granted: table(2, [address, address], here),
};
