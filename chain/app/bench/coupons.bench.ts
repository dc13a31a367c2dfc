/**
 * Coupons through the whole application, with a durable store: the final revision of a large
 * component in one block, and what claims and workloads cost beside bank transfers, in turns within
 * one run. Rows that a month of work would have left are written straight into the store before.
 * One JSON line a figure. Run: node chain/app/bench/coupons.bench.ts [--tiny]
 * [--workloads N]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import { CheckTxType, RequestQuery } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { type Draft, draft } from '../../../modules/_kernel/tables.ts';
import { durationMs, timeMs, workMs } from '../../../modules/_kernel/units.ts';
import { collectiveId, segmentId, workloadId } from '../../../modules/coupons/types.ts';
import { addPair } from '../../../modules/production/evolve/rows.ts';
import { tables } from '../../../modules/production/keys.ts';
import type { Workload } from '../../../modules/production/types.ts';
import {
  QueryDueRevisionsRequest,
  QueryDueRevisionsResponse,
} from '../../../proto/generated/artel/coupons/v1/query.ts';
import { MsgClaim } from '../../../proto/generated/artel/coupons/v1/tx.ts';
import { Label, Production } from '../../../proto/generated/artel/production/v1/state.ts';
import { MsgRegisterWorkload } from '../../../proto/generated/artel/production/v1/tx.ts';
import type { Figure, Goal } from '../../../tools/bench.ts';
import { revisionTx } from '../../client/reviser.ts';
import { Driver } from '../../dev/driver.ts';
import { type SigningKey, sendMessage, signedTx } from '../../dev/sender.ts';
import { blockRecord } from '../../events/block-record.ts';
import { Overlay } from '../../store/overlay.ts';
import { publicKeyAddress } from '../../tx/public-key.ts';
import { createApp } from '../app.ts';
import { emptyState } from '../genesis.ts';
import { makeGenesis } from '../local-genesis.ts';

const { values } = parseArgs({
  options: { tiny: { type: 'boolean', default: false }, workloads: { type: 'string' } },
});
const { tiny } = values;
const members = tiny ? 10 : 1_000;
const workloads = Number(values.workloads ?? (tiny ? 200 : 1_000_000));
const stornos = tiny ? 20 : 10_000;
const batch = tiny ? 10 : 500;
const rounds = tiny ? 2 : 12;
/** Rounds before, in which the compiler warms up. */
const warming = tiny ? 1 : 4;

const none = new Uint8Array();
const chainId = 'artel-dev-bench';
const hourMs = 3_600_000n;
const startS = 1_767_225_600n;
const startMs = startS * 1_000n;
const first = startMs / hourMs;
/** The segments before it warm up the compiler, as a node that has run for a while is. */
const measured = 5;

const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(privateKey: Uint8Array): Uint8Array;
};

function keyOf(index: number): SigningKey {
  const privateKey = sha256(new TextEncoder().encode(`bench/${index}`));
  const publicKey = native.publicKeyCreate(privateKey);
  const address = publicKeyAddress({ type: 'secp256k1', bytes: publicKey });
  return { privateKey, publicKey, address };
}
const keys = Array.from({ length: Math.max(members, batch) }, (_, index) => keyOf(index));

/** Collective i belongs to account i - 1; each trusts the next, so all are one component. */
function genesisState(): Record<string, unknown> {
  const doc = makeGenesis({
    chainId,
    genesisTimeMs: Number(startMs),
    validators: [{ name: 'bench', publicKey: new Uint8Array(32).fill(1) }],
    accounts: keys.map(({ address }) => address),
  });
  const state = doc.app_state as Record<string, Record<string, unknown>>;
  const collectives = Array.from({ length: members }, (_, index) => ({
    collective: `${index + 1}`,
    owner: keys[index]?.address,
    name: `collective ${index + 1}`,
    kind: 'steady',
    consumption: 'C2C',
    descriptionHash: '',
    foundedAtMs: `${startMs + 1n}`,
    component: '1',
  }));
  const edges = Array.from({ length: members - 1 }, (_, index) => ({
    low: `${index + 1}`,
    high: `${index + 2}`,
    establishedAtMs: `${startMs + 1n}`,
  }));
  const parameters = { segmentLengthMs: `${hourMs}`, graceMs: '0' };
  return {
    ...state,
    trust: { ...state.trust, collectives, edges, nextComponent: '2' },
    coupons: { parameters: [{ fromSegment: '0', parameters }] },
  };
}

