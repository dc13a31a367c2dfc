/** The refusals of this module. Numbers never change; new ones are added last. */
import { defineRefusals } from '../_kernel/refusals.ts';
import type { CollectiveId } from './types.ts';

interface Said {
  readonly problem: string;
}
interface Statement {
  readonly from: CollectiveId;
  readonly to: CollectiveId;
}

export const refuse = defineRefusals('trust', {
  invalid_name: {
    code: 2,
    sentence: ({ problem }: Said) => `the name ${problem}`,
    remedy: 'Choose a name of 1 to 64 bytes of visible text.',
  },
  invalid_kind: {
    code: 3,
    sentence: ({ kind }: { readonly kind: number }) => `kind ${kind} is neither loose nor steady`,
    remedy: 'Give the kind as KIND_LOOSE (1) or KIND_STEADY (2).',
  },
  invalid_consumption: {
    code: 4,
    sentence: ({ consumption }: { readonly consumption: number }) =>
      `consumption ${consumption} is neither C2C nor C2I`,
    remedy: 'Give the consumption as CONSUMPTION_C2C (1) or CONSUMPTION_C2I (2).',
  },
  invalid_description_hash: {
    code: 5,
    sentence: ({ length }: { readonly length: number }) =>
      `the description hash has ${length} bytes, not 0 or 32`,
    remedy: 'Give the SHA-256 of the description, or leave it empty.',
  },
  nothing_to_update: {
    code: 6,
    sentence: ({ collective }: { readonly collective: CollectiveId }) =>
      `collective ${collective} already is as the message says`,
    remedy: 'Name at least one field that changes.',
  },
  self_trust: {
    code: 7,
    sentence: ({ from }: Statement) => `collective ${from} can't sign trust with itself`,
    remedy: 'Name two different collectives; each trusts itself without a signature.',
  },
  unknown_collective: {
    code: 8,
    sentence: ({ collective }: { readonly collective: CollectiveId }) =>
      `there is no collective ${collective}`,
    remedy: 'Check the id: artel query trust collectives lists them.',
  },
  not_the_owner: {
    code: 9,
    sentence: (d: {
      readonly collective: CollectiveId;
      readonly owner: string;
      readonly signer: string;
    }) => `collective ${d.collective} is signed for by ${d.owner}, not by ${d.signer}`,
    remedy: 'Sign with the key of its owner.',
  },
  already_trusted: {
    code: 10,
    sentence: ({ from, to }: Statement) => `collectives ${from} and ${to} trust each other already`,
    remedy: 'Nothing is left to sign. To end the trust, cancel it.',
  },
  trust_cancelled: {
    code: 11,
    sentence: (d: Statement & { readonly endsAtMs: bigint }) =>
      `the trust between ${d.from} and ${d.to} is cancelled and ends at ${d.endsAtMs} ms`,
    remedy: 'Wait for the end of the notice; after it both may sign anew.',
  },
  already_signed: {
    code: 12,
    sentence: ({ from, to }: Statement) => `collective ${from} has signed for ${to} already`,
    remedy: 'Wait for the signature of the other side, or withdraw yours.',
  },
  not_signed: {
    code: 13,
    sentence: ({ from, to }: Statement) =>
      `collective ${from} has no unanswered signature for ${to}`,
    remedy: 'Only a signature without an answer is withdrawn; trust of both sides is cancelled.',
  },
  not_trusted: {
    code: 14,
    sentence: ({ from, to }: Statement) => `there is no strong trust between ${from} and ${to}`,
    remedy: 'Only what both have signed is cancelled; a single signature is withdrawn.',
  },
  malformed_parameters: {
    code: 15,
    sentence: ({ problem }: Said) => problem,
    remedy: 'Give an object like {"noticeMs": "2419200000"}, at most ten years.',
  },
});
