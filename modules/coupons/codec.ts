/** Messages of coupons: bytes on the wire to commands, parsed once; and their amino JSON. */
import * as wire from '../../proto/generated/artel/coupons/v1/tx.ts';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import { assert } from '../_kernel/assert.ts';
import type { Tagged } from '../_kernel/decider.ts';
import { toBase64 } from '../_kernel/json.ts';
import { type MessageWire, parsed, type Unsigned } from '../_kernel/module.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { workMs } from '../_kernel/units.ts';
import { nonceBytes } from './keys.ts';
import { refuse } from './refusals.ts';
import { dueRevision, messageOf, wrongFigure } from './revise.ts';
import {
  type Appropriate,
  type ApproveRecovery,
  type Claim,
  type CouponCommand,
  type CouponEvent,
  collectiveId,
  type FinalRevision,
  revisionId,
  type SetGuardians,
  segmentId,
  workloadId,
} from './types.ts';

const mostGuardians = 16;

/** Nobody signs it and nobody pays for it: each (component, segment) has exactly one. */
export const finalRevision: MessageWire<wire.MsgFinalRevision, FinalRevision> & {
  readonly unsigned: Unsigned<FinalRevision>;
} = {
  typeUrl: '/artel.coupons.v1.MsgFinalRevision',
  codec: wire.MsgFinalRevision,
  aminoType: 'artel/coupons/MsgFinalRevision',
  toAmino: (m) => ({
    ...aminoNumber('member', m.member),
    ...aminoNumber('segment', m.segment),
    ...aminoNumber('a', m.a),
    ...aminoNumber('c', m.c),
    ...aminoNumber('w', m.w),
    ...aminoNumber('debt_before', m.debtBefore),
    ...aminoNumber('net', m.net),
    ...aminoNumber('debt_after', m.debtAfter),
  }),
  signers: () => [],
  parse: ({ member, segment, a, c, w, debtBefore, net, debtAfter }) =>
    parsed({
      type: 'FinalRevision',
      member: collectiveId(member),
      segment: segmentId(segment),
      a,
      c,
      w,
      debtBefore,
      net,
      debtAfter,
    }),
  weight: 20_000n,
  responseUrl: '/artel.coupons.v1.MsgFinalRevisionResponse',
  respond(events) {
    const { revision } = firstOf(events, 'SegmentRevised').revision;
    return wire.MsgFinalRevisionResponse.encode({ revision }).finish();
  },
  unsigned: {
    gasLimit: 2_500_000n,
    mostInBlock: 20,
    subject: ({ member, segment }) => `${member}/${segment}`,
    due(view, command, context, ports) {
      const found = dueRevision(view, ports, command, context.timeMs);
      return found.ok ? parsed(messageOf(found.next)) : found;
    },
    differs: wrongFigure,
  },
};

const claim: MessageWire<wire.MsgClaim, Claim> = {
  typeUrl: '/artel.coupons.v1.MsgClaim',
  codec: wire.MsgClaim,
  aminoType: 'artel/coupons/MsgClaim',
  toAmino: (m) => ({
    ...aminoText('signer', m.signer),
    ...aminoNumber('workload', m.workload),
    ...aminoNumber('revision', m.revision),
  }),
  signers: ({ signer }) => [signer],
  parse({ signer, workload, revision }) {
    const account = parseAddress(signer);
    if (!isAddress(account)) return invalidAddress('signer', account.problem);
    return parsed({
      type: 'Claim',
      signer: account,
      workload: workloadId(workload),
      revision: revisionId(revision),
    });
  },
  weight: 10_000n,
  responseUrl: '/artel.coupons.v1.MsgClaimResponse',
  respond(events) {
    const { amountMs } = firstOf(events, 'CouponsClaimed');
    return wire.MsgClaimResponse.encode({ amountMs }).finish();
  },
};

const appropriate: MessageWire<wire.MsgAppropriate, Appropriate> = {
  typeUrl: '/artel.coupons.v1.MsgAppropriate',
  codec: wire.MsgAppropriate,
  aminoType: 'artel/coupons/MsgAppropriate',
  toAmino: (m) => ({
    ...aminoText('signer', m.signer),
    ...aminoText('wallet', m.wallet),
    ...aminoNumber('store', m.store),
    ...aminoNumber('amount_ms', m.amountMs),
    ...(m.nonce.length === 0 ? {} : { nonce: toBase64(m.nonce) }),
  }),
  signers: ({ signer }) => [signer],
  parse({ signer, wallet, store, amountMs, nonce }) {
    const named = addresses({ signer, wallet });
    if (!named.ok) return named;
    if (amountMs === 0n) return refuse.zero_amount();
    if (nonce.length !== nonceBytes) return refuse.invalid_nonce({ length: nonce.length });
    return parsed({
      type: 'Appropriate',
      ...named.accounts,
      store: collectiveId(store),
      amountMs: workMs(amountMs),
      nonce,
    });
  },
  weight: 10_000n,
  responseUrl: '/artel.coupons.v1.MsgAppropriateResponse',
};