const folder = await mkdtemp(join(tmpdir(), 'artel-bench-'));
const app = await createApp({ path: folder, logger: pino({ level: 'warn' }), version: 'bench' });
try {
  const node = new Driver(app, 0n, startS);
  await node.begin({ chainId, timeS: startS, appState: genesisState(), maxGas: 0n });
  for (let segment = 0; segment < measured; segment += 1) {
    await write(node, segmentRows(segment, false));
  }
  await writeMany(node, workloadRows());
  await revisions(node);
  await sides(node);
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}

type Rows = (production: Draft<typeof tables>) => void;

/** Commits rows as a block of their own, without asking any rule. */
async function write(node: Driver, rows: Rows): Promise<void> {
  const overlay = new Overlay(emptyState);
  rows(
    draft(tables, {
      get: (key) => overlay.get('production', key),
      range: (bounds) => overlay.range('production', bounds),
      set: (key, value) => overlay.set('production', key, value),
      delete: (key) => overlay.delete('production', key),
    }),
  );
  const height = (app.store.head?.height ?? 0n) + 1n;
  const prepared = await app.store.prepare(overlay.changes());
  await app.store.commit(height, prepared, blockRecord(timeMs(node.timeS * 1_000n), none));
  node.height = height;
  node.timeS += 1n;
}

async function writeMany(node: Driver, all: readonly Rows[]): Promise<void> {
  for (const rows of all) await write(node, rows);
}

/** Workload i of a member: some hundred thousand ms, the same in every run. */
function amountOf(member: number, index: number): bigint {
  return BigInt(100_000 + ((member * 7_919 + index * 104_729) % 99_991));
}

/** The line of one member: its workloads, and the last ones of them taken back. */
function lineOf(member: number): {
  readonly entries: readonly { readonly before: bigint; readonly amount: bigint }[];
  readonly pairs: readonly {
    readonly index: number;
    readonly before: bigint;
    readonly amount: bigint;
    readonly total: bigint;
  }[];
  readonly total: bigint;
} {
  const entries: { before: bigint; amount: bigint }[] = [];
  let total = 0n;
  for (let index = 0; index < workloads / members; index += 1) {
    const amount = amountOf(member, index);
    entries.push({ before: total, amount });
    total += amount;
  }
  const pairs = [];
  for (let index = entries.length - stornos / members; index < entries.length; index += 1) {
    const { before, amount } = entries[index] ?? { before: 0n, amount: 0n };
    pairs.push({ index, before, amount, total });
    total -= amount;
  }
  return { entries, pairs, total };
}

function segmentRows(segment: number, all: boolean): Rows {
  return (production) => {
    const id = segmentId(first + BigInt(segment));
    for (let member = 0; member < members; member += 1) {
      const { pairs, total } = lineOf(member);
      const owner = collectiveId(BigInt(member + 1));
      const nothing = workMs(0n);
      production.sums.set(owner, id, {
        aMs: workMs(total),
        cMs: nothing,
        wMs: nothing,
        previous: segmentId(segment === 0 ? 0n : id - 1n),
        pairs: 0n,
      });
      production.latest.set(owner, id);
      const segments = all ? BigInt(measured + 1) : BigInt(segment + 1);
      production.exclusiveGoods.set(owner, total * segments);
      for (const { index, before, amount, total: at } of pairs) {
        addPair(production, owner, id, {
          workload: numberOf(member, index),
          beforeMs: workMs(before),
          amountMs: workMs(amount),
          totalMs: workMs(at),
        });
      }
    }
  };
}

