/**
 * Prints every acceptance row of docs/spec with the tests that carry its id and their last result,
 * so that anyone sees what is proved and what is missing. `-o json` for programs.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listSources } from './tidy/repository.ts';

export interface Row {
  readonly id: string;
  /** File under docs/spec without its ending: `002-stachanov`. */
  readonly system: string;
  readonly text: string;
}

export interface TestRun {
  readonly path: string;
  /** Titles from the outermost `describe` to the test's own. */
  readonly titles: readonly string[];
  readonly status: string;
}

export type RowResult = 'passed' | 'failed' | 'skipped' | 'not run' | 'missing';

export interface RowReport extends Row {
  readonly result: RowResult;
  readonly tests: readonly { readonly title: string; readonly path: string; status: string }[];
}

const rowId = /(?:X-\d+|[0-9]-[A-Z]\d+)/;
const rowLine = new RegExp(`^\\|\\s*(${rowId.source})\\s*\\|\\s*(.*?)\\s*\\|`);
const leadingIds = new RegExp(`^(?:${rowId.source}(?:[ ,]+|(?=:)|$))+`);
const titledCall = /\b(?:test|it|describe)(?:\.\w+)*\(\s*(['"`])((?:(?!\1).)*)\1/g;

/** The rows of one document's tables, in its order. */
export function parseRows(system: string, markdown: string): readonly Row[] {
  return markdown.split('\n').flatMap((line) => {
    const [, id, text] = rowLine.exec(line) ?? [];
    return id === undefined || text === undefined ? [] : [{ id, system, text }];
  });
}

/** The row ids that a test title begins with: `2-P5, 2-P6 one signature ...` gives both. */
export function idsOf(title: string): readonly string[] {
  return leadingIds.exec(title)?.[0].match(new RegExp(rowId.source, 'g')) ?? [];
}

/** A row fails when one of its tests fails, and passes when one passes and none fails. */
export function report(rows: readonly Row[], runs: readonly TestRun[]): readonly RowReport[] {
  const byId = new Map<string, { title: string; path: string; status: string }[]>();
  for (const run of runs) {
    const title = run.titles.join(' > ');
    for (const id of new Set(run.titles.flatMap(idsOf))) {
      const tests = byId.get(id) ?? [];
      tests.push({ title, path: run.path, status: run.status });
      byId.set(id, tests);
    }
  }
  return rows.map((row) => {
    const tests = byId.get(row.id) ?? [];
    return { ...row, result: resultOf(tests.map(({ status }) => status)), tests };
  });
}

function resultOf(statuses: readonly string[]): RowResult {
  if (statuses.length === 0) return 'missing';
  if (statuses.includes('failed')) return 'failed';
  if (statuses.includes('passed')) return 'passed';
  return statuses.every((status) => status === 'not run') ? 'not run' : 'skipped';
}

/**
 * What the last runs left behind, for test files that still exist; never run ones from their text.
 */
export function loadRuns(root: string): readonly TestRun[] {
  const files = listSources(root).filter((path) => path.endsWith('.test.ts'));
  const folder = join(root, '.cache', 'test-results');
  const results = new Map<string, readonly TestRun[]>();
  for (const name of readIfThere(folder)) {
    if (name === 'summary.json' || !name.endsWith('.json') || name.startsWith('.')) continue;
    const { path, broken, tests } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      path: string;
      broken: boolean;
      tests: readonly Omit<TestRun, 'path'>[];
    };
    const runs = broken
      ? writtenTests(root, path, 'failed')
      : tests.map((test) => ({ ...test, path }));
    results.set(path, runs);
  }
  return files.flatMap((path) => results.get(path) ?? writtenTests(root, path, 'not run'));
}

/** Tests as their file spells them, for one that never ran or that does not load. */
function writtenTests(root: string, path: string, status: string): readonly TestRun[] {
  const file = join(root, path);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return [...text.matchAll(titledCall)].map((match) => ({
    path,
    titles: [match[2] ?? ''],
    status,
  }));
}

function readIfThere(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function print(reports: readonly RowReport[]): void {
  const systems = Map.groupBy(reports, ({ system }) => system);
  for (const [system, rows] of systems) {
    console.log(`\n${system}`);
    for (const { id, result, text, tests } of rows) {
      console.log(`  ${id.padEnd(6)} ${result.padEnd(8)} ${text}`);
      for (const test of tests) {
        console.log(`  ${''.padEnd(15)} ${test.status}: ${test.title} (${test.path})`);
      }
    }
  }
  console.log('');
  for (const [system, rows] of systems) {
    const counts = Map.groupBy(rows, ({ result }) => result);
    const parts = [...counts].map(([result, of]) => `${of.length} ${result}`);
    console.log(
      `${system.padEnd(20)} ${String(rows.length).padStart(3)} rows: ${parts.join(', ')}`,
    );
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const folder = join(root, 'docs', 'spec');
  const rows = readdirSync(folder)
    .sort()
    .flatMap((name) =>
      parseRows(name.replace(/\.md$/, ''), readFileSync(join(folder, name), 'utf8')),
    );
  const reports = report(rows, loadRuns(root));
  if (process.argv[2] === '-o' && process.argv[3] === 'json') {
    console.log(JSON.stringify(reports, null, 2));
  } else print(reports);
}