const setGuardians: MessageWire<wire.MsgSetGuardians, SetGuardians> = {
  typeUrl: '/artel.coupons.v1.MsgSetGuardians',
  codec: wire.MsgSetGuardians,
  aminoType: 'artel/coupons/MsgSetGuardians',
  toAmino: (m) => ({
    ...aminoText('signer', m.signer),
    ...aminoText('wallet', m.wallet),
    ...(m.guardians.length === 0 ? {} : { guardians: m.guardians }),
    ...(m.threshold === 0 ? {} : { threshold: m.threshold }),
  }),
  signers: ({ signer }) => [signer],
  parse({ signer, wallet, guardians: texts, threshold }) {
    const named = addresses({ signer, wallet });
    if (!named.ok) return named;
    const what = guardiansProblem(signer, wallet, texts, threshold);
    if (what !== undefined) return refuse.invalid_guardians({ what });
    const guardians: Address[] = [];
    for (const text of texts) {
      const guardian = parseAddress(text);
      if (!isAddress(guardian)) return invalidAddress('guardian', guardian.problem);
      guardians.push(guardian);
    }
    guardians.sort(byText);
    return parsed({ type: 'SetGuardians', ...named.accounts, guardians, threshold });
  },
  weight: 10_000n,
  responseUrl: '/artel.coupons.v1.MsgSetGuardiansResponse',
};

const approveRecovery: MessageWire<wire.MsgApproveRecovery, ApproveRecovery> = {
  typeUrl: '/artel.coupons.v1.MsgApproveRecovery',
  codec: wire.MsgApproveRecovery,
  aminoType: 'artel/coupons/MsgApproveRecovery',
  toAmino: (m) => ({
    ...aminoText('guardian', m.guardian),
    ...aminoText('wallet', m.wallet),
    ...aminoText('new_key', m.newKey),
  }),
  signers: ({ guardian }) => [guardian],
  parse({ guardian, wallet, newKey }) {
    const named = addresses({ guardian, wallet, newKey });
    if (!named.ok) return named;
    return parsed({ type: 'ApproveRecovery', ...named.accounts });
  },
  weight: 10_000n,
  responseUrl: '/artel.coupons.v1.MsgApproveRecoveryResponse',
  respond(events) {
    const recovered = events.some(({ type }) => type === 'WalletRecovered');
    return wire.MsgApproveRecoveryResponse.encode({ recovered }).finish();
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each message has a type of its own.
export const messages: readonly MessageWire<any, CouponCommand>[] = [
  finalRevision,
  claim,
  appropriate,
  setGuardians,
  approveRecovery,
];

/** What is wrong with a set of guardians; an empty one with threshold 0 takes all back. */
function guardiansProblem(
  signer: string,
  wallet: string,
  guardians: readonly string[],
  threshold: number,
): string | undefined {
  const { length } = guardians;
  if (length > mostGuardians) return `${length} guardians are more than ${mostGuardians}`;
  const twice = guardians.find((guardian, index) => guardians.indexOf(guardian) !== index);
  if (twice !== undefined) return `guardian ${twice} is named twice`;
  const own = guardians.find((guardian) => guardian === wallet || guardian === signer);
  if (own !== undefined) return `the wallet's own key ${own} is no guardian`;
  const least = length === 0 ? 0 : 1;
  if (threshold >= least && threshold <= length) return undefined;
  return `threshold ${threshold} is not ${least} to ${length}, the number of guardians`;
}

/** Order of code units: that of the bytes, as bech32 is ASCII. */
function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}

/** Parses each field; refuses the first that is no address, by its name. */
function addresses<Name extends string>(
  fields: Readonly<Record<Name, string>>,
): { readonly ok: true; readonly accounts: Readonly<Record<Name, Address>> } | Refusal {
  const accounts: [string, Address][] = [];
  for (const [name, text] of Object.entries<string>(fields)) {
    const account = parseAddress(text);
    if (!isAddress(account)) return invalidAddress(name, account.problem);
    accounts.push([name, account]);
  }
  return { ok: true, accounts: Object.fromEntries(accounts) as Record<Name, Address> };
}

function aminoNumber(name: string, value: bigint): Readonly<Record<string, string>> {
  return value === 0n ? {} : { [name]: value.toString() };
}

function aminoText(name: string, value: string): Readonly<Record<string, string>> {
  return value === '' ? {} : { [name]: value };
}

function invalidAddress(field: string, problem: string): Refusal {
  return sdk.invalid_address({ what: `${field} ${problem}` });
}

function firstOf<Type extends CouponEvent['type']>(
  events: readonly Tagged[],
  type: Type,
): Extract<CouponEvent, { readonly type: Type }> {
  const event = (events as readonly CouponEvent[]).find((other) => other.type === type);
  assert(event !== undefined, `a decision without ${type}`);
  return event as Extract<CouponEvent, { readonly type: Type }>;
}