function numberOf(member: number, index: number) {
  return workloadId(BigInt(member * (workloads / members) + index + 1));
}

/** The measured segment with each of its workloads, and an open production a member. */
function workloadRows(): readonly Rows[] {
  const atOnce = Math.max(1, Math.floor(members / 20));
  const batches = Array.from({ length: Math.ceil(members / atOnce) }, (_, n): Rows => {
    const some = Array.from({ length: atOnce }, (__, i) => n * atOnce + i);
    return (production) => {
      for (const member of some.filter((m) => m < members)) workloadsOf(production, member);
    };
  });
  const next: Rows = (production) => {
    production.next.set('workload', BigInt(workloads + 1));
    production.next.set('production', BigInt(members + 1));
    for (let member = 0; member < members; member += 1) {
      const id = BigInt(member + 1) as never;
      const open = Production.fromPartial({
        production: id,
        order: id,
        estimate: id,
        producer: id,
        label: Label.EXCLUSIVE,
        startedAtMs: timeMs(startMs + 1n),
        stage: 'open',
        workedMs: workMs(lineOf(member).total),
      });
      production.productions.set(id, open as never);
    }
  };
  return [...batches, segmentRows(measured, true), next];
}

function workloadsOf(production: Draft<typeof tables>, member: number): void {
  const { entries, pairs } = lineOf(member);
  const reversedFrom = entries.length - pairs.length;
  const base = startMs + BigInt(measured) * hourMs;
  entries.forEach(({ before, amount }, index) => {
    const id = numberOf(member, index);
    const wallet = keys[member % keys.length]?.address as Workload['wallet'];
    production.workloads.set(id, {
      workload: id,
      production: BigInt(member + 1) as never,
      wallet,
      fromMs: timeMs(base + 1n),
      toMs: timeMs(base + 1n + amount),
      stage: index < reversedFrom ? 'registered' : 'reversed',
      producer: collectiveId(BigInt(member + 1)),
      segment: segmentId(first + BigInt(measured)),
      beforeMs: workMs(before),
    });
  });
}

async function revisions(node: Driver): Promise<void> {
  const counted = `${members} collectives, ${workloads} workloads`;
  const shape = `${counted}, ${stornos} storno pairs`;
  for (let segment = 0; segment <= measured; segment += 1) {
    node.timeS = (startMs + BigInt(segment + 1) * hourMs) / 1_000n;
    await node.block();
    const [due] = await dueNow(node);
    if (due === undefined) throw new Error('no revision is due');
    const tx = revisionTx(due);
    const checkBegin = performance.now();
    const checked = await node.check(tx);
    const checkMs = performance.now() - checkBegin;
    if (checked.code !== 0) throw new Error(checked.log);
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const { txResults } = await node.finalize({ txs: [tx] });
    const executed = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    await node.commit();
    const committed = performance.now();
    if (txResults[0]?.code !== 0) throw new Error(txResults[0]?.log);
    if (segment < measured) continue;
    const { net } = due;
    const hash = `${net}`;
    figure(`final revision, ${shape}`, executed - begin, 'ms', hash, { atMost: 50 });
    figure(`final revision, processor time, ${shape}`, (user + system) / 1_000, 'ms', hash);
    figure(`final revision, Commit, ${shape}`, committed - executed, 'ms', hash);
    figure(`final revision, first CheckTx, ${shape}`, checkMs, 'ms', hash);
    const again = performance.now();
    for (let n = 0; n < 1_000; n += 1) await node.check(revisionTx({ ...due, net: net + 1n }));
    figure(`wrong revision, CheckTx, ${shape}`, (performance.now() - again) / 1_000, 'ms', hash);
  }
}

