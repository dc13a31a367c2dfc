/** Metrics of a driven application, their server, and the documents that name them. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import { parse } from 'yaml';
import { keyOf, TestNode } from '../../app/test/test-node.ts';
import { PrometheusTelemetry } from '../prometheus.ts';
import { serveMetrics } from '../server.ts';

const docs = join(import.meta.dirname, '..', '..', '..', 'docs');

/** Name with labels -> value, of every sample. */
async function samplesOf(telemetry: PrometheusTelemetry): Promise<ReadonlyMap<string, number>> {
  const lines = (await telemetry.text()).split('\n').filter((line) => !/^(?:#|$)/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Two good blocks and what else can happen; the same with and without telemetry. */
async function play(node: TestNode): Promise<string> {
  const to = keyOf(4).address;
  const first = node.send(0, to, '5');
  await node.check(first);
  await node.app.application.checkTx({ tx: first, type: CheckTxType.RECHECK });
  await node.check(Uint8Array.of(1, 2, 3));
  await node.block({ txs: [first, node.send(1, to, '999999999999999')] });
  await node.accepts({ txs: [Uint8Array.of(1, 2, 3)] });
  await node.block({ txs: [node.send(0, to, '6')] });
  await node.query('/cosmos.bank.v1beta1.Query/Params');
  return node.appHash;
}

test('what happens in the application is counted, and the state is that of a silent one', async () => {
  const telemetry = new PrometheusTelemetry('1.2.3');
  const node = await TestNode.begun({ telemetry });
  const silent = await TestNode.begun();
  expect(await play(node)).toBe(await play(silent));
  const samples = await samplesOf(telemetry);
  const read = (name: string): number | undefined => samples.get(name);
  expect(read('artel_build_info{version="1.2.3"}')).toBe(1);
  expect(read('artel_store_head_height')).toBe(2);
  expect(read('artel_store_oldest_height')).toBe(Number(node.app.store.oldest));
  const rows = (result: string): number =>
    read(`artel_store_cache_reads_total{cache="rows",result="${result}"}`) ?? 0;
  expect(rows('hit')).toBeGreaterThan(rows('miss'));
  expect(read('artel_store_commit_seconds_total{part="batch"}')).toBeGreaterThan(0);
  expect(read('artel_store_pruning_backlog_heights')).toBe(0);
  expect(read('artel_store_disk_bytes')).toBe(await node.app.store.diskBytes());
  expect(read('artel_blocks_total')).toBe(2);
  // Two decided blocks and the rejected proposal.
  expect(read('artel_block_execution_seconds_count')).toBe(3);
  expect(read('artel_block_commit_seconds_count')).toBe(2);
  expect(read('artel_block_transactions_sum')).toBe(3);
  expect(read('artel_transactions_total{codespace="",code="0"}')).toBe(2);
  expect(read('artel_transactions_total{codespace="sdk",code="5"}')).toBe(1);
  expect(read('artel_gas_used_total')).toBeGreaterThan(0);
  expect(read('artel_gas_wanted_total')).toBeGreaterThan(read('artel_gas_used_total') ?? 0);
  expect(read('artel_check_seconds_count')).toBe(2);
  expect(read('artel_recheck_seconds_count')).toBe(1);
  expect(read('artel_check_refusals_total{codespace="sdk",code="2"}')).toBe(1);
  expect(read('artel_signatures_total{source="computed"}')).toBe(3);
  expect(read('artel_signatures_total{source="remembered"}')).toBeGreaterThan(0);
  expect(read('artel_query_seconds_count')).toBe(1);
  expect(read('artel_proposals_rejected_total')).toBe(1);
  expect(read('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  expect(samples.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  await node.app.close();
  await silent.app.close();
});

test('the server gives the text at /metrics, and names what keeps it from listening', async () => {
  const telemetry = new PrometheusTelemetry('1.2.3');
  const server = await serveMetrics('127.0.0.1:0', telemetry);
  const response = await fetch(server.url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain('\nartel_blocks_total 0\n');
  expect((await fetch(server.url.replace('/metrics', '/'))).status).toBe(404);

  const address = new URL(server.url).host;
  await expect(serveMetrics(address, telemetry)).rejects.toMatchObject({
    message: `the metrics port ${address} is in use by another program`,
    exitCode: 3,
  });
  await server[Symbol.asyncDispose]();
  // Free again: nothing holds it open.
  const again = createServer();
  await new Promise<void>((resolve) => again.listen(Number(new URL(server.url).port), resolve));
  await new Promise((resolve) => again.close(resolve));

  for (const wrong of ['26661', 'http://127.0.0.1:26661', '127.0.0.1:99999', ':26661']) {
    await expect(serveMetrics(wrong, telemetry)).rejects.toMatchObject({
      message: `--metrics is ${wrong}, expected host:port`,
      exitCode: 2,
    });
  }
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly annotations: { readonly summary: string };
}

describe('documents', () => {
  /** Every name that a query may ask for. */
  async function known(): Promise<ReadonlySet<string>> {
    const telemetry = new PrometheusTelemetry('test');
    const types = (await telemetry.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
    const names = [...types].flatMap(([, name = '', type]) =>
      type === 'histogram' || type === 'summary'
        ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
        : [name],
    );
    return new Set(names);
  }
  const namesIn = (text: string): readonly string[] =>
    text.match(/\b(?:artel|nodejs|process)_[a-z0-9_]*[a-z0-9]\b/g) ?? [];

  test('the dashboard loads: its panels stand apart and name metrics that exist', async () => {
    const dashboard = JSON.parse(readFileSync(join(docs, 'grafana', 'artel.json'), 'utf8')) as {
      readonly title: string;
      readonly uid: string;
      readonly schemaVersion: number;
      readonly templating: { readonly list: readonly { readonly name: string }[] };
      readonly panels: readonly {
        readonly id: number;
        readonly type: string;
        readonly gridPos: Readonly<Record<'h' | 'w' | 'x' | 'y', number>>;
        readonly targets: readonly { readonly refId: string; readonly expr: string }[];
      }[];
    };
    expect(dashboard).toMatchObject({ title: 'Artel node', uid: 'artel-node' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance']);
    const metrics = await known();
    const taken = new Set<string>();
    for (const { type, gridPos, targets } of dashboard.panels) {
      expect(['stat', 'timeseries']).toContain(type);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken).not.toContain(`${x},${y}`);
          taken.add(`${x},${y}`);
        }
      }
      for (const { expr } of targets) {
        const names = namesIn(expr);
        expect(names.length).toBeGreaterThan(0);
        expect(names.filter((name) => !metrics.has(name))).toEqual([]);
      }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test('docs/operate.md names every metric of ours and none that is not; ten alerts', async () => {
    const text = readFileSync(join(docs, 'operate.md'), 'utf8');
    const metrics = await known();
    const named = namesIn(text.slice(text.indexOf('## Metrics')));
    expect(named.filter((name) => !metrics.has(name))).toEqual([]);
    const own = [...metrics].filter((name) => name.startsWith('artel_'));
    const plain = own.filter((name) => !/_(?:bucket|sum|count)$/.test(name));
    expect(plain.filter((name) => !named.includes(name))).toEqual([]);
    expect(text.match(/^\| Artel\w+ +\|/gm)).toHaveLength(10);
  });

  test('the alerts for Prometheus are those of docs/operate.md, each with a case of its own', () => {
    const table = readFileSync(join(docs, 'operate.md'), 'utf8');
    const rows = [...table.matchAll(/^\| (Artel\w+) \| `([^`]+)` \| (\w+) \| (.+?) \|/gm)];
    const read = (name: string): unknown =>
      parse(readFileSync(join(docs, 'prometheus', name), 'utf8'));
    const { groups } = read('alerts.yml') as {
      readonly groups: readonly { readonly rules: readonly Rule[] }[];
    };
    expect(
      groups.flatMap(({ rules }) =>
        rules.map((rule) => [rule.alert, rule.expr, rule.for, rule.annotations.summary]),
      ),
    ).toEqual(rows.map(([, ...cells]) => cells));
    const cases = JSON.stringify(read('alerts.test.yml'));
    for (const [, name] of rows) expect(cases).toContain(`alertname=\\"${name}\\"`);
  });
});
