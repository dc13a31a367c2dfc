import { idsOf, parseRows, report, type TestRun } from '../rows.ts';

const rows = parseRows(
  '002-x',
  [
    '| id | row | check |',
    '|---|---|---|',
    '| 2-P5 | strong and weak trust | one signature makes no edge |',
    '| 2-P6 | settlement | zero-sum |',
    '| X-1 | one key | starts |',
    'Not a row: 2-P7',
  ].join('\n'),
);

function run(status: string, ...titles: readonly string[]): TestRun {
  return { path: 'a.test.ts', titles, status };
}

function resultOf(id: string, ...runs: readonly TestRun[]): string | undefined {
  return report(rows, runs).find((row) => row.id === id)?.result;
}

test('rows are read from the tables of the specification', () => {
  expect(rows.map(({ id, text }) => [id, text])).toEqual([
    ['2-P5', 'strong and weak trust'],
    ['2-P6', 'settlement'],
    ['X-1', 'one key'],
  ]);
});

test('a title begins with one id or several', () => {
  expect(idsOf('2-P5 one signature makes no edge')).toEqual(['2-P5']);
  expect(idsOf('2-P5, X-1 both')).toEqual(['2-P5', 'X-1']);
  expect(idsOf('2-P5 2-P6: both')).toEqual(['2-P5', '2-P6']);
  expect(idsOf('2-P5')).toEqual(['2-P5']);
  expect(idsOf('one signature (2-P5)')).toEqual([]);
  expect(idsOf('2-P5x is another word')).toEqual([]);
});

test('a row without a test is missing, and one failing test fails it', () => {
  expect(resultOf('2-P5')).toBe('missing');
  expect(resultOf('2-P5', run('passed', '2-P5 a'))).toBe('passed');
  expect(resultOf('2-P5', run('passed', '2-P5 a'), run('failed', '2-P5 b'))).toBe('failed');
  expect(resultOf('2-P5', run('passed', '2-P5 a'), run('pending', '2-P5 b'))).toBe('passed');
  expect(resultOf('2-P5', run('pending', '2-P5 b'))).toBe('skipped');
  expect(resultOf('2-P5', run('not run', '2-P5 b'))).toBe('not run');
  expect(resultOf('2-P6', run('passed', '2-P5 a'))).toBe('missing');
});

test('an id on a describe covers the tests in it', () => {
  expect(resultOf('X-1', run('passed', 'X-1 modules', 'starts without trust'))).toBe('passed');
});
