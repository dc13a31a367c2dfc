/**
 * Amounts, durations and the other typed values: what is read, what is refused, what reads back.
 */
import fc from 'fast-check';
import { CliError } from '../context.ts';
import {
  feeOf,
  formatAmount,
  formatDuration,
  formatHex,
  formatTime,
  parseAmount,
  parseBytes,
  parseCount,
  parseDuration,
  parseGasPrice,
  parseHex,
  parseTime,
  parseUint64,
} from '../values.ts';

const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CliError) return `${error.exitCode} ${error.message} / ${error.hint}`;
    throw error;
  }
  throw new Error('was accepted');
}

describe('amounts', () => {
  test.each([
    ['12hub', 12_000_000n],
    ['0.5hub', 500_000n],
    ['0.000001hub', 1n],
    ['12000000uhub', 12_000_000n],
    ['0hub', 0n],
    [' 3 hub', 3_000_000n],
    ['18446744073709.551615hub', (1n << 64n) - 1n],
  ])('%s is %d uhub', (text, expected) => expect(parseAmount(text)).toBe(expected));

  test.each([
    '12',
    'hub',
    '-1hub',
    '1.hub',
    '.5hub',
    '0.0000001hub',
    '1.5uhub',
    '1e6uhub',
    '1,5hub',
    '1HUB',
    '18446744073709.551616hub',
    '12atom',
    '',
  ])('"%s" is refused with what to write', (text) => {
    expect(refusal(() => parseAmount(text))).toMatch(/^2 amount ".*" can't be read \/ Write /);
  });

  test('every amount reads back', () => {
    fc.assert(
      fc.property(uint64, (value) => {
        expect(parseAmount(formatAmount(value))).toBe(value);
        expect(parseAmount(`${value}uhub`)).toBe(value);
      }),
    );
  });
});

test('fees round up to whole uhub', () => {
  expect(feeOf(parseGasPrice('0.001uhub'), 100_000n)).toBe(100n);
  expect(feeOf(parseGasPrice('0.001uhub'), 100_001n)).toBe(101n);
  expect(feeOf(parseGasPrice('2uhub'), 3n)).toBe(6n);
  expect(refusal(() => parseGasPrice('0.1hub'))).toContain('0.001uhub');
});

describe('durations', () => {
  test.each([
    ['1h30m', 5_400_000n],
    ['40d', 3_456_000_000n],
    ['250ms', 250n],
    ['1w2d3h4m5s6ms', 788_645_006n],
    ['0s', 0n],
    ['90m', 5_400_000n],
  ])('%s is %d ms', (text, expected) => expect(parseDuration(text)).toBe(expected));

  test.each(['', '5', 'h', '30m1h', '1h1h', '1.5h', '-1s', '1y', '99999999999999999999w'])(
    '"%s" is refused',
    (text) => expect(refusal(() => parseDuration(text))).toMatch(/^2 duration/),
  );

  test('every duration reads back', () => {
    fc.assert(fc.property(uint64, (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
  });
});

test('times are UTC or milliseconds', () => {
  expect(parseTime('2026-01-01T00:00:00Z')).toBe(1_767_225_600_000n);
  expect(parseTime('1767225600000')).toBe(1_767_225_600_000n);
  expect(formatTime(1_767_225_600_000n)).toBe('2026-01-01T00:00:00.000Z');
  expect(refusal(() => parseTime('2026-01-01T00:00:00'))).toContain('UTC');
  expect(refusal(() => parseTime('2026-13-01'))).toContain('UTC');
});

test('numbers and bytes', () => {
  expect(parseUint64('id', '1_000')).toBe(1000n);
  expect(refusal(() => parseUint64('id', '18446744073709551616'))).toContain('below 2^64');
  expect(refusal(() => parseUint64('id', '-1'))).toContain('id "-1"');
  expect(parseCount('limit', '7')).toBe(7);
  expect(refusal(() => parseCount('height', '0', 1))).toContain('from 1 on');
  expect(formatHex(parseHex('key', '0xAB01'))).toBe('ab01');
  expect(refusal(() => parseHex('key', 'abc'))).toContain('even number');
  expect(formatHex(parseBytes('data', 'qwE='))).toBe('ab01');
  expect(formatHex(parseBytes('data', '0xab01'))).toBe('ab01');
  expect(refusal(() => parseBytes('data', '!!'))).toContain('base64');
});
