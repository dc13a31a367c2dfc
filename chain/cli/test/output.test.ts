/** Tables and answers as people read them. */
import { formatAnswer, formatJson, formatTable } from '../output.ts';

test('columns are as wide as their widest cell and numbers stand right', () => {
  expect(
    formatTable(
      ['name', 'height'],
      [
        ['alice', '7'],
        ['bo', '1234567'],
      ],
    ),
  ).toBe('NAME    HEIGHT\nalice        7\nbo     1234567');
});

test('an answer shows its plain fields, then its lists', () => {
  const answer = {
    balances: [
      { denom: 'uhub', amount: '5' },
      { denom: 'other', amount: '10' },
    ],
    height: 3n,
    none: [],
    deep: { a: { b: 1 } },
  };
  expect(formatAnswer(answer)).toBe(
    [
      'height  3',
      'none    (none)',
      'balances:',
      '  DENOM  AMOUNT',
      '  uhub        5',
      '  other      10',
      'deep:',
      '  a:',
      '    b  1',
    ].join('\n'),
  );
  expect(formatAnswer([])).toBe('(none)');
});

test('JSON writes bigints as strings and bytes as base64', () => {
  expect(JSON.parse(formatJson({ a: 1n, b: Uint8Array.of(171, 1) }))).toEqual({
    a: '1',
    b: 'qwE=',
  });
});
