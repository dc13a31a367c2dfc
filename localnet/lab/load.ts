/**
 * An open-loop load: transfers at a steady rate, whatever the nodes do. A transaction that a node
 * took is sent again, the same bytes, until a block has it: so it must be in exactly one.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth';
import { QueryAccountRequest, QueryAccountResponse } from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { type SigningKey, sendMessage, signedTx } from '../../chain/dev/sender.ts';
import { callRpc, RpcError } from '../../chain/node/rpc.ts';
import type { Journal } from './journal.ts';
import type { LabNode } from './node.ts';
import { pick } from './random.ts';

/** One transaction that was sent. */
interface Sent {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly sender: Sender;
  /** By the clock, in ms. */
  readonly sentAtMs: number;
  /** When a node last took it. */
  triedMs: number;
  acknowledged: boolean;
  /** Of the block that has it. */
  height: number | undefined;
}

interface Sender {
  readonly key: SigningKey;
  readonly accountNumber: bigint;
  /** When the load began. */
  readonly firstSequence: bigint;
  sequence: bigint;
  /** Transactions in blocks. */
  committed: bigint;
  inFlight: Sent | undefined;
}

interface SenderAccount {
  readonly key: SigningKey;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
}

export interface LoadOptions {
  readonly chainId: string;
  readonly keys: readonly SigningKey[];
  readonly nodes: readonly LabNode[];
  /** Transactions a second. */
  readonly rate: number;
  /** Bytes of the memo, to make them as large as others'. */
  readonly memoBytes: number;
  readonly journal: Journal;
  readonly random: () => number;
}

/** What became of a load. */
export interface LoadResult {
  /** Taken by a node. */
  readonly acknowledged: number;
  readonly committed: number;
  /** Acknowledged, and in no block. */
  readonly lost: number;
  /** In a block, and in another one again. */
  readonly twice: number;
  /** Moments when every account still waited: the load fell behind its rate. */
  readonly skipped: number;
  /** From sending until its block was decided, by block data, in ms, sorted. */
  readonly latenciesMs: readonly number[];
}

const sendAgainMs = 3_000;
const tickMs = 20;
/** Accounts asked for at once. */
const atOnce = 32;

