import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { height, timeMs } from '../../../modules/_kernel/units.ts';
import { modulesByName } from '../../app/app.ts';
import { genesisEvents } from '../../app/audit.ts';
import { openOffline } from '../../app/offline.ts';
import { ArtelNode } from '../../client/node.ts';
import { silent } from '../../demo/progress.ts';
import { playWorkshop } from '../../demo/workshop.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { Auditor } from '../auditor.ts';
import { auditNode } from '../live.ts';
import type { SeenEvent } from '../reading.ts';

const signal = new AbortController().signal;

test('2-N1 X-2 after a play the auditor agrees with a running node, and with its store when it is stopped', async () => {
  const home = await mkdtemp(join(tmpdir(), 'artel-audit-'));
  try {
    await using chain = await startTestChain({ home });
    const [, funder] = chain.accounts;
    if (funder === undefined) throw new Error('the chain has no second account');
    const node = new ArtelNode(chain.rpcUrl, { signal });
    const needs = new Map([[0, 1]]);
    const shop = {
      name: 'two steps',
      units: [{ name: 'lathe', kinds: [0] }],
      tasks: [
        { name: 'turn', order: 0, duration: 2, after: [], needs },
        { name: 'cut', order: 0, duration: 1, after: [0], needs },
      ],
    };
    const play = { node, seed: 'audit', funder, gasPrice: 0.01, progress: silent, signal };
    expect((await playWorkshop({ ...play, shop })).wrong).toEqual([]);
    const audited = await auditNode({
      node,
      genesis: (appState, chainId, ms) =>
        genesisEvents(modulesByName, appState, { chainId, height: height(0n), timeMs: timeMs(ms) }),
    });
    expect(audited.differences).toEqual([]);
    expect(audited.figures).toBeGreaterThan(15);
    await chain.close();
    const offline = await openOffline(join(home, 'state'), pino({ level: 'silent' }));
    const { figures, differences } = await offline.auditNaively();
    expect(differences).toEqual([]);
    expect(figures).toBeGreaterThan(audited.figures - 1);
    await offline.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

/** Facts by name, fields as texts. */
function event(type: string, fields: Readonly<Record<string, unknown>>): SeenEvent {
  const attributes = Object.entries(fields).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
  return { type: `artel.${type}`, attributes };
}

const founded = event('trust.v1.CollectiveFounded', {
  collective: '1',
  owner: 'a',
  component: '1',
});
const started = event('production.v1.ProductionStarted', {
  production: '1',
  producer: '1',
  label: '2',
});
/** An hour in January 2026. */
const worked = {
  workload: '1',
  production: '1',
  wallet: 'w',
  from_ms: '1767229200000',
  to_ms: '1767232800000',
  producer: '1',
  segment: '672',
  before_ms: '0',
};
const nowMs = 1_767_232_800_000n;

describe('what the auditor finds', () => {
  const cases: readonly (readonly [title: string, events: readonly SeenEvent[], RegExp])[] = [
    [
      'a segment that is not that of the work',
      [event('production.v1.WorkloadRegistered', { ...worked, segment: '671' })],
      /a segment: the chain says 671, 672 is due/,
    ],
    [
      'a line that begins elsewhere',
      [event('production.v1.WorkloadRegistered', { ...worked, before_ms: '1' })],
      /the line before a workload: the chain says 1, 0 is due/,
    ],
    [
      'an output of another value than went in',
      [
        event('production.v1.WorkloadRegistered', worked),
        event('production.v1.LotProduced', {
          production: '1',
          lot: '1',
          owner: '1',
          product_type: '1',
          label: '2',
          quantity: '1',
          value_ms: '3600001',
        }),
        event('production.v1.ProductionFinished', { production: '1', value_ms: '3600001' }),
      ],
      /output of production 1: the chain says 3600001, 3600000 is due/,
    ],
    [
      'a claim before its revision',
      [
        event('coupons.v1.CouponsClaimed', {
          workload: '1',
          collective: '1',
          segment: '672',
          wallet: 'w',
          amount_ms: '5',
        }),
      ],
      /nothing is due for it/,
    ],
    ['a fact of a later version', [event('coupons.v1.Forged', {})], /does not know the fact/],
    [
      'tokens from nowhere',
      [event('bank.v1.Transferred', { sender: 'a', recipient: 'b', amount_uhub: '1' })],
      /the balance of a is -1uhub/,
    ],
    [
      'a debt that balances nothing',
      [event('coupons.v1.DebtCarried', { component: '1', debt_ms: '7', next_segment: '672' })],
      /component 1: G - K - P \+ D = 7/,
    ],
  ];
  test.each(cases)('%s', (_title, events, problem) => {
    const auditor = new Auditor();
    auditor.take(1n, nowMs, [founded, started]);
    expect(auditor.problems).toEqual([]);
    auditor.take(2n, nowMs, events);
    expect(auditor.problems.join('\n')).toMatch(problem);
  });
});
