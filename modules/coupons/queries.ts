/** What can be asked of coupons. Lists come in pages of ascending keys. */
import * as wire from '../../proto/generated/artel/coupons/v1/query.ts';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import type { Context } from '../_kernel/decider.ts';
import type { Query } from '../_kernel/module.ts';
import { paginate } from '../_kernel/pages.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import { u64, type View } from '../_kernel/tables.ts';
import { standingOf } from './balance.ts';
import { credit } from './claims.ts';
import { keyOf } from './decide.ts';
import { tables } from './keys.ts';
import { parametersOf, segmentByNumber, segmentOfTime } from './parameters.ts';
import { dueMs, ledgerOf, messageOf, nextRevision, originsOf } from './revise.ts';
import { leafHash, proofOf } from './supply.ts';
import {
  type CouponPorts,
  collectiveId,
  componentId,
  revisionId,
  segmentId,
  workloadId,
} from './types.ts';

type CouponView = View<typeof tables>;
type Answer<Res> = { readonly ok: true; readonly response: Res } | Refusal;
type Reading = readonly [view: CouponView, ports: CouponPorts, context: Context];

// biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
export const queries: readonly Query<typeof tables, any, any, CouponPorts>[] = [
  query('Balances', wire.QueryBalancesRequest, wire.QueryBalancesResponse, balances),
  query('Statement', wire.QueryStatementRequest, wire.QueryStatementResponse, statement),
  query('Revision', wire.QueryRevisionRequest, wire.QueryRevisionResponse, revision),
  query('Revisions', wire.QueryRevisionsRequest, wire.QueryRevisionsResponse, revisions),
  query('DueRevisions', wire.QueryDueRevisionsRequest, wire.QueryDueRevisionsResponse, due),
  query('Claimable', wire.QueryClaimableRequest, wire.QueryClaimableResponse, claimable),
  query('Ledger', wire.QueryLedgerRequest, wire.QueryLedgerResponse, ledger),
  query('Segment', wire.QuerySegmentRequest, wire.QuerySegmentResponse, segment),
  query('Wallet', wire.QueryWalletRequest, wire.QueryWalletResponse, wallet),
  query('Supply', wire.QuerySupplyRequest, wire.QuerySupplyResponse, supply),
  query('SupplyProof', wire.QuerySupplyProofRequest, wire.QuerySupplyProofResponse, supplyProof),
  query('Params', wire.QueryParamsRequest, wire.QueryParamsResponse, params),
];

function query<Req, Res>(
  name: string,
  request: ProtoCodec<Req>,
  response: ProtoCodec<Res>,
  answer: (request: Req, ...reading: Reading) => Answer<Res>,
): Query<typeof tables, Req, Res, CouponPorts> {
  return {
    path: `/artel.coupons.v1.Query/${name}`,
    request,
    response,
    answer: (view, asked, context, ports) => answer(asked, view, ports, context),
  };
}

function balances(
  { wallet: text, store }: wire.QueryBalancesRequest,
  ...[view, ports]: Reading
): Answer<wire.QueryBalancesResponse> {
  const account = walletOf(text);
  if (isRefusal(account)) return account;
  const component = ports.trust.componentOf(collectiveId(store));
  if (store !== 0n && component === undefined) return absent(`collective ${store}`);
  const parts: { readonly origin: bigint; readonly amountMs: bigint }[] = [];
  for (const { key, value: amountMs } of view.balances.range({ prefix: [account] })) {
    const [, origin] = key;
    if (store !== 0n && ports.trust.componentOf(origin) !== component) continue;
    parts.push({ origin, amountMs });
  }
  const totalMs = parts.reduce((sum, { amountMs }) => sum + amountMs, 0n);
  return answer({ balances: parts, totalMs });
}

function statement(
  { wallet: text, pagination }: wire.QueryStatementRequest,
  ...[view]: Reading
): Answer<wire.QueryStatementResponse> {
  const account = walletOf(text);
  if (isRefusal(account)) return account;
  const page = paginate(tables.entries, view.entries, pagination, [account]);
  if (!page.ok) return page;
  return answer({ entries: page.rows.map(({ value }) => value), pagination: page.pagination });
}

function revision(
  { revision: id }: wire.QueryRevisionRequest,
  ...[view]: Reading
): Answer<wire.QueryRevisionResponse> {
  const found = view.revisions.get(revisionId(id));
  return found === undefined ? absent(`revision ${id}`) : answer({ revision: found });
}

function revisions(
  { component, pagination }: wire.QueryRevisionsRequest,
  ...[view]: Reading
): Answer<wire.QueryRevisionsResponse> {
  if (component === 0n) {
    const page = paginate(tables.revisions, view.revisions, pagination);
    if (!page.ok) return page;
    return answer({ revisions: page.rows.map(({ value }) => value), pagination: page.pagination });
  }
  const named = [componentId(component)] as const;
  const page = paginate(tables.revisionOf, view.revisionOf, pagination, named);
  if (!page.ok) return page;
  const found = page.rows.flatMap(({ value }) => view.revisions.get(value) ?? []);
  return answer({ revisions: found, pagination: page.pagination });
}