async function dueNow(node: Driver) {
  const data = QueryDueRevisionsRequest.encode({ pagination: undefined }).finish();
  const path = '/artel.coupons.v1.Query/DueRevisions';
  const answer = await node.app.application.query(RequestQuery.fromPartial({ path, data }));
  if (answer.code !== 0) throw new Error(answer.log);
  return QueryDueRevisionsResponse.decode(answer.value).revisions;
}

/** Batches of sends, claims and workloads in turns: processor time of each a transaction. */
async function sides(node: Driver): Promise<void> {
  const sequences = keys.map(() => 0n);
  const sign = (from: number, typeUrl: string, value: Uint8Array): Uint8Array => {
    const sequence = sequences[from] ?? 0n;
    sequences[from] = sequence + 1n;
    return signedTx(keys[from] as SigningKey, {
      messages: [{ typeUrl, value }],
      chainId,
      accountNumber: BigInt(from),
      sequence,
      gasLimit: 1_000_000n,
    });
  };
  const addressOf = (index: number): string => keys[index]?.address ?? '';
  const makers = {
    send(round: number, n: number) {
      const to = addressOf((n + round + 1) % keys.length);
      const { typeUrl, value } = sendMessage(addressOf(n), to, '1');
      return sign(n, typeUrl, value);
    },
    claim(round: number, n: number) {
      const member = n % members;
      const index = round + Math.floor(n / members) * rounds;
      const workload = numberOf(member, index);
      const claim = { signer: addressOf(member), workload, revision: BigInt(measured + 1) };
      return sign(member, '/artel.coupons.v1.MsgClaim', MsgClaim.encode(claim).finish());
    },
    workload(round: number, n: number) {
      const member = n % members;
      const toMs = node.timeS * 1_000n - 1n;
      const wallet = addressOf((member + 1) % keys.length);
      const work = {
        signer: addressOf(member),
        production: BigInt(member + 1),
        wallet,
        fromMs: toMs - durationMs(100n) - BigInt(round),
        toMs,
      };
      const value = MsgRegisterWorkload.encode(work).finish();
      return sign(member, '/artel.production.v1.MsgRegisterWorkload', value);
    },
  } as const;
  type Kind = keyof typeof makers;
  const spent: Record<Kind, number> = { send: 0, claim: 0, workload: 0 };
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of Object.keys(makers) as readonly Kind[]) {
      node.timeS += 2n;
      await node.block();
      const txs = Array.from({ length: batch }, (_, n) => makers[kind](round, n));
      const begin = process.cpuUsage();
      for (const tx of txs) {
        const { code, log } = await app.application.checkTx({ tx, type: CheckTxType.NEW });
        if (code !== 0) throw new Error(`${kind}: ${log}`);
      }
      const { txResults } = await node.block({ txs });
      const { user, system } = process.cpuUsage(begin);
      const failed = txResults.find(({ code }) => code !== 0);
      if (failed !== undefined) throw new Error(`${kind}: ${failed.log}`);
      if (round >= warming) spent[kind] += (user + system) / 1_000;
    }
  }
  const each = (kind: Kind): number => (spent[kind] / (batch * (rounds - warming))) * 1_000;
  const hash = Buffer.from(app.store.head?.appHash ?? none)
    .toString('hex')
    .slice(0, 16);
  figure('a bank send, CheckTx to Commit', each('send'), 'us', hash);
  figure('a claim, CheckTx to Commit', each('claim'), 'us', hash);
  figure('a workload, CheckTx to Commit', each('workload'), 'us', hash);
  const times = { atMost: 2 };
  figure('a claim, times a bank send', each('claim') / each('send'), 'x', hash, times);
  figure('a workload, times a bank send', each('workload') / each('send'), 'x', hash, times);
}

function figure(name: string, value: number, unit: string, hash: string, goal?: Goal): void {
  const line: Figure = {
    case: name,
    value: Math.round(value * 1_000) / 1_000,
    unit,
    hash,
    ...(goal === undefined ? {} : { goal }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
