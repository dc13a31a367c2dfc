/**
 * A play in which a few accounts act one after the other: each act is one signed transaction,
 * waited for until a block holds it, and tells what came of it by its events.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EncodeObject } from '@cosmjs/proto-signing';
import { BasicAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { MsgGrantAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import { type Consumption, Kind } from '../../proto/generated/artel/trust/v1/state.ts';
import { pubkeyOf } from '../client/keys.ts';
import type { ArtelNode, Executed } from '../client/node.ts';
import { Refused } from '../client/refusals.ts';
import { messageOf } from '../client/registry.ts';
import {
  coinsOf,
  directSignBytes,
  signerInfo,
  txBytes,
  unsignedTx,
  withSigner,
} from '../client/transactions.ts';
import { type DemoAccount, memberAccount, signatureOf } from './accounts.ts';
import type { Progress } from './progress.ts';

export interface StageOptions {
  readonly node: ArtelNode;
  /** Accounts of the players come of it: another seed is another play. */
  readonly seed: string;
  /** Pays for the accounts. */
  readonly funder: DemoAccount;
  /** uhub for a unit of gas. */
  readonly gasPrice: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A collective and the account that signs for it. */
export interface Player {
  readonly name: string;
  readonly collective: bigint;
  readonly account: DemoAccount;
}

/** An event of an act, with its fields as texts. */
export type Told = ReadonlyMap<string, string>;

const gasOfMessage = 400_000;

export class Stage {
  readonly #options: StageOptions;
  readonly #sequences = new Map<string, { readonly number: bigint; next: bigint }>();
  readonly #begin: string;
  #transactions = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    // The same play can be seen again on the same chain: its accounts are new ones.
    this.#begin = `${options.seed} ${Date.now()}`;
  }

  get transactions(): number {
    return this.#transactions;
  }

  account(name: string): DemoAccount {
    return memberAccount(this.#begin, name);
  }

  /** Founds a collective with an account of its own. */
  async found(name: string, consumption: Consumption): Promise<Player> {
    const account = this.account(name);
    const { funder } = this.#options;
    const share = 1n + BigInt(Math.ceil(this.#options.gasPrice * gasOfMessage * 2_000));
    await this.act(funder, [
      [
        'cosmos.bank.v1beta1.MsgSend',
        { fromAddress: funder.address, toAddress: account.address, amount: coinsOf(share) },
      ],
    ]);
    const told = await this.act(account, [
      [
        'artel.trust.v1.MsgFoundCollective',
        { founder: account.address, name, kind: Kind.STEADY, consumption },
      ],
    ]);
    return { name, account, collective: number(one(told, 'CollectiveFounded'), 'collective') };
  }

  /** Both sign. */
  async trust(a: Player, b: Player): Promise<void> {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const fields = { signer: from.account.address, from: from.collective, to: to.collective };
      await this.act(from.account, [['artel.trust.v1.MsgSignTrust', fields]]);
    }
  }

  /** An account without a token: the collective pays its fees. */
  async hire(player: Player, name: string): Promise<DemoAccount> {
    const worker = this.account(name);
    const allowance = {
      typeUrl: '/cosmos.feegrant.v1beta1.BasicAllowance',
      value: BasicAllowance.encode(BasicAllowance.fromPartial({})).finish(),
    };
    const fields = { granter: player.account.address, grantee: worker.address, allowance };
    const value = MsgGrantAllowance.fromPartial(fields);
    await this.#send(player.account, [
      { typeUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowance', value },
    ]);
    return worker;
  }

  /** As `act`, signed by the player's account. */
  by(
    player: Player,
    messages: readonly (readonly [name: string, fields: object])[],
  ): Promise<readonly Executed['events'][number][]> {
    const signer = player.account.address;
    const named = messages.map(
      ([name, fields]) => [`artel.production.v1.${name}`, { signer, ...fields }] as const,
    );
    return this.act(player.account, named);
  }

  /** One transaction. @throws Refused with the sentence of the chain */
  async act(
    account: DemoAccount,
    messages: readonly (readonly [name: string, fields: object])[],
    granter?: DemoAccount,
  ): Promise<Executed['events']> {
    const encoded = messages.map(([name, fields]): EncodeObject => {
      const typeUrl = `/${name}`;
      const codec = messageOf(typeUrl)?.codec;
      if (codec === undefined) throw new Error(`this version has no message ${name}`);
      return { typeUrl, value: codec.fromPartial(fields as Readonly<Record<string, unknown>>) };
    });
    return this.#send(account, encoded, granter);
  }

  /** Until the chain's last block is at or after a time in ms. */
  async until(timeMs: bigint): Promise<void> {
    const { node, signal, funder } = this.#options;
    for (;;) {
      const { syncInfo } = await node.comet.status();
      const latest = syncInfo.latestBlockTime;
      if (latest !== undefined && BigInt(latest.getTime()) >= timeMs) return;
      const waitMs = Math.max(50, Number(timeMs) - Date.now());
      await sleep(waitMs, undefined, { signal });
      // A chain may make no block where nobody sends anything.
      const fields = {
        fromAddress: funder.address,
        toAddress: funder.address,
        amount: coinsOf(1n),
      };
      await this.act(funder, [['cosmos.bank.v1beta1.MsgSend', fields]]);
    }
  }

  async #send(
    account: DemoAccount,
    messages: readonly EncodeObject[],
    granter?: DemoAccount,
  ): Promise<Executed['events']> {
    const { node, gasPrice, progress, signal } = this.#options;
    signal.throwIfAborted();
    const state = await this.#stateOf(account);
    const gas = gasOfMessage * (messages.length + 1);
    const tx = unsignedTx({
      messages,
      feeUhub: BigInt(Math.ceil(gas * gasPrice)),
      gasLimit: BigInt(gas),
      ...(granter === undefined ? {} : { feeGranter: granter.address }),
    });
    const chainId = await node.chainId();
    const info = signerInfo(pubkeyOf('secp256k1', account.publicKey), 'direct', state.next);
    const bytes = directSignBytes(tx, info, {
      chainId,
      accountNumber: state.number,
      sequence: state.next,
    });
    const hash = await node.broadcast(txBytes(withSigner(tx, info, signatureOf(account, bytes))));
    state.next += 1n;
    this.#transactions += 1;
    const done = await node.wait(hash, 120_000, 50);
    if (done.code !== 0) throw new Refused(done, { hash, height: done.height });
    progress.step();
    return done.events;
  }

  async #stateOf({ address }: DemoAccount): Promise<{ readonly number: bigint; next: bigint }> {
    const known = this.#sequences.get(address);
    if (known !== undefined) return known;
    const { accountNumber, sequence } = await this.#options.node.account(address);
    const state = { number: accountNumber, next: sequence };
    this.#sequences.set(address, state);
    return state;
  }
}

/** The events of a name, in their order. */
export function all(events: Executed['events'], name: string): readonly Told[] {
  return events
    .filter(({ type }) => type.endsWith(`.${name}`))
    .map(({ attributes }) => new Map(attributes.map(({ key, value }) => [key, value])));
}

/** @throws Error where it did not happen */
export function one(events: Executed['events'], name: string): Told {
  const [first] = all(events, name);
  if (first === undefined) throw new Error(`the transaction tells of no ${name}`);
  return first;
}

export function number(told: Told, field: string): bigint {
  return BigInt(told.get(field) ?? '0');
}
