/** Messages of trust: bytes on the wire to commands, parsed once; and their amino JSON. */
import * as wire from '../../proto/generated/artel/trust/v1/tx.ts';
import { isAddress, parseAddress } from '../_kernel/address.ts';
import { assert } from '../_kernel/assert.ts';
import type { Tagged } from '../_kernel/decider.ts';
import { toBase64 } from '../_kernel/json.ts';
import { type MessageWire, parsed } from '../_kernel/module.ts';
import { nameProblem } from '../_kernel/names.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { refuse } from './refusals.ts';
import {
  Consumption,
  collectiveId,
  type FoundCollective,
  Kind,
  type Profile,
  type Statement,
  type TrustCommand,
  type TrustEvent,
  type UpdateCollective,
} from './types.ts';

const nameBytes = 64;
const hashBytes = 32;

const foundCollective: MessageWire<wire.MsgFoundCollective, FoundCollective> = {
  typeUrl: '/artel.trust.v1.MsgFoundCollective',
  codec: wire.MsgFoundCollective,
  aminoType: 'artel/trust/MsgFoundCollective',
  toAmino: (m) => ({
    ...(m.founder === '' ? {} : { founder: m.founder }),
    ...(m.name === '' ? {} : { name: m.name }),
    ...(m.kind === Kind.UNSPECIFIED ? {} : { kind: m.kind }),
    ...(m.consumption === Consumption.UNSPECIFIED ? {} : { consumption: m.consumption }),
    ...(m.descriptionHash.length === 0 ? {} : { description_hash: toBase64(m.descriptionHash) }),
  }),
  signers: ({ founder }) => [founder],
  parse({ founder, name, kind, consumption, descriptionHash }) {
    const account = parseAddress(founder);
    if (!isAddress(account)) return invalidAddress('founder', account.problem);
    const profile = { name, kind, consumption, descriptionHash };
    const problem = profileProblem(profile);
    if (problem !== undefined) return problem;
    return parsed({ type: 'FoundCollective', founder: account, ...profile });
  },
  weight: 20_000n,
  responseUrl: '/artel.trust.v1.MsgFoundCollectiveResponse',
  respond(events) {
    const { collective } = firstOf(events, 'CollectiveFounded');
    return wire.MsgFoundCollectiveResponse.encode({ collective }).finish();
  },
};

const updateCollective: MessageWire<wire.MsgUpdateCollective, UpdateCollective> = {
  typeUrl: '/artel.trust.v1.MsgUpdateCollective',
  codec: wire.MsgUpdateCollective,
  aminoType: 'artel/trust/MsgUpdateCollective',
  toAmino: (m) => ({
    ...(m.signer === '' ? {} : { signer: m.signer }),
    ...aminoId('collective', m.collective),
    ...(m.name === undefined ? {} : { name: m.name }),
    ...(m.kind === undefined ? {} : { kind: m.kind }),
    ...(m.consumption === undefined ? {} : { consumption: m.consumption }),
    ...(m.descriptionHash === undefined ? {} : { description_hash: toBase64(m.descriptionHash) }),
    ...(m.owner === undefined ? {} : { owner: m.owner }),
  }),
  signers: ({ signer }) => [signer],
  parse({ signer, collective, owner, ...changes }) {
    const account = parseAddress(signer);
    if (!isAddress(account)) return invalidAddress('signer', account.problem);
    const nextOwner = owner === undefined ? undefined : parseAddress(owner);
    if (nextOwner !== undefined && !isAddress(nextOwner)) {
      return invalidAddress('owner', nextOwner.problem);
    }
    const profile = given(changes);
    const problem = profileProblem(profile);
    if (problem !== undefined) return problem;
    return parsed({
      type: 'UpdateCollective',
      signer: account,
      collective: collectiveId(collective),
      ...profile,
      ...(nextOwner === undefined ? {} : { owner: nextOwner }),
    });
  },
  weight: 10_000n,
  responseUrl: '/artel.trust.v1.MsgUpdateCollectiveResponse',
};

