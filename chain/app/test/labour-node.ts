/** A node with an economy of some collectives, for tests of the composed modules. */
import type { ExecTxResult } from 'cosmjs-types/tendermint/abci/types';
import type { MsgFinalRevision } from '../../../proto/generated/artel/coupons/v1/tx.ts';
import { messageOf, queries } from '../../client/registry.ts';
import { revisionTx } from '../../client/reviser.ts';
import { signedTx } from '../../dev/sender.ts';
import type { AppOptions } from '../app.ts';
import { chainId, genesisState, keyOf, TestNode } from './test-node.ts';

export const hourMs = 3_600_000n;
export const graceMs = 60_000n;

type Value = Readonly<Record<string, unknown>>;

export class LabourNode {
  readonly node: TestNode;
  readonly #sequences = new Map<number, bigint>();

  private constructor(node: TestNode) {
    this.node = node;
  }

  /** Segments of an hour with a grace of a minute; cuts after ten seconds. */
  static async begun(options: Partial<AppOptions> = {}): Promise<LabourNode> {
    const node = await TestNode.open(options);
    const state = genesisState();
    const parameters = { segmentLengthMs: `${hourMs}`, graceMs: `${graceMs}` };
    const trust = state.trust as { readonly parameters: object };
    await node.beginWith({
      ...state,
      coupons: { parameters: [{ fromSegment: '0', parameters }] },
      trust: { ...trust, parameters: { ...trust.parameters, noticeMs: '10000' } },
    });
    await node.block();
    return new LabourNode(node);
  }

  /** On a genesis of the caller's own. */
  static on(node: TestNode): LabourNode {
    return new LabourNode(node);
  }

  /** Time of the next block. */
  get nowMs(): bigint {
    return this.node.timeS * 1000n;
  }

  /** A message of account `from`, alone in a block; the result of its transaction. */
  async act(from: number, name: string, value: Value): Promise<ExecTxResult> {
    const result = await this.deliver(this.tx(from, name, value));
    if (result.code === 0) return result;
    throw new Error(`${name}: ${result.log}`);
  }

  /** The name of the refusal of a message, alone in a block. */
  async refused(from: number, name: string, value: Value): Promise<string> {
    const { code, log } = await this.deliver(this.tx(from, name, value));
    if (code === 0) throw new Error(`${name} was not refused`);
    return /\(([a-z_]+\/[a-z_]+)\)$/.exec(log)?.[1] ?? log;
  }

  async deliver(tx: Uint8Array): Promise<ExecTxResult> {
    const { txResults } = await this.node.block({ txs: [tx] });
    const [result] = txResults;
    if (result === undefined) throw new Error('no result');
    return result;
  }

  /** Signed by account `from` with its next sequence; its address is filled in. */
  tx(from: number, name: string, value: Value): Uint8Array {
    const key = keyOf(from);
    const sequence = this.#sequences.get(from) ?? 0n;
    this.#sequences.set(from, sequence + 1n);
    const module = modules.find((candidate) => messageOf(urlOf(candidate, name)) !== undefined);
    const message = messageOf(urlOf(module ?? '', name));
    if (message === undefined) throw new Error(`no message ${name}`);
    const content = message.codec.fromPartial(value);
    return signedTx(key, {
      messages: [{ typeUrl: message.typeUrl, value: message.codec.encode(content).finish() }],
      chainId,
      accountNumber: BigInt(from),
      sequence,
      feeUhub: '5000',
      gasLimit: 2_000_000n,
    });
  }

  /** Blocks until the segment of `atMs` and its grace are over. */
  async pastGrace(atMs: bigint): Promise<void> {
    const endMs = ((atMs - 1n) / hourMs + 1n) * hourMs;
    await this.until(endMs + graceMs);
  }

  /** An empty block at this time or after it: what follows is later. */
  async until(timeMs: bigint): Promise<void> {
    if (this.nowMs < timeMs) this.node.timeS = (timeMs + 999n) / 1000n;
    await this.node.block();
  }

  async query(path: string, request: Value): Promise<Record<string, unknown>> {
    const query = queries.find((candidate) => candidate.path === path);
    if (query === undefined) throw new Error(`no query ${path}`);
    const asked = query.request.encode(query.request.fromPartial(request)).finish();
    const { code, value, log } = await this.node.query(path, asked);
    if (code !== 0) throw new Error(log);
    return query.response.decode(value) as Record<string, unknown>;
  }

  /** What a reviser would send now. */
  async due(): Promise<readonly MsgFinalRevision[]> {
    const answer = await this.query('/artel.coupons.v1.Query/DueRevisions', {});
    return answer.revisions as readonly MsgFinalRevision[];
  }

  /** Sends every revision that is due, until none is. */
  async reviseAll(): Promise<number> {
    let sent = 0;
    for (;;) {
      const due = await this.due();
      if (due.length === 0) return sent;
      for (const revision of due) {
        const { code, log } = await this.deliver(revisionTx(revision));
        if (code !== 0) throw new Error(log);
        sent += 1;
      }
    }
  }

  /** The root of a module's committed state: what was refused leaves it alone. */
  async root(module: string): Promise<string> {
    const { store } = this.node.app;
    const roots = await (await store.at(store.head?.height ?? 0n)).moduleRoots();
    return Buffer.from(roots.get(module) ?? []).toString('hex');
  }

  /** Every violated invariant of every module. */
  audit(): Promise<readonly string[]> {
    return this.node.app.application.audit();
  }

  close(): Promise<void> {
    return this.node.app.close();
  }
}

const modules = ['trust', 'production', 'coupons', 'bank'];

function urlOf(module: string, name: string): string {
  return `/artel.${module}.v1.${name}`;
}
