/** The commands of the play: each a random message, most of them sensible, some not. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { MsgMultiSend, MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import { Consumption, Kind } from '../../proto/generated/artel/trust/v1/state.ts';
import * as trust from '../../proto/generated/artel/trust/v1/tx.ts';
import * as validators from '../../proto/generated/artel/validators/v1/tx.ts';
import { registrationBytes } from '../client/registration.ts';
import type { Random } from './random.ts';

/** What the commands choose from. */
export interface Stage {
  readonly chainId: string;
  /** Addresses of the actors. */
  readonly actors: readonly string[];
  /** The actor who owns each collective; the first has id 1. */
  readonly owners: number[];
  /** Changes proposed so far. */
  changes: number;
}

type Make = (random: Random, stage: Stage, actor: number) => Any;

/** ed25519 key of an actor's validator. */
export function validatorKey(actor: number): Uint8Array {
  return sha256(new TextEncoder().encode(`artel/sim/validator/${actor}`));
}

/** Names, weights and makers of all commands. */
export const commands: readonly (readonly [weight: number, name: string, make: Make])[] = [
  [
    20,
    'Send',
    (random, stage, actor) =>
      any('/cosmos.bank.v1beta1.MsgSend', MsgSend, {
        fromAddress: addressOf(stage, actor),
        toAddress: random.pick(stage.actors),
        amount: [
          {
            denom: 'uhub',
            amount: random.weighted([
              [9, '1000'],
              [1, '99999999999999'],
            ]),
          },
        ],
      }),
  ],
  [
    4,
    'MultiSend',
    (random, stage, actor) =>
      any('/cosmos.bank.v1beta1.MsgMultiSend', MsgMultiSend, {
        inputs: [{ address: addressOf(stage, actor), coins: [{ denom: 'uhub', amount: '30' }] }],
        outputs: [10, 20].map((amount) => ({
          address: random.pick(stage.actors),
          coins: [{ denom: 'uhub', amount: `${amount}` }],
        })),
      }),
  ],
  [
    6,
    'FoundCollective',
    (random, stage, actor) =>
      any('/artel.trust.v1.MsgFoundCollective', trust.MsgFoundCollective, {
        founder: addressOf(stage, actor),
        name: `collective ${random.below(1000)}`,
        kind: random.pick([Kind.LOOSE, Kind.STEADY]),
        consumption: random.pick([Consumption.C2C, Consumption.C2I]),
        descriptionHash: new Uint8Array(),
      }),
  ],
  [
    40,
    'SignTrust',
    (random, stage, actor) =>
      any('/artel.trust.v1.MsgSignTrust', trust.MsgSignTrust, pair(random, stage, actor)),
  ],
  [
    3,
    'WithdrawSignature',
    (random, stage, actor) =>
      any(
        '/artel.trust.v1.MsgWithdrawSignature',
        trust.MsgWithdrawSignature,
        pair(random, stage, actor),
      ),
  ],
  [
    8,
    'CancelTrust',
    (random, stage, actor) =>
      any('/artel.trust.v1.MsgCancelTrust', trust.MsgCancelTrust, pair(random, stage, actor)),
  ],
  [
    4,
    'Bond',
    (random, stage, actor) =>
      any('/artel.validators.v1.MsgBond', validators.MsgBond, {
        owner: addressOf(stage, actor),
        amountUhub: BigInt(1 + random.below(50)) * 1_000_000n,
      }),
  ],
  [
    4,
    'Unbond',
    (random, stage, actor) =>
      any('/artel.validators.v1.MsgUnbond', validators.MsgUnbond, {
        owner: addressOf(stage, actor),
        amountUhub: BigInt(1 + random.below(200)) * 1_000_000n,
      }),
  ],
  [
    3,
    'RegisterValidator',
    (random, stage, actor) => {
      const owner = addressOf(stage, actor);
      const key = validatorKey(actor);
      return any('/artel.validators.v1.MsgRegisterValidator', validators.MsgRegisterValidator, {
        owner,
        pubKey: ed25519.getPublicKey(key),
        proof: ed25519.sign(registrationBytes(stage.chainId, owner), key),
        bondUhub: BigInt(1 + random.below(100)) * 1_000_000n,
      });
    },
  ],
  [
    3,
    'Unjail',
    (_, stage, actor) =>
      any('/artel.validators.v1.MsgUnjail', validators.MsgUnjail, {
        owner: addressOf(stage, actor),
      }),
  ],
  [
    2,
    'ProposeChange',
    (random, stage, actor) =>
      any('/artel.validators.v1.MsgProposeChange', validators.MsgProposeChange, {
        proposer: addressOf(stage, actor),
        summary: 'play',
        parameters: random.pick([
          {
            module: 'validators',
            json: `{"missWindowBlocks":"${20 + random.below(80)}","maxMissedBlocks":"10"}`,
          },
          { module: 'accounts', json: `{"maxMemoCharacters":"${200 + random.below(100)}"}` },
          { module: 'trust', json: '{"nonsense":"1"}' },
        ]),
        upgrade: undefined,
      }),
  ],
  [
    8,
    'VoteChange',
    (random, stage, actor) =>
      any('/artel.validators.v1.MsgVoteChange', validators.MsgVoteChange, {
        voter: addressOf(stage, actor),
        change: BigInt(1 + random.below(Math.max(1, stage.changes))),
        yes: random.chance(80),
      }),
  ],
];

/** Mostly a collective of the actor's own, and one with which it may have begun something. */
function pair(random: Random, { actors, owners }: Stage, actor: number) {
  const own = owners.flatMap((owner, index) => (owner === actor ? [index + 1] : []));
  const from = own.length > 0 && random.chance(95) ? random.pick(own) : random.below(9);
  return {
    signer: actors[actor] ?? '',
    from: BigInt(from),
    to: BigInt(random.below(Math.min(owners.length, 24) + 1)),
  };
}

function addressOf(stage: Stage, actor: number): string {
  const address = stage.actors[actor];
  if (address === undefined) throw new Error(`no actor ${actor}`);
  return address;
}

function any<T>(
  typeUrl: string,
  codec: { encode(value: T): { finish(): Uint8Array } },
  value: T,
): Any {
  return { typeUrl, value: codec.encode(value).finish() };
}
