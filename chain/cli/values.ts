/**
 * The values that people type and read: amounts, durations, times, heights, hex. Pure; every parser
 * throws a CliError (exit code 2) that names what was expected and what came.
 */
import {
  isAddress,
  parseAddress,
  parseConsensusAddress,
  parseValidatorAddress,
} from '../../modules/_kernel/address.ts';
import { CliError, exitCodes } from './context.ts';

const uhubPerHub = 1_000_000n;
const maxUint64 = (1n << 64n) - 1n;

function bad(what: string, text: string, expected: string): CliError {
  return new CliError(`${what} "${text}" can't be read`, exitCodes.usage, `Write ${expected}.`);
}

/**
 * An amount in uhub, from `12hub`, `0.5hub` or `12000000uhub`. Zero is an amount; a negative one, a
 * bare number and more than six decimals of a hub are not.
 *
 * @example parseAmount('0.5hub') // 500_000n
 */
export function parseAmount(text: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?\s*(hub|uhub)$/.exec(text.trim());
  const expected = 'an amount with its unit, such as 12hub, 0.5hub or 12000000uhub';
  if (match === null) throw bad('amount', text, expected);
  const [, whole = '0', fraction = '', unit] = match;
  if (unit === 'uhub' && fraction !== '')
    throw bad('amount', text, 'whole uhub (1hub = 1000000uhub)');
  if (fraction.length > 6) throw bad('amount', text, 'at most six decimals of a hub');
  const value =
    unit === 'uhub' ? BigInt(whole) : BigInt(whole) * uhubPerHub + BigInt(fraction.padEnd(6, '0'));
  if (value > maxUint64) throw bad('amount', text, `an amount up to ${maxUint64}uhub`);
  return value;
}

/** An amount above zero. */
export function parsePositive(text: string): bigint {
  const amountUhub = parseAmount(text);
  if (amountUhub === 0n) throw bad('amount', text, 'an amount above zero');
  return amountUhub;
}

/** The shortest exact text that `parseAmount` reads back: `1.5hub`, `12hub`, `0hub`. */
export function formatAmount(amountUhub: bigint): string {
  const whole = amountUhub / uhubPerHub;
  const fraction = (amountUhub % uhubPerHub).toString().padStart(6, '0').replace(/0+$/, '');
  return fraction === '' ? `${whole}hub` : `${whole}.${fraction}hub`;
}

/** A price for one unit of gas, exact: `numerator / denominator` uhub. */
export interface GasPrice {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A gas price from `0.001uhub` (decimals of a uhub are allowed here). */
export function parseGasPrice(text: string): GasPrice {
  const match = /^(\d+)(?:\.(\d{1,18}))?uhub$/.exec(text.trim());
  if (match === null) throw bad('gas price', text, 'uhub for one unit of gas, such as 0.001uhub');
  const [, whole = '0', fraction = ''] = match;
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}

/** The fee for a gas limit, rounded up: the node compares with the exact product. */
export function feeOf(price: GasPrice, gas: bigint): bigint {
  return (price.numerator * gas + price.denominator - 1n) / price.denominator;
}

const durationUnits = [
  ['w', 604_800_000n],
  ['d', 86_400_000n],
  ['h', 3_600_000n],
  ['m', 60_000n],
  ['s', 1_000n],
  ['ms', 1n],
] as const;

/**
 * A duration in milliseconds, from `1h30m`, `40d`, `2w`, `250ms`: whole numbers with units, the
 * larger first, each at most once.
 *
 * @example parseDuration('1h30m') // 5_400_000n
 */
export function parseDuration(text: string): bigint {
  const expected = 'a duration such as 1h30m, 40d or 250ms (units w, d, h, m, s, ms; larger first)';
  const match = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(
    text.trim(),
  );
  if (match === null || text.trim() === '') throw bad('duration', text, expected);
  const total = durationUnits.reduce(
    (sum, [, size], index) => sum + BigInt(match[index + 1] ?? '0') * size,
    0n,
  );
  if (total > maxUint64) throw bad('duration', text, 'a duration below 2^64 ms');
  return total;
}

/** The text that `parseDuration` reads back: `1h30m`, `6w`, `0s`. */
export function formatDuration(durationMs: bigint): string {
  if (durationMs === 0n) return '0s';
  let rest = durationMs;
  let text = '';
  for (const [unit, size] of durationUnits) {
    const count = rest / size;
    rest %= size;
    if (count > 0n) text += `${count}${unit}`;
  }
  return text;
}

/**
 * Labour time as h:mm:ss, signed, with milliseconds where there are any.
 *
 * @example formatWork(27_000_500n) // 7:30:00.500
 */
export function formatWork(workMs: bigint): string {
  const size = workMs < 0n ? -workMs : workMs;
  const two = (value: bigint): string => value.toString().padStart(2, '0');
  const seconds = `${two((size / 60_000n) % 60n)}:${two((size / 1_000n) % 60n)}`;
  const rest = size % 1_000n;
  const fraction = rest === 0n ? '' : `.${rest.toString().padStart(3, '0')}`;
  return `${workMs < 0n ? '-' : ''}${size / 3_600_000n}:${seconds}${fraction}`;
}

/**
 * A point of time in ms since 1970, from RFC 3339 UTC (`2026-11-21T02:00:00Z`) or a number of ms.
 */
export function parseTime(text: string): bigint {
  if (/^\d{1,20}$/.test(text)) return parseUint64('time', text);
  const match = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text);
  const ms = match ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw bad('time', text, 'UTC such as 2026-11-21T02:00:00Z, or ms since 1970');
  return BigInt(ms);
}

