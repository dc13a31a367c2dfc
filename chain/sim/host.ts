/** Messages of the other modules: tokens, fee allowances, validators. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { MsgMultiSend, MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { BasicAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { MsgGrantAllowance, MsgRevokeAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import * as validators from '../../proto/generated/artel/validators/v1/tx.ts';
import { registrationBytes } from '../client/registration.ts';
import type { Random } from './random.ts';

/** What the commands choose from. */
export interface Stage {
  readonly chainId: string;
  /** Addresses of the actors. */
  readonly actors: readonly string[];
  /** `granter/grantee` of the allowances that stand. */
  readonly allowances: Set<string>;
  /** Changes proposed so far. */
  changes: number;
}

type Make = (random: Random, stage: Stage, actor: number) => Any;

/** ed25519 key of an actor's validator. */
export function validatorKey(actor: number): Uint8Array {
  return sha256(new TextEncoder().encode(`artel/sim/validator/${actor}`));
}

/** Names, weights and makers of all commands. */
export const hostMessages: readonly (readonly [weight: number, name: string, make: Make])[] = [
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
    'GrantAllowance',
    (random, stage, actor) => {
      const [granter, grantee] = [addressOf(stage, actor), random.pick(stage.actors)];
      const limit = { denom: 'uhub', amount: `${1000 + random.below(9000)}` };
      const allowance = any(
        '/cosmos.feegrant.v1beta1.BasicAllowance',
        BasicAllowance,
        BasicAllowance.fromPartial({ spendLimit: [limit] }),
      );
      const grant = { granter, grantee, allowance };
      return any('/cosmos.feegrant.v1beta1.MsgGrantAllowance', MsgGrantAllowance, grant);
    },
  ],
  [
    6,
    'RevokeAllowance',
    (random, stage, actor) => {
      const granter = addressOf(stage, actor);
      const own = [...stage.allowances].filter((pair) => pair.startsWith(`${granter}/`));
      const grantee = own.length > 0 ? random.pick(own).split('/')[1] : undefined;
      const revoke = { granter, grantee: grantee ?? random.pick(stage.actors) };
      return any('/cosmos.feegrant.v1beta1.MsgRevokeAllowance', MsgRevokeAllowance, revoke);
    },
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
