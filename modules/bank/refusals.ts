/**
 * The module's own refusals, numbered for good; conditions of any bank have the Cosmos SDK's codes.
 */
import { defineRefusals } from '../_kernel/refusals.ts';

export const refusals = defineRefusals('bank', {
  no_inputs: {
    code: 2,
    sentence: () => 'the transfer has no input',
    remedy: 'Give exactly one input.',
  },
  multiple_senders: {
    code: 3,
    sentence: ({ inputs }: { readonly inputs: number }) => `${inputs} inputs, only 1 is allowed`,
    remedy: 'Send one transaction a sender.',
  },
  no_outputs: {
    code: 4,
    sentence: () => 'the transfer has no output',
    remedy: 'Give at least one output.',
  },
  input_output_mismatch: {
    code: 5,
    sentence: ({ input, outputs }: { readonly input: bigint; readonly outputs: bigint }) =>
      `sum inputs != sum outputs: ${input}uhub and ${outputs}uhub`,
    remedy: 'Make the outputs add up to the input.',
  },
});