/** RFC 3339 UTC with milliseconds. */
export function formatTime(atMs: bigint): string {
  return atMs <= 8_640_000_000_000_000n ? new Date(Number(atMs)).toISOString() : `${atMs}ms`;
}

/** A whole number below 2^64; underscores may group digits (`1_000_000`). */
export function parseUint64(what: string, text: string): bigint {
  if (!/^\d(_?\d)*$/.test(text)) throw bad(what, text, 'a whole number');
  const value = BigInt(text.replaceAll('_', ''));
  if (value > maxUint64) throw bad(what, text, 'a number below 2^64');
  return value;
}

/** A whole number of 64 bits that may be negative. */
export function parseInt64(what: string, text: string): bigint {
  if (!/^-?\d(_?\d)*$/.test(text)) throw bad(what, text, 'a whole number');
  const value = BigInt(text.replaceAll('_', ''));
  if (value !== BigInt.asIntN(64, value)) throw bad(what, text, 'a number of 64 bits');
  return value;
}

/** A count or index that fits a `number`, from `least` on. */
export function parseCount(what: string, text: string, least = 0): number {
  const value = parseUint64(what, text);
  if (value < BigInt(least) || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw bad(what, text, `a whole number from ${least} on`);
  }
  return Number(value);
}

/** A block height, from 1 on. */
export function parseHeight(text: string): number {
  return parseCount('height', text, 1);
}

/** Bytes from hex, with or without `0x`, either case. */
export function parseHex(what: string, text: string): Uint8Array {
  const hex = text.replace(/^0x/i, '');
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) {
    throw bad(what, text, 'an even number of hex digits');
  }
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Lower-case hex. */
export function formatHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Bytes of a field: hex with `0x`, else standard base64. */
export function parseBytes(what: string, text: string): Uint8Array {
  if (/^0x/i.test(text)) return parseHex(what, text);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw bad(what, text, 'base64, or hex that begins with 0x');
  }
  return Uint8Array.from(bytes);
}

const addressParsers = [
  ['artel1', parseAddress],
  ['artelvaloper1', parseValidatorAddress],
  ['artelvalcons1', parseConsensusAddress],
] as const;

/** An address of any kind, checked; undefined for what does not begin like one. */
export function parseAnyAddress(text: string): string | undefined {
  const parse = addressParsers.find(([beginning]) => text.startsWith(beginning))?.[1];
  if (parse === undefined) return undefined;
  const parsed = parse(text);
  if (isAddress<string>(parsed)) return parsed;
  throw new CliError(
    `the address ${text} ${parsed.problem}`,
    exitCodes.usage,
    'Copy the whole of it again, or name a key: artel keys list.',
  );
}

/** A JSON value. */
export function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The platform quotes the text, which may be a secret and has lines.
    const why = message.replace(/, (\.\.\.)?".*$/s, '');
    throw new CliError(
      `${what} is not JSON: ${why}`,
      exitCodes.usage,
      'Give one whole JSON document; on the command line, in single quotes.',
    );
  }
}
