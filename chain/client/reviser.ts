/**
 * Sends the final revisions that are due. Anybody can: nobody signs them and nobody pays, and each
 * has one encoding, so several revisers do no harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalTx } from '../../modules/_kernel/canonical-tx.ts';
import { finalRevision } from '../../modules/coupons/module.ts';
import {
  QueryDueRevisionsRequest,
  QueryDueRevisionsResponse,
} from '../../proto/generated/artel/coupons/v1/query.ts';
import type { MsgFinalRevision } from '../../proto/generated/artel/coupons/v1/tx.ts';
import type { ArtelNode } from './node.ts';
import { Refused } from './refusals.ts';

export interface ReviserOptions {
  readonly signal: AbortSignal;
  readonly onSent: (revision: MsgFinalRevision, hash: string) => void;
}

/** The one encoding of a final revision, ready to be broadcast. */
export function revisionTx(revision: MsgFinalRevision): Uint8Array {
  return canonicalTx(finalRevision, revision);
}

/** One a component: that of its next segment, where it is due at the latest block. */
export async function dueRevisions(node: ArtelNode): Promise<readonly MsgFinalRevision[]> {
  const due: MsgFinalRevision[] = [];
  let key: Uint8Array | undefined = new Uint8Array();
  while (key !== undefined) {
    const asked = QueryDueRevisionsRequest.fromPartial({ pagination: { key, limit: 100n } });
    const { response }: { readonly response: QueryDueRevisionsResponse } = await node.query(
      '/artel.coupons.v1.Query/DueRevisions',
      QueryDueRevisionsRequest,
      QueryDueRevisionsResponse,
      asked,
    );
    due.push(...response.revisions);
    const next = response.pagination?.nextKey;
    key = next === undefined || next.length === 0 ? undefined : next;
  }
  return due;
}

/**
 * Sends what is due now, and what is due after that, until nothing is; returns how many it sent.
 *
 * @throws where the node can't be asked.
 */
export async function reviseDue(node: ArtelNode, options: ReviserOptions): Promise<number> {
  let sent = 0;
  for (;;) {
    const hashes = await sendDue(node, options);
    if (hashes === undefined) return sent;
    sent += hashes.length;
    for (const hash of hashes) await node.wait(hash);
    // Others were faster: theirs is on its way into a block.
    if (hashes.length === 0) await sleep(othersMs, undefined, { signal: options.signal });
  }
}

const othersMs = 500;

/** Sends what becomes due, until the signal fires; a node that does not answer is asked again. */
export async function keepRevising(
  node: ArtelNode,
  options: ReviserOptions & {
    readonly everyMs: number;
    readonly onProblem: (error: unknown) => void;
  },
): Promise<void> {
  const { signal, everyMs, onProblem } = options;
  while (!signal.aborted) {
    try {
      await reviseDue(node, options);
    } catch (error) {
      if (signal.aborted) return;
      onProblem(error);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Hashes of what was sent; undefined where nothing is due. */
async function sendDue(
  node: ArtelNode,
  { onSent, signal }: ReviserOptions,
): Promise<readonly string[] | undefined> {
  const due = await dueRevisions(node);
  if (due.length === 0) return undefined;
  const hashes: string[] = [];
  for (const revision of due) {
    signal.throwIfAborted();
    try {
      const hash = await node.broadcast(revisionTx(revision));
      onSent(revision, hash);
      hashes.push(hash);
    } catch (error) {
      // Revised meanwhile, or sent by another; where the mempool is full the rest waits.
      if (!(error instanceof Refused)) throw error;
      if (error.refusal === 'mempool_is_full') break;
    }
  }
  return hashes;
}
