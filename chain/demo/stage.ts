/**
 * A play of a few accounts: each act is one signed transaction, waited for until a block holds it,
 * and tells what came of it by its events. Acts begun together go out together, those of one
 * account in the order in which they were begun.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EncodeObject } from '@cosmjs/proto-signing';
import { BasicAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { MsgGrantAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import {
  QuerySegmentRequest,
  QuerySegmentResponse,
} from '../../proto/generated/artel/coupons/v1/query.ts';
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

/** A message's name and its fields. */
export type Message = readonly [name: string, fields: object];

/** An event of an act, with its fields as texts. */
export type Told = ReadonlyMap<string, string>;

const messagesOfTransaction = 100;
const gasOfMessage = 400_000;
const gasOfTransaction = 1_000_000;
const pollMs = 50;
const waitMs = 120_000;
/** How often an act is tried that another play's act of the funder came before. */
const tries = 40;
const pauseMs = 250;

interface Signing {
  readonly number: bigint;
  next: bigint;
}

export class Stage {
  readonly #options: StageOptions;
  readonly #signing = new Map<string, Signing>();
  /** The last thing that each account, or the clock, is to do. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #begin: string;
  #transactions = 0;
  #travels: boolean | undefined;

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
    const sign = (from: Player, to: Player): Promise<unknown> => {
      const fields = { signer: from.account.address, from: from.collective, to: to.collective };
      return this.act(from.account, [['artel.trust.v1.MsgSignTrust', fields]]);
    };
    await Promise.all([sign(a, b), sign(b, a)]);
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

  /**
   * As `act`, signed by the player's account.
   *
   * @param moreGas for messages that read much
   */
  by(player: Player, messages: readonly Message[], moreGas = 0): Promise<Executed['events']> {
    const signer = player.account.address;
    const named = messages.map(
      ([name, fields]) => [`artel.production.v1.${name}`, { signer, ...fields }] as const,
    );
    return this.act(player.account, named, moreGas);
  }

  /** Messages that don't build on each other, side by side; their events in order. */
  async byMany(player: Player, messages: readonly Message[]): Promise<Executed['events']> {
    return (await Promise.all(chunks(messages).map((some) => this.by(player, some)))).flat();
  }

  /** One transaction. @throws Refused with the sentence of the chain */
  async act(
    account: DemoAccount,
    messages: readonly Message[],
    moreGas = 0,
  ): Promise<Executed['events']> {
    const encoded = messages.map(([name, fields]): EncodeObject => {
      const typeUrl = `/${name}`;
      const codec = messageOf(typeUrl)?.codec;
      if (codec === undefined) throw new Error(`this version has no message ${name}`);
      return { typeUrl, value: codec.fromPartial(fields as Readonly<Record<string, unknown>>) };
    });
    return this.#send(account, encoded, moreGas);
  }

  /** Whether the chain's time can be moved ahead: the embedded engine's. */
  async travels(): Promise<boolean> {
    this.#travels ??= await this.#advance(0n).then(
      () => true,
      (error: unknown) => {
        if (/method not found/i.test(String(error))) return false;
        throw error;
      },
    );
    return this.#travels;
  }

  /**
   * Lets a shift of so many ms pass from `notBeforeMs` on, within one segment, since work belongs
   * to one; returns when it began.
   */
  async shift(notBeforeMs: bigint, lengthMs: bigint): Promise<bigint> {
    const path = '/artel.coupons.v1.Query/Segment';
    const { response } = await this.#options.node.query(
      path,
      QuerySegmentRequest,
      QuerySegmentResponse,
      { segment: 0n },
    );
    const { afterMs, endMs } = response;
    const earliestMs = notBeforeMs > afterMs ? notBeforeMs : afterMs;
    const beginMs = earliestMs + lengthMs <= endMs ? earliestMs : endMs;
    await this.until(beginMs + lengthMs);
    return beginMs;
  }

  /** Until the chain's last block is at or after a time in ms. */
  until(timeMs: bigint): Promise<void> {
    return this.#inTurn('clock', async () => {
      const { signal, funder } = this.#options;
      for (;;) {
        const aheadMs = timeMs - (await this.#latestMs());
        if (aheadMs <= 0n) return;
        if (await this.travels()) {
          await this.#advance(aheadMs);
          continue;
        }
        await sleep(Math.max(pollMs, Number(timeMs) - Date.now()), undefined, { signal });
        // A chain may make no block where nobody sends anything.
        const { address } = funder;
        const fields = { fromAddress: address, toAddress: address, amount: coinsOf(1n) };
        await this.act(funder, [['cosmos.bank.v1beta1.MsgSend', fields]]);
      }
    });
  }

  async #latestMs(): Promise<bigint> {
    const { syncInfo } = await this.#options.node.comet.status();
    return BigInt(syncInfo.latestBlockTime?.getTime() ?? 0);
  }

  #advance(ms: bigint): Promise<unknown> {
    return this.#options.node.rpc('artel_advanceTime', { ms: `${ms}` });
  }

  async #send(
    account: DemoAccount,
    messages: readonly EncodeObject[],
    moreGas = 0,
  ): Promise<Executed['events']> {
    const { node, progress, signal } = this.#options;
    const gas = gasOfTransaction + gasOfMessage * messages.length + moreGas;
    const hash = await this.#inTurn(account.address, () => this.#broadcast(account, messages, gas));
    const done = await node.wait(hash, waitMs, pollMs);
    if (done.code !== 0) throw new Refused(done, { hash, height: done.height });
    signal.throwIfAborted();
    this.#transactions += 1;
    progress.step();
    return done.events;
  }

  async #broadcast(
    account: DemoAccount,
    messages: readonly EncodeObject[],
    gas: number,
  ): Promise<string> {
    const { node, gasPrice, signal } = this.#options;
    const feeUhub = BigInt(Math.ceil(gas * gasPrice));
    const tx = unsignedTx({ messages, feeUhub, gasLimit: BigInt(gas) });
    const chainId = await node.chainId();
    for (let tried = 1; ; tried += 1) {
      signal.throwIfAborted();
      const state = await this.#signingOf(account);
      const info = signerInfo(pubkeyOf('secp256k1', account.publicKey), 'direct', state.next);
      const signed = directSignBytes(tx, info, {
        chainId,
        accountNumber: state.number,
        sequence: state.next,
      });
      try {
        const bytes = txBytes(withSigner(tx, info, signatureOf(account, signed)));
        const hash = await node.broadcast(bytes);
        state.next += 1n;
        return hash;
      } catch (error) {
        // The funder is everybody's: another play may act with it at the same time.
        const shared = account === this.#options.funder && tried < tries;
        if (!shared || !(error instanceof Refused) || error.refusal !== 'wrong_sequence')
          throw error;
        this.#signing.delete(account.address);
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  async #signingOf({ address }: DemoAccount): Promise<Signing> {
    const known = this.#signing.get(address);
    if (known !== undefined) return known;
    const { accountNumber, sequence } = await this.#options.node.account(address);
    const state = { number: accountNumber, next: sequence };
    this.#signing.set(address, state);
    return state;
  }

  /** After what was begun before under the same name; the one's failure is not the other's. */
  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(name) ?? Promise.resolve()).then(work, work);
    this.#turns.set(name, done);
    return done;
  }
}

/** As many messages as one transaction takes. */
export function chunks(messages: readonly Message[]): readonly (readonly Message[])[] {
  const count = Math.ceil(messages.length / messagesOfTransaction);
  return Array.from({ length: count }, (_, index) =>
    messages.slice(index * messagesOfTransaction, (index + 1) * messagesOfTransaction),
  );
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