export class Load {
  readonly #options: LoadOptions;
  readonly #byHash = new Map<string, Sent>();
  #senders: Sender[] = [];
  #free: Sender[] = [];
  #skipped = 0;
  #twice = 0;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const node = this.#upNodes()[0];
    if (node === undefined) throw new Error('the load finds no node that runs');
    const accounts = await this.#readAccounts(node.plan.rpcUrl);
    this.#senders = accounts.map(({ key, accountNumber, sequence }) => ({
      key,
      accountNumber,
      firstSequence: sequence,
      sequence,
      committed: 0n,
      inFlight: undefined,
    }));
    this.#free = [...this.#senders];
    this.#done = this.#loop();
  }

  /** No new ones. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  /** Sends what is in no block yet again, until a block has it or `giveUp` says so. */
  async drain(giveUp: () => boolean): Promise<void> {
    while (this.#waiting().length > 0 && !giveUp()) {
      await this.#sendAgain();
      await sleep(200);
    }
  }

  /** Called with the transactions of each new block, and the code that each got there. */
  seen(height: number, transactions: readonly Uint8Array[], codes: readonly number[]): void {
    const { journal } = this.#options;
    for (const [index, bytes] of transactions.entries()) {
      const hash = hashOf(bytes);
      const sent = this.#byHash.get(hash);
      if (sent === undefined) continue;
      if (sent.height !== undefined) {
        this.#twice += 1;
        const where = `in block ${sent.height} and again in ${height}`;
        journal.note('violation', `D: transaction ${hash} is ${where}`);
        continue;
      }
      const code = codes[index];
      if (code !== 0) {
        const where = `transaction ${hash} of block ${height}`;
        journal.note('violation', `D: ${where} was good when it was sent and got code ${code}`);
      }
      sent.height = height;
      sent.sender.committed += 1n;
      sent.sender.inFlight = undefined;
      this.#free.push(sent.sender);
    }
  }

  /** Acknowledged ones that no block has (invariant D). */
  lost(): readonly string[] {
    return this.#waiting()
      .filter(({ acknowledged }) => acknowledged)
      .map(({ hash }) => hash);
  }

  /** The sequence that each account must have by its transactions in blocks. */
  async wrongSequences(url: string): Promise<readonly string[]> {
    const now = await this.#readAccounts(url);
    return this.#senders.flatMap(({ key, firstSequence, committed, inFlight }, index) => {
      const due = firstSequence + committed;
      const sequence = now[index]?.sequence;
      // One that no node took, and that is on its way all the same.
      if (sequence === due || (inFlight !== undefined && sequence === due + 1n)) return [];
      return [`${key.address} has sequence ${sequence}, its transactions make ${due}`];
    });
  }

  async #readAccounts(url: string): Promise<readonly SenderAccount[]> {
    const { keys } = this.#options;
    const accounts: SenderAccount[] = [];
    while (accounts.length < keys.length) {
      const next = keys.slice(accounts.length, accounts.length + atOnce);
      const read = next.map(async (key) => ({ key, ...(await readAccount(url, key.address)) }));
      accounts.push(...(await Promise.all(read)));
    }
    return accounts;
  }

  /** @param decidedAtMs by the clock, when the block of a height was decided. */
  result(decidedAtMs: (height: number) => number | undefined): LoadResult {
    const sent = [...this.#byHash.values()];
    const committed = sent.filter(({ height }) => height !== undefined);
    return {
      acknowledged: sent.filter(({ acknowledged }) => acknowledged).length,
      committed: committed.length,
      lost: this.lost().length,
      twice: this.#twice,
      skipped: this.#skipped,
      latenciesMs: committed
        .flatMap(({ sentAtMs, height = 0 }) => {
          const atMs = decidedAtMs(height);
          return atMs === undefined ? [] : [atMs - sentAtMs];
        })
        .sort((left, right) => left - right),
    };
  }

  async #loop(): Promise<void> {
    const began = this.#options.journal.ms;
    let sent = 0;
    let lastAgainMs = began;
    while (!this.#stopped) {
      const { ms } = this.#options.journal;
      for (const due = ((ms - began) * this.#options.rate) / 1000; sent < due; sent += 1) {
        const sender = this.#free.shift();
        if (sender === undefined) this.#skipped += 1;
        else this.#send(sender);
      }
      if (ms - lastAgainMs > 500) {
        lastAgainMs = ms;
        await this.#sendAgain();
      }
      await sleep(tickMs);
    }
  }

  #send(sender: Sender): void {
    const { chainId, keys, random, memoBytes } = this.#options;
    const { key, accountNumber, sequence } = sender;
    const bytes = signedTx(key, {
      messages: [sendMessage(key.address, pick(random, keys).address, '1')],
      chainId,
      accountNumber,
      sequence,
      memo: 'x'.repeat(memoBytes),
    });
    const { ms } = this.#options.journal;
    const sent: Sent = {
      hash: hashOf(bytes),
      bytes,
      sender,
      sentAtMs: Date.now(),
      triedMs: ms,
      acknowledged: false,
      height: undefined,
    };
    sender.sequence += 1n;
    sender.inFlight = sent;
    this.#byHash.set(sent.hash, sent);
    void this.#broadcast(sent);
  }

  async #sendAgain(): Promise<void> {
    const { ms } = this.#options.journal;
    const late = this.#waiting().filter(({ triedMs }) => ms - triedMs > sendAgainMs);
    await Promise.all(late.map((sent) => this.#broadcast(sent)));
  }

  async #broadcast(sent: Sent): Promise<void> {
    sent.triedMs = this.#options.journal.ms;
    const nodes = this.#upNodes();
    if (nodes.length === 0) return;
    const { plan } = pick(this.#options.random, nodes);
    const tx = Buffer.from(sent.bytes).toString('base64');
    try {
      const answer = (await callRpc(plan.rpcUrl, 'broadcast_tx_sync', { tx }, 3_000)) as {
        code: number;
      };
      if (answer.code === 0) sent.acknowledged = true;
    } catch (error) {
      // Down, cut off, or it has the transaction already: the block tells.
      if (!(error instanceof RpcError)) throw error;
    }
  }

  #waiting(): readonly Sent[] {
    return this.#senders.flatMap(({ inFlight }) => inFlight ?? []);
  }

  #upNodes(): readonly LabNode[] {
    return this.#options.nodes.filter(({ running, frozen }) => running && !frozen);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').toUpperCase();
}

/** What the next transaction of an account has to say. @throws RpcError where it can't be had. */
export async function readAccount(
  url: string,
  address: string,
): Promise<{ accountNumber: bigint; sequence: bigint }> {
  const data = Buffer.from(QueryAccountRequest.encode({ address }).finish()).toString('hex');
  const path = '/cosmos.auth.v1beta1.Query/Account';
  const { response } = (await callRpc(url, 'abci_query', { path, data }, 30_000)) as {
    response: { code: number; log: string; value: string | null };
  };
  if (response.code !== 0) throw new RpcError(`${url} does not know ${address}: ${response.log}`);
  const answer = QueryAccountResponse.decode(Buffer.from(response.value ?? '', 'base64'));
  const { accountNumber, sequence } = BaseAccount.decode(answer.account?.value ?? new Uint8Array());
  return { accountNumber, sequence };
}
