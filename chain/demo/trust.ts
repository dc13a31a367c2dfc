/**
 * Plays a trust network on a chain: accounts, collectives, then the two signatures of every edge.
 * It looks at the chain, does what is missing first, and looks again, so it can be stopped and
 * started again at any point.
 */
import type { EncodeObject } from '@cosmjs/proto-signing';
import { Consumption, Kind } from '../../proto/generated/artel/trust/v1/state.ts';
import { MsgFoundCollective, MsgSignTrust } from '../../proto/generated/artel/trust/v1/tx.ts';
import type { ArtelNode } from '../client/node.ts';
import { coinsOf } from '../client/transactions.ts';
import { type DemoAccount, memberAccount } from './accounts.ts';
import { inGrowingOrder, type Network, type Shape } from './network.ts';
import { edgeName, type Observed, observe, observedShape } from './observed.ts';
import type { Progress } from './progress.ts';
import { type Job, type Sent, sendAll, type Transaction, waiting } from './sender.ts';
import { steadily } from './steady.ts';

export interface TrustDemo {
  readonly node: ArtelNode;
  readonly network: Network;
  /** Accounts of the members come of it. */
  readonly seed: string;
  /** Pays for the accounts of the members. */
  readonly funder: DemoAccount;
  /** uhub for a unit of gas. */
  readonly gasPrice: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Played {
  /** As the chain has it now. */
  readonly shape: Shape;
  readonly transactions: number;
}

/** The work did not get done: what was refused, or did not arrive. */
export class DemoStuck extends Error {}

/** Outputs of one MsgMultiSend, and signatures of one transaction. */
const [outputsPerTransaction, signaturesPerTransaction] = [250, 50];
/** Gas with room to spare; an attempt that ran out is followed by one with twice as much. */
const gas = { transaction: 60_000, output: 25_000, founding: 50_000, signature: 110_000 } as const;
const mostAttempts = 5;

export async function playTrust(demo: TrustDemo): Promise<Played> {
  const ordered = inGrowingOrder(demo.network);
  const members = ordered.members.map((member) => memberAccount(demo.seed, member));
  let transactions = 0;
  let attempt = { what: '', left: 0, count: 0 };
  await waiting(demo.node, demo.signal, 0);
  for (;;) {
    const observed = await steadily(() => observe(demo.node), demo.signal);
    const step = nextStep(demo, ordered, members, observed, 2 ** attempt.count);
    if (step === undefined) {
      const owners = members.map(({ address }) => address);
      const read = (): Promise<Shape> => observedShape(demo.node, owners, observed);
      return { shape: await steadily(read, demo.signal), transactions };
    }
    const { what, left } = step;
    const stands = what === attempt.what && left >= attempt.left;
    attempt = { what, left, count: stands ? attempt.count + 1 : 0 };
    demo.progress.begin(what, left);
    const sent = await sendAll(step.jobs, demo);
    demo.progress.end();
    transactions += sent.count;
    if (attempt.count === mostAttempts) throw await stuck(demo.node, what, sent);
  }
}

interface Step {
  readonly what: string;
  /** Accounts, collectives or signatures that are missing. */
  readonly left: number;
  readonly jobs: readonly Job[];
}

/** What is missing first; undefined when all is there. */
function nextStep(
  demo: TrustDemo,
  network: Network,
  members: readonly DemoAccount[],
  observed: Observed,
  gasFactor: number,
): Step | undefined {
  const { accounts, collectives } = observed;
  const poor = members.filter(({ address }) => !accounts.has(address));
  if (poor.length > 0) {
    return { what: 'opening accounts', left: poor.length, jobs: [funding(demo, observed, poor)] };
  }
  const job = (account: DemoAccount, transactions: readonly Transaction[]): Job => {
    const state = accounts.get(account.address);
    if (state === undefined) throw new Error(`account ${account.address} has gone`);
    return { account, state, transactions };
  };
  const unfounded = members.flatMap((account, index) =>
    collectives.has(account.address) ? [] : [{ account, name: network.members[index] ?? '' }],
  );
  if (unfounded.length > 0) {
    const spend = gasFactor * (gas.transaction + gas.founding);
    const jobs = unfounded.map(({ account, name }) =>
      job(account, [{ messages: [foundMessage(account, name)], gas: spend, steps: 1 }]),
    );
    return { what: 'founding collectives', left: unfounded.length, jobs };
  }
  for (const second of [false, true]) {
    const missing = missingSignatures(network, members, observed, second);
    const left = [...missing.values()].flat().length;
    if (left === 0) continue;
    const jobs = Array.from(missing, ([account, messages]) =>
      job(account, batches(messages, gasFactor)),
    );
    return { what: second ? 'answering signatures' : 'signing trust', left, jobs };
  }
  return undefined;
}

function funding(
  { funder, gasPrice }: TrustDemo,
  observed: Observed,
  poor: readonly DemoAccount[],
): Job {
  const state = observed.accounts.get(funder.address);
  if (state === undefined) {
    throw new DemoStuck(`the funding account ${funder.address} is not on this chain`);
  }
  const share = 1n + BigInt(Math.ceil(gasPrice * 100 * gas.signature));
  const transactions: Transaction[] = [];
  for (let index = 0; index < poor.length; index += outputsPerTransaction) {
    const some = poor.slice(index, index + outputsPerTransaction);
    const inputs = [{ address: funder.address, coins: coinsOf(share * BigInt(some.length)) }];
    const outputs = some.map(({ address }) => ({ address, coins: coinsOf(share) }));
    transactions.push({
      messages: [{ typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend', value: { inputs, outputs } }],
      gas: gas.transaction + some.length * gas.output,
      steps: some.length,
    });
  }
  return { account: funder, state, transactions };
}

function foundMessage({ address }: DemoAccount, name: string): EncodeObject {
  const value = MsgFoundCollective.fromPartial({
    founder: address,
    name,
    kind: Kind.STEADY,
    consumption: Consumption.C2C,
  });
  return { typeUrl: '/artel.trust.v1.MsgFoundCollective', value };
}

/**
 * By signer, the signatures that are missing: of the earlier ends of the edges, or (`second`) of
 * the later ones, whose signatures make the edges.
 */
function missingSignatures(
  { edges }: Network,
  members: readonly DemoAccount[],
  observed: Observed,
  second: boolean,
): ReadonlyMap<DemoAccount, readonly EncodeObject[]> {
  const missing = new Map<DemoAccount, EncodeObject[]>();
  const collectiveOf = (account: DemoAccount | undefined): bigint =>
    observed.collectives.get(account?.address ?? '') ?? 0n;
  for (const [earlier, later] of edges) {
    const account = members[second ? later : earlier];
    const from = collectiveOf(account);
    const to = collectiveOf(members[second ? earlier : later]);
    if (account === undefined || observed.edges.has(edgeName(from, to))) continue;
    if (observed.signatures.has(`${from}>${to}`)) continue;
    const value = MsgSignTrust.fromPartial({ signer: account.address, from, to });
    const messages = missing.get(account) ?? [];
    missing.set(account, messages);
    messages.push({ typeUrl: '/artel.trust.v1.MsgSignTrust', value });
  }
  return missing;
}

function batches(messages: readonly EncodeObject[], gasFactor: number): readonly Transaction[] {
  const count = Math.ceil(messages.length / signaturesPerTransaction);
  return Array.from({ length: count }, (_, index) => {
    const start = index * signaturesPerTransaction;
    const some = messages.slice(start, start + signaturesPerTransaction);
    const spend = gasFactor * (gas.transaction + some.length * gas.signature);
    return { messages: some, gas: spend, steps: some.length };
  });
}

async function stuck(node: ArtelNode, what: string, sent: Sent): Promise<DemoStuck> {
  const found = sent.sample === undefined ? undefined : await node.transaction(sent.sample);
  const why = sent.refused?.message ?? found?.log ?? 'its transactions are in no block';
  return new DemoStuck(`${what} does not get on: ${why}`);
}
