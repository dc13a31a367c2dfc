/**
 * Messages of validators: bytes -> commands, once; and the proof that a key belongs to its
 * registrant.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import * as wire from '../../proto/generated/artel/validators/v1/tx.ts';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import type { Tagged } from '../_kernel/decider.ts';
import { toBase64 } from '../_kernel/json.ts';
import { type MessageWire, type Parsed, parsed } from '../_kernel/module.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import { type Uhub, uhub } from '../_kernel/units.ts';
import { refusals } from './refusals.ts';
import type {
  Bond,
  ChangeProposed,
  ProposeChange,
  RegisterValidator,
  Unbond,
  UnbondingBegun,
  Unjail,
  ValidatorsCommand,
  VoteChange,
} from './types.ts';

/** Bytes. */
const keyLength = 32;
const proofLength = 64;
const longestSummary = 280;
const longestJson = 10_000;

/** What the consensus key signs, so that nobody registers a key that is another's. */
export function registrationBytes(chainId: string, owner: string): Uint8Array {
  return new TextEncoder().encode(`artel/validators/register/1\n${chainId}\n${owner}`);
}

/** Strict ed25519 (RFC 8032, no small-order keys). Anything that can't be checked is no proof. */
export function hasProof(chainId: string, { owner, pubKey, proof }: RegisterValidator): boolean {
  try {
    return ed25519.verify(proof, registrationBytes(chainId, owner), pubKey, { zip215: false });
  } catch {
    return false;
  }
}

const registerValidator: MessageWire<wire.MsgRegisterValidator, RegisterValidator> = {
  ...named('RegisterValidator', wire.MsgRegisterValidator),
  toAmino: ({ owner, pubKey, proof, bondUhub }) => ({
    ...filled('owner', owner),
    ...filled('pub_key', pubKey),
    ...filled('proof', proof),
    ...filled('bond_uhub', bondUhub),
  }),
  signers: ({ owner }) => [owner],
  parse({ owner: text, pubKey, proof, bondUhub: amount }): Parsed<RegisterValidator> {
    const owner = addressIn('owner', text);
    if (isRefusal(owner)) return owner;
    if (pubKey.length !== keyLength) return badLength('pub_key', pubKey.length, keyLength);
    if (proof.length !== proofLength) return badLength('proof', proof.length, proofLength);
    const bondUhub = positive('bond_uhub', amount);
    if (isRefusal(bondUhub)) return bondUhub;
    return parsed({ type: 'RegisterValidator', owner, pubKey, proof, bondUhub });
  },
  weight: 100_000n,
};

const bond: MessageWire<wire.MsgBond, Bond> = {
  ...named('Bond', wire.MsgBond),
  toAmino: ({ owner, amountUhub }) => ({
    ...filled('owner', owner),
    ...filled('amount_uhub', amountUhub),
  }),
  signers: ({ owner }) => [owner],
  parse({ owner: text, amountUhub: amount }): Parsed<Bond> {
    const owner = addressIn('owner', text);
    if (isRefusal(owner)) return owner;
    const amountUhub = positive('amount_uhub', amount);
    if (isRefusal(amountUhub)) return amountUhub;
    return parsed({ type: 'Bond', owner, amountUhub });
  },
  weight: 5_000n,
};

const unbond: MessageWire<wire.MsgUnbond, Unbond> = {
  ...named('Unbond', wire.MsgUnbond),
  toAmino: ({ owner, amountUhub }) => ({
    ...filled('owner', owner),
    ...filled('amount_uhub', amountUhub),
  }),
  signers: ({ owner }) => [owner],
  parse({ owner: text, amountUhub: amount }): Parsed<Unbond> {
    const owner = addressIn('owner', text);
    if (isRefusal(owner)) return owner;
    const amountUhub = positive('amount_uhub', amount);
    if (isRefusal(amountUhub)) return amountUhub;
    return parsed({ type: 'Unbond', owner, amountUhub });
  },
  weight: 10_000n,
  respond(events) {
    const begun = events.find(isUnbondingBegun);
    return wire.MsgUnbondResponse.encode({
      id: begun?.id ?? 0n,
      dueMs: begun?.dueMs ?? 0n,
    }).finish();
  },
};

const unjail: MessageWire<wire.MsgUnjail, Unjail> = {
  ...named('Unjail', wire.MsgUnjail),
  toAmino: ({ owner }) => filled('owner', owner),
  signers: ({ owner }) => [owner],
  parse({ owner: text }): Parsed<Unjail> {
    const owner = addressIn('owner', text);
    if (isRefusal(owner)) return owner;
    return parsed({ type: 'Unjail', owner });
  },
  weight: 5_000n,
};