/** The three messages by which one collective speaks about another have one shape. */
function statement(
  name: string,
  codec: ProtoCodec<wire.MsgSignTrust>,
  command: (statement: Statement) => TrustCommand,
  respond?: (events: readonly Tagged[]) => Uint8Array,
): MessageWire<wire.MsgSignTrust, TrustCommand> {
  return {
    typeUrl: `/artel.trust.v1.${name}`,
    codec,
    aminoType: `artel/trust/${name}`,
    toAmino: (m) => ({
      ...(m.signer === '' ? {} : { signer: m.signer }),
      ...aminoId('from', m.from),
      ...aminoId('to', m.to),
    }),
    signers: ({ signer }) => [signer],
    parse({ signer, from, to }) {
      const account = parseAddress(signer);
      if (!isAddress(account)) return invalidAddress('signer', account.problem);
      return parsed(command({ signer: account, from: collectiveId(from), to: collectiveId(to) }));
    },
    weight: 10_000n,
    responseUrl: `/artel.trust.v1.${name}Response`,
    ...(respond === undefined ? {} : { respond }),
  };
}

const signTrust = statement(
  'MsgSignTrust',
  wire.MsgSignTrust,
  (said) => ({ type: 'SignTrust', ...said }),
  (events) => {
    const established = events.some(({ type }) => type === 'TrustEstablished');
    return wire.MsgSignTrustResponse.encode({ established }).finish();
  },
);

const withdrawSignature = statement('MsgWithdrawSignature', wire.MsgWithdrawSignature, (said) => ({
  type: 'WithdrawSignature',
  ...said,
}));

const cancelTrust = statement(
  'MsgCancelTrust',
  wire.MsgCancelTrust,
  (said) => ({ type: 'CancelTrust', ...said }),
  (events) => {
    const { endsAtMs } = firstOf(events, 'TrustCancelled');
    return wire.MsgCancelTrustResponse.encode({ endsAtMs }).finish();
  },
);

// biome-ignore lint/suspicious/noExplicitAny: each message has a type of its own.
export const messages: readonly MessageWire<any, TrustCommand>[] = [
  foundCollective,
  updateCollective,
  signTrust,
  withdrawSignature,
  cancelTrust,
];

/** What is wrong with the fields that are given. */
function profileProblem(profile: Partial<Profile>): Refusal | undefined {
  const { name, kind, consumption, descriptionHash } = profile;
  const problem = name === undefined ? undefined : collectiveNameProblem(name);
  if (problem !== undefined) return refuse.invalid_name({ problem });
  if (kind !== undefined && kind !== Kind.LOOSE && kind !== Kind.STEADY) {
    return refuse.invalid_kind({ kind });
  }
  if (
    consumption !== undefined &&
    consumption !== Consumption.C2C &&
    consumption !== Consumption.C2I
  ) {
    return refuse.invalid_consumption({ consumption });
  }
  const length = descriptionHash?.length ?? 0;
  if (length !== 0 && length !== hashBytes) return refuse.invalid_description_hash({ length });
  return undefined;
}

/** Why a text is no collective's name, in words that end a sentence. */
export function collectiveNameProblem(name: string): string | undefined {
  return nameProblem(name, nameBytes);
}

function given(
  changes: {
    readonly [Field in keyof Profile]?: Profile[Field] | undefined;
  },
): Partial<Profile> {
  const { name, kind, consumption, descriptionHash } = changes;
  return {
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
    ...(consumption === undefined ? {} : { consumption }),
    ...(descriptionHash === undefined ? {} : { descriptionHash }),
  };
}

function aminoId(name: string, id: bigint): Readonly<Record<string, string>> {
  return id === 0n ? {} : { [name]: id.toString() };
}

function invalidAddress(field: string, problem: string): Refusal {
  return sdk.invalid_address({ what: `${field} ${problem}` });
}

function firstOf<Type extends TrustEvent['type']>(
  events: readonly Tagged[],
  type: Type,
): Extract<TrustEvent, { readonly type: Type }> {
  const event = (events as readonly TrustEvent[]).find((other) => other.type === type);
  assert(event !== undefined, `a decision without ${type}`);
  return event as Extract<TrustEvent, { readonly type: Type }>;
}
