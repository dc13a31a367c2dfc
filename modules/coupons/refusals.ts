/** The refusals of this module. Numbers never change; new ones are added last. */
import { defineRefusals } from '../_kernel/refusals.ts';

interface Said {
  readonly what: string;
}
const said = ({ what }: Said): string => what;

export const refuse = defineRefusals('coupons', {
  unknown_collective: {
    code: 2,
    sentence: (d: { readonly collective: bigint }) => `there is no collective ${d.collective}`,
    remedy: 'Check the id: artel query trust collectives lists them.',
  },
  not_the_first_member: {
    code: 3,
    sentence: (d: { readonly member: bigint; readonly first: bigint }) =>
      `the component of collective ${d.member} is named by its first member, ${d.first}`,
    remedy: 'Name the collective with the smallest id in the component.',
  },
  already_revised: {
    code: 4,
    sentence: (d: { readonly segment: bigint; readonly next: bigint }) =>
      `segment ${d.segment} is final; the next one to revise is ${d.next}`,
    remedy: 'Nothing is left to do for this segment.',
  },
  out_of_order: {
    code: 5,
    sentence: (d: { readonly segment: bigint; readonly next: bigint }) =>
      `segment ${d.segment} can't be revised before segment ${d.next}`,
    remedy: 'Revise the segments of a component in their order.',
  },
  too_early: {
    code: 6,
    sentence: (d: { readonly segment: bigint; readonly dueMs: bigint; readonly nowMs: bigint }) =>
      `segment ${d.segment} can be revised from ${d.dueMs} ms on, it is ${d.nowMs} ms`,
    remedy: 'Wait for the end of the segment and of the grace after it.',
  },
  wrong_figure: {
    code: 7,
    sentence: (d: { readonly figure: string; readonly due: bigint; readonly given: bigint }) =>
      `${d.figure} is ${d.due} ms, not ${d.given} ms`,
    remedy: 'Compute the revision again from the present state.',
  },
  unknown_workload: {
    code: 8,
    sentence: (d: { readonly workload: bigint }) => `there is no workload ${d.workload}`,
    remedy: 'Check the id of the workload.',
  },
  not_the_key: {
    code: 9,
    sentence: (d: { readonly wallet: string; readonly key: string; readonly signer: string }) =>
      `wallet ${d.wallet} is signed for by ${d.key}, not by ${d.signer}`,
    remedy: 'Sign with the key of the wallet; after a recovery, with its new one.',
  },
  workload_cancelled: {
    code: 10,
    sentence: (d: { readonly workload: bigint }) => `workload ${d.workload} has been cancelled`,
    remedy: 'Claim the workload that replaces it.',
  },
  unknown_revision: {
    code: 11,
    sentence: (d: { readonly revision: bigint }) => `there is no revision ${d.revision}`,
    remedy: 'Check the id of the revision.',
  },
  wrong_segment: {
    code: 12,
    sentence: (d: {
      readonly workload: bigint;
      readonly worked: bigint;
      readonly revision: bigint;
      readonly revised: bigint;
    }) =>
      `workload ${d.workload} is of segment ${d.worked}, revision ${d.revision} of ${d.revised}`,
    remedy: 'Name the revision of the segment in which the work was done.',
  },
  revision_of_another_component: {
    code: 13,
    sentence: (d: { readonly revision: bigint; readonly collective: bigint }) =>
      `revision ${d.revision} does not revise the hours of collective ${d.collective}`,
    remedy: 'Name the revision of the component that the collective was in.',
  },
  already_claimed: {
    code: 14,
    sentence: (d: { readonly workload: bigint }) => `workload ${d.workload} has been claimed`,
    remedy: 'Nothing is left to claim: its coupons are in the balance of the wallet.',
  },
  coupons_expired: {
    code: 15,
    sentence: (d: { readonly workload: bigint; readonly segment: bigint }) =>
      `what workload ${d.workload} could claim of segment ${d.segment} has expired`,
    remedy: 'Claim within the number of segments that the parameters give.',
  },
  zero_amount: {
    code: 16,
    sentence: () => 'an appropriation deletes more than 0 ms',
    remedy: 'Give an amount above 0; goods priced 0 need no coupons.',
  },
  invalid_nonce: {
    code: 17,
    sentence: (d: { readonly length: number }) => `the nonce has ${d.length} bytes, not 32`,
    remedy: 'Draw 32 bytes at random for each appropriation.',
  },
  not_a_store: {
    code: 18,
    sentence: (d: { readonly collective: bigint }) =>
      `collective ${d.collective} does not hand out to individuals (C2I)`,
    remedy: 'Appropriate at a C2I collective.',
  },
  nonce_used: {
    code: 19,
    sentence: (d: { readonly store: bigint }) => `the nonce has been used at store ${d.store}`,
    remedy: 'Draw a new nonce: each receipt counts once.',
  },
  insufficient_coupons: {
    code: 20,
    sentence: (d: { readonly wallet: string; readonly has: bigint; readonly needs: bigint }) =>
      `wallet ${d.wallet} has ${d.has} ms of coupons, not ${d.needs} ms`,
    remedy: 'Claim finalised workloads first, or appropriate less.',
  },
  other_origin: {
    code: 21,
    sentence: (d: { readonly store: bigint; readonly usable: bigint; readonly needs: bigint }) =>
      `of the wallet's coupons ${d.usable} ms are valid at store ${d.store}, not ${d.needs} ms`,
    remedy: 'Coupons are valid only where weak trust leads to the collective they come from.',
  },
  invalid_guardians: {
    code: 22,
    sentence: said,
    remedy: 'Name up to 16 other accounts, each once, and how many of them must agree.',
  },
  not_a_guardian: {
    code: 23,
    sentence: (d: { readonly account: string; readonly wallet: string }) =>
      `${d.account} is no guardian of wallet ${d.wallet}`,
    remedy: 'Only the guardians that the wallet has named can approve a recovery.',
  },
  already_the_key: {
    code: 24,
    sentence: (d: { readonly wallet: string; readonly key: string }) =>
      `wallet ${d.wallet} is signed for by ${d.key} already`,
    remedy: 'Name a new account.',
  },
  already_approved: {
    code: 25,
    sentence: (d: { readonly guardian: string; readonly key: string }) =>
      `${d.guardian} has approved ${d.key} already`,
    remedy: 'Wait for the other guardians.',
  },
  malformed_parameters: {
    code: 26,
    sentence: said,
    remedy: 'Give an object like {"graceMs": "172800000", "expirySegments": "0"}.',
  },
  in_grace: {
    code: 27,
    sentence: (d: {
      readonly component: bigint;
      readonly segment: bigint;
      readonly untilMs: bigint;
    }) =>
      `component ${d.component} can't change in the grace of segment ${d.segment}, ` +
      `until ${d.untilMs} ms`,
    remedy: 'Wait for the end of the grace: then the segment is revised first.',
  },
});