/** A page is so many components, revised or not; the key is that of the next one. */
function due(
  { pagination }: wire.QueryDueRevisionsRequest,
  ...[view, ports, { timeMs }]: Reading
): Answer<wire.QueryDueRevisionsResponse> {
  const { key = new Uint8Array(), limit = 0n } = pagination ?? {};
  if (key.length !== 0 && key.length !== 8) {
    return sdk.invalid_request({ what: 'the page key is none of this list' });
  }
  const first = componentId(key.length === 0 ? 0n : u64.decode(key));
  const most = limit === 0n ? 100 : limit > 1000n ? 1000 : Number(limit);
  const found: wire.QueryDueRevisionsResponse['revisions'][number][] = [];
  let seen = 0;
  for (const component of ports.trust.components(first)) {
    seen += 1;
    if (seen > most) {
      return answer({ revisions: found, pagination: { nextKey: u64.encode(component) } });
    }
    if (dueMs(view, ledgerOf(view, ports, component).nextSegment) > timeMs) continue;
    found.push(messageOf(nextRevision(view, ports, component, timeMs)));
  }
  return answer({ revisions: found, pagination: { nextKey: new Uint8Array() } });
}

function claimable(
  { workload: id }: wire.QueryClaimableRequest,
  ...[view, ports]: Reading
): Answer<wire.QueryClaimableResponse> {
  const found = ports.work.workload(workloadId(id));
  if (found === undefined) return absent(`workload ${id}`);
  const { collective, segment: worked, cancelled } = found;
  const share = view.shares.get(collective, worked);
  const claimed = view.claimed.has(workloadId(id));
  if (share === undefined) return answer({ revision: 0n, amountMs: 0n, claimed });
  const revised = view.revisions.get(share.revision);
  if (revised === undefined) return absent(`revision ${share.revision}`);
  const rate = { a: revised.aMs, net: revised.netMs };
  const worth = cancelled || share.expired ? 0n : credit(rate, share.offsetMs, found);
  return answer({ revision: share.revision, amountMs: worth, claimed });
}

function ledger(
  { collective }: wire.QueryLedgerRequest,
  ...[view, ports]: Reading
): Answer<wire.QueryLedgerResponse> {
  const component = ports.trust.componentOf(collectiveId(collective));
  if (component === undefined) return absent(`collective ${collective}`);
  const { debtMs, nextSegment } = ledgerOf(view, ports, component);
  const { goods, coupons, difference } = standingOf(view, ports, component, nextSegment);
  return answer({
    component,
    nextSegment,
    dueAtMs: dueMs(view, nextSegment),
    debtMs,
    goodsMs: goods,
    couponsMs: coupons,
    differenceMs: difference,
  });
}

function segment(
  { segment: number }: wire.QuerySegmentRequest,
  ...[view, , { timeMs }]: Reading
): Answer<wire.QuerySegmentResponse> {
  const latest = timeMs === 0n ? 1n : timeMs;
  const asked = segmentId(number === 0n ? segmentOfTime(view, latest).segment : number);
  return answer(segmentByNumber(view, asked));
}

function wallet(
  { wallet: text }: wire.QueryWalletRequest,
  ...[view]: Reading
): Answer<wire.QueryWalletResponse> {
  const account = walletOf(text);
  if (isRefusal(account)) return account;
  const { guardians = [], threshold = 0 } = view.guardians.get(account) ?? {};
  const approvals = Array.from(view.approvals.range({ prefix: [account] }), (row) => ({
    guardian: row.key[1],
    newKey: row.value,
  }));
  return answer({ key: keyOf(view, account), guardians, threshold, approvals });
}

function supply(
  { collective }: wire.QuerySupplyRequest,
  ...[view, ports]: Reading
): Answer<wire.QuerySupplyResponse> {
  const component = ports.trust.componentOf(collectiveId(collective));
  if (component === undefined) return absent(`collective ${collective}`);
  const origins = originsOf(view, Array.from(ports.trust.members(component))).map((origin) => ({
    collective: origin.collective,
    root: origin.hash,
    balanceMs: origin.sum,
  }));
  const counted = view.supplies.get(component);
  return answer({ component, origins, supply: counted });
}

function supplyProof(
  { wallet: text, origin: id }: wire.QuerySupplyProofRequest,
  ...[view]: Reading
): Answer<wire.QuerySupplyProofResponse> {
  const account = walletOf(text);
  if (isRefusal(account)) return account;
  const origin = collectiveId(id);
  const steps = proofOf({ get: (path) => view.supplyRows.get(origin, path) }, account);
  const standing = view.standings.get(origin);
  if (steps === undefined || standing === undefined) {
    return absent(`balance of ${account} from collective ${id}`);
  }
  return answer({
    leaf: leafHash(origin, account),
    balanceMs: view.balances.get(account, origin) ?? 0n,
    steps: [...steps],
    root: standing.root,
    rootBalanceMs: standing.balanceMs,
  });
}

function params(
  _: wire.QueryParamsRequest,
  ...[view, , { timeMs }]: Reading
): Answer<wire.QueryParamsResponse> {
  const running = segmentOfTime(view, timeMs === 0n ? 1n : timeMs).segment;
  return answer({
    params: parametersOf(view, segmentId(running)),
    next: parametersOf(view, segmentId(running + 1n)),
  });
}

function walletOf(text: string): Address | Refusal {
  const account = parseAddress(text);
  return isAddress(account) ? account : sdk.invalid_address({ what: `wallet ${account.problem}` });
}

function answer<Res>(response: Res): Answer<Res> {
  return { ok: true, response };
}

function absent(what: string): Refusal {
  return sdk.not_found({ what: `there is no ${what}` });
}