const proposeChange: MessageWire<wire.MsgProposeChange, ProposeChange> = {
  ...named('ProposeChange', wire.MsgProposeChange),
  toAmino: ({ proposer, summary, parameters, upgrade }) => ({
    ...filled('proposer', proposer),
    ...filled('summary', summary),
    ...(parameters === undefined ? {} : { parameters: aminoParameters(parameters) }),
    ...(upgrade === undefined ? {} : { upgrade: aminoUpgrade(upgrade) }),
  }),
  signers: ({ proposer }) => [proposer],
  parse({ proposer: text, summary, parameters, upgrade }): Parsed<ProposeChange> {
    const proposer = addressIn('proposer', text);
    if (isRefusal(proposer)) return proposer;
    const summaryBytes = new TextEncoder().encode(summary).length;
    if (summaryBytes > longestSummary) {
      return malformed(`the summary has ${summaryBytes} bytes, more than ${longestSummary}`);
    }
    const facts = { type: 'ProposeChange', proposer, summary } as const;
    if (parameters !== undefined && upgrade === undefined) {
      const { length } = parameters.json;
      if (length > longestJson)
        return malformed(`the JSON has ${length} characters, more than ${longestJson}`);
      return parsed({ ...facts, parameters, upgrade });
    }
    if (parameters === undefined && upgrade !== undefined) {
      if (upgrade.appVersion === 0n) return malformed('the upgrade has the application version 0');
      return parsed({ ...facts, parameters, upgrade });
    }
    return malformed('exactly one of parameters and upgrade is due');
  },
  weight: 20_000n,
  respond(events) {
    const proposed = events.find(isChangeProposed);
    return wire.MsgProposeChangeResponse.encode({ change: proposed?.change ?? 0n }).finish();
  },
};

const voteChange: MessageWire<wire.MsgVoteChange, VoteChange> = {
  ...named('VoteChange', wire.MsgVoteChange),
  toAmino: ({ voter, change, yes }) => ({
    ...filled('voter', voter),
    ...filled('change', change),
    ...(yes ? { yes } : {}),
  }),
  signers: ({ voter }) => [voter],
  parse({ voter: text, change, yes }): Parsed<VoteChange> {
    const voter = addressIn('voter', text);
    if (isRefusal(voter)) return voter;
    return parsed({ type: 'VoteChange', voter, change, yes });
  },
  weight: 10_000n,
};

// biome-ignore lint/suspicious/noExplicitAny: each message has a type of its own.
export const messages: readonly MessageWire<any, ValidatorsCommand>[] = [
  registerValidator,
  bond,
  unbond,
  unjail,
  proposeChange,
  voteChange,
];

function named<C>(name: string, codec: C) {
  return {
    typeUrl: `/artel.validators.v1.Msg${name}`,
    codec,
    aminoType: `artel/validators/Msg${name}`,
    responseUrl: `/artel.validators.v1.Msg${name}Response`,
  };
}

/** A field of amino JSON: integers as decimal text, bytes as base64, nothing for what is empty. */
function filled(
  name: string,
  value: string | bigint | Uint8Array,
): Readonly<Record<string, string>> {
  const text = value instanceof Uint8Array ? toBase64(value) : value.toString();
  return value === 0n || text === '' ? {} : { [name]: text };
}

function aminoParameters({ module, json }: { readonly module: string; readonly json: string }) {
  return { ...filled('module', module), ...filled('json', json) };
}

function aminoUpgrade(upgrade: { readonly height: bigint; readonly appVersion: bigint }) {
  return { ...filled('height', upgrade.height), ...filled('app_version', upgrade.appVersion) };
}

function addressIn(role: string, text: string): Address | Refusal {
  const address = parseAddress(text);
  if (isAddress(address)) return address;
  return sdk.invalid_address({
    what: `${role} address "${text}" ${address.problem}: invalid address`,
  });
}

function positive(name: string, amount: bigint): Uhub | Refusal {
  if (amount > 0n) return uhub(amount);
  return sdk.invalid_coins({ what: `${name} 0uhub is not positive: invalid coins` });
}

function badLength(name: string, length: number, due: number): Refusal {
  return sdk.invalid_pubkey({
    what: `${name} has ${length} bytes, ${due} are due: invalid pubkey`,
  });
}

function malformed(problem: string): Refusal {
  return refusals.malformed_change({ problem });
}

function isUnbondingBegun(event: Tagged): event is UnbondingBegun {
  return event.type === 'UnbondingBegun';
}

function isChangeProposed(event: Tagged): event is ChangeProposed {
  return event.type === 'ChangeProposed';
}
