/** The report of a run is one page that any browser shows, with what was violated on top. */
import { execFile } from 'node:child_process';
import { accessSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../../chain/node/test/fixtures.ts';
import { parseMetrics, shownMetrics } from '../metrics.ts';
import { writeReport } from '../report.ts';
import type { RunResult } from '../run.ts';

const result: RunResult = {
  scenario: 'kill <one>',
  about: 'A node & its fate.',
  seed: 7,
  nodes: ['node0', 'node1'].map((name) => ({ name, power: 10 })),
  upMs: 2_000,
  downMs: 300,
  totalMs: 9_000,
  violations: ['A: at height 2 node0 and node1 have the block AA and BB'],
  journal: [
    { ms: 100, kind: 'step', text: 'kill node1' },
    { ms: 900, kind: 'violation', text: 'A: at height 2 node0 and node1 have the block AA and BB' },
  ],
  heights: [0, 1, 2, 3].map((at) => ({
    ms: at * 500,
    node: 'node0',
    height: at === 2 ? undefined : at + 1,
  })),
  blocks: [
    {
      height: 1,
      id: 'ABCDEF0123456789FF',
      appHash: '0123456789ABCDEFFF',
      transactions: 3,
      timeMs: 0,
      round: 2,
      evidence: 1,
    },
  ],
  metrics: [{ ms: 500, node: 'node0', values: { cometbft_consensus_height: 1 } }],
  load: { acknowledged: 3, committed: 3, lost: 0, twice: 0, skipped: 0, latenciesMs: [5, 6, 7] },
  logs: { node0: 'E[...] <wrong>' },
};

function findBrowser(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path);
        return true;
      } catch {
        return false;
      }
    });
}

const browser = findBrowser();
if (browser === undefined) {
  console.warn('The report is not looked at: no chromium or google-chrome on PATH.');
}
const testInBrowser = browser === undefined ? test.skip : test;

testInBrowser(
  'a browser (Chromium or Chrome on PATH) shows the whole report, with nothing fetched',
  async () => {
    await using folder = await temporaryFolder();
    const page = await writeReport(folder.path, result);
    const { stdout } = await promisify(execFile)(browser ?? '', [
      ...['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder.path}/profile`],
      ...['--dump-dom', pathToFileURL(page).href],
    ]);
    expect(stdout).toContain('<h1>kill &lt;one&gt;</h1>');
    expect(stdout).toContain('<p>A node &amp; its fate.</p>');
    expect(stdout.match(/<svg /g)).toHaveLength(1 + shownMetrics.length);
    expect(stdout).not.toMatch(/(?:src|href)=/);
  },
);

test('the line of a chart breaks where nothing is known; round and evidence stand by a block', async () => {
  await using folder = await temporaryFolder();
  const html = await readFile(await writeReport(folder.path, result), 'utf8');
  expect(html).toMatch(/<path d="M[0-9. ]+L[0-9. ]+M[0-9. ]+" class="line"/);
  const row = [1, 'ABCDEF0123456789', '0123456789ABCDEF', 2, 3, 1];
  expect(html).toContain(row.map((cell) => `<td>${cell}</td>`).join(''));
  expect(html).toContain('E[...] &lt;wrong&gt;');
});

test('fifteen metrics are read; of several label sets the sum counts', () => {
  expect(shownMetrics).toHaveLength(15);
  const text = `# HELP cometbft_p2p_peers Number of peers.
cometbft_p2p_peers{chain_id="x"} 3
cometbft_mempool_failed_txs{code="1"} 2
cometbft_mempool_failed_txs{code="2"} 5
another_metric 9
`;
  expect(parseMetrics(text)).toEqual({ cometbft_p2p_peers: 3, cometbft_mempool_failed_txs: 7 });
});
