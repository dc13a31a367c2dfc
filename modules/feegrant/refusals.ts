/** The Cosmos SDK's codes of its module feegrant (`x/feegrant/errors.go`), which wallets know. */
import { defineRefusals } from '../_kernel/refusals.ts';

export const refusals = defineRefusals('feegrant', {
  fee_limit_exceeded: {
    code: 2,
    sentence: (o: {
      readonly granter: string;
      readonly fee: bigint;
      readonly left: bigint;
      readonly period: boolean;
    }) =>
      `the fee of ${o.fee}uhub is more than the ${o.left}uhub that ${o.granter} still allows` +
      `${o.period ? ' in this period' : ''}: fee limit exceeded`,
    remedy: 'Lower the fee, wait for the next period, or ask the granter for more.',
  },
  fee_limit_expired: {
    code: 3,
    sentence: ({ granter, expiredMs }: { readonly granter: string; readonly expiredMs: bigint }) =>
      `the allowance of ${granter} ended at ${expiredMs} ms: fee allowance expired`,
    remedy: 'Ask the granter for another one.',
  },
  invalid_duration: {
    code: 4,
    sentence: ({ what }: { readonly what: string }) => `${what}: invalid duration`,
    remedy: 'Give a period of at least 1 ms and an end that lies ahead.',
  },
  no_allowance: {
    code: 5,
    sentence: ({ granter, grantee }: { readonly granter: string; readonly grantee: string }) =>
      `${granter} does not allow to pay fees for ${grantee}: no allowance`,
    remedy: 'Ask for an allowance, or pay the fee without a granter.',
  },
  no_messages: {
    code: 6,
    sentence: () => 'an allowance for certain messages names none: allowed messages are empty',
    remedy: 'Name the messages, or grant without this limit.',
  },
  message_not_allowed: {
    code: 7,
    sentence: ({ granter, message }: { readonly granter: string; readonly message: string }) =>
      `the allowance of ${granter} does not pay for ${message}: message not allowed`,
    remedy: 'Send it without a granter, or ask for an allowance that covers it.',
  },
});
