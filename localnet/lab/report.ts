/** The report of a run: one HTML file that needs nothing else, and the same as JSON. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeHtml, lineChart, type Mark, type Series } from './chart.ts';
import { shownMetrics } from './metrics.ts';
import type { RunResult, ToldBlock } from './run.ts';

/** Writes `<folder>/<scenario>-<seed>.html` and `.json`; gives the first one's path. */
export async function writeReport(folder: string, result: RunResult): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${result.scenario}-${result.seed}`);
  await writeFile(`${path}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  await writeFile(`${path}.html`, reportHtml(result));
  return `${path}.html`;
}

/** The page. */
export function reportHtml(result: RunResult): string {
  const { scenario, about, seed, violations, journal, nodes, load } = result;
  const untilX = Math.max(1, ...journal.map(({ ms }) => ms), ...result.heights.map(({ ms }) => ms));
  const marks = journal
    .filter(({ kind }) => kind === 'step' || kind === 'violation')
    .map(({ ms, kind, text }): Mark => ({ x: ms, text, bad: kind === 'violation' }));
  const heights = lineChart({
    title: 'height of each node',
    series: nodes.map(({ name }) => ({
      name,
      points: result.heights
        .filter(({ node }) => node === name)
        .map(({ ms, height }) => [ms, height] as const),
    })),
    marks,
    untilX,
    height: 260,
  });
  const verdict =
    violations.length === 0
      ? '<p class="ok">All invariants held.</p>'
      : `<ul class="violations">${violations.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
  const facts: readonly (readonly [string, string])[] = [
    ['seed', String(seed)],
    ['nodes', nodes.map(({ name, power }) => `${name} (${power})`).join(', ')],
    ['first block of each after', `${result.upMs} ms`],
    ['down after', `${result.downMs} ms`],
    ['blocks', String(result.blocks.length)],
    ...(load === undefined
      ? []
      : ([
          ['transactions acknowledged', String(load.acknowledged)],
          ['of those in a block', String(load.committed)],
          ['time until in a block', percentiles(load.latenciesMs)],
        ] as const)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(scenario)}</title>
<style>${style}</style></head><body>
<h1>${escapeHtml(scenario)}</h1><p>${escapeHtml(about)}</p>
${verdict}
<table>${facts.map(([name, value]) => row([name, value])).join('')}</table>
<h2>Heights</h2>${heights}
<h2>What happened</h2>
<table><tr><th>after</th><th>kind</th><th></th></tr>
${journal.map(({ ms, kind, text }) => row([`${(ms / 1000).toFixed(2)} s`, kind, text], kind)).join('\n')}
</table>
<h2>Blocks</h2>
<table><tr><th>height</th><th>block</th><th>app hash before it</th><th>round</th>
<th>transactions</th><th>evidence</th></tr>
${result.blocks.map(blockRow).join('\n')}
</table>
<h2>Metrics</h2>${shownMetrics.map((name) => metricChart(result, name, marks, untilX)).join('\n')}
${Object.entries(result.logs)
  .map(([node, text]) => `<h2>Log of ${escapeHtml(node)}</h2><pre>${escapeHtml(text)}</pre>`)
  .join('\n')}
</body></html>
`;
}

function blockRow({ height, id, appHash, round, transactions, evidence }: ToldBlock): string {
  const numbers = [round ?? '', transactions, evidence].map(String);
  return row([String(height), id.slice(0, 16), appHash.slice(0, 16), ...numbers]);
}

function metricChart(
  { metrics, nodes }: RunResult,
  name: string,
  marks: readonly Mark[],
  untilX: number,
): string {
  const series = nodes.map(
    (node): Series => ({
      name: node.name,
      points: metrics
        .filter(({ node: of }) => of === node.name)
        .map(({ ms, values }) => [ms, values[name]] as const),
    }),
  );
  return lineChart({ title: name, series, marks, untilX, height: 120 });
}

function percentiles(sorted: readonly number[]): string {
  if (sorted.length === 0) return 'none';
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms`;
}

function row(cells: readonly string[], kind = ''): string {
  return `<tr class="${kind}">${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

const style = `
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:.5em 0}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}
svg{width:100%;height:auto;margin:.3em 0;background:#fafafa}
svg text{font:11px system-ui,sans-serif}.title{font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}
.axis{stroke:#999;fill:none}.line{fill:none;stroke-width:1.5}.mark{stroke:#bbb;stroke-dasharray:2 3}
.bad{stroke:#c00;stroke-width:2}.ok{color:#060;font-weight:600}.violations,tr.violation{color:#b00}
pre{overflow-x:auto;background:#f4f4f4;padding:1em;font-size:12px}`;
