/** The module's own refusals, numbered for good. Admission uses the Cosmos SDK's codes. */
import { defineRefusals } from '../_kernel/refusals.ts';

export const refusals = defineRefusals('accounts', {
  malformed_parameters: {
    code: 2,
    sentence: ({ problem }: { readonly problem: string }) => problem,
    remedy: 'Give a JSON object of parameters with decimal texts.',
  },
});
