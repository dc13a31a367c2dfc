/**
 * CometBFT's query language over events: conditions joined by AND, with `=`, `<`, `<=`, `>`, `>=`,
 * CONTAINS and EXISTS on strings, numbers, DATE and TIME. Its messages are CometBFT's.
 */

export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'CONTAINS' | 'EXISTS';

export interface Argument {
  readonly type: 'string' | 'number' | 'timestamp' | 'datestamp';
  readonly text: string;
}

export interface Condition {
  /** Event type and attribute key, joined by a dot. */
  readonly tag: string;
  readonly operator: Operator;
  /** Absent for EXISTS alone. */
  readonly argument?: Argument;
}

/** @throws Error with the offset of what can't be read. */
export function parseQuery(text: string): readonly Condition[] {
  const scanner = new Scanner(text);
  const conditions = [parseCondition(scanner)];
  for (let token = scanner.next(); token.kind !== 'end'; token = scanner.next()) {
    if (token.kind !== 'AND operator') {
      throw new Error(`offset ${token.start}: got ${token.kind}, want AND operator`);
    }
    conditions.push(parseCondition(scanner));
  }
  return conditions;
}

/** One spelling of a query, for finding a subscription again. */
export function printQuery(conditions: readonly Condition[]): string {
  return conditions
    .map(({ tag, operator, argument }) => {
      if (argument === undefined) return `${tag} ${operator}`;
      return `${tag} ${operator} ${printArgument(argument)}`;
    })
    .join(' AND ');
}

function printArgument({ type, text }: Argument): string {
  if (type === 'string') return `'${text}'`;
  if (type === 'timestamp') return `TIME ${text}`;
  return type === 'datestamp' ? `DATE ${text}` : text;
}

type TokenKind =
  | 'tag'
  | 'string'
  | 'number'
  | 'timestamp'
  | 'datestamp'
  | 'AND operator'
  | `${Operator} operator`
  | 'end';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

const comparisons: readonly TokenKind[] = [
  '<= operator',
  '>= operator',
  '< operator',
  '> operator',
  '= operator',
  'CONTAINS operator',
  'EXISTS operator',
];

function parseCondition(scanner: Scanner): Condition {
  const tag = scanner.require(['tag']).text;
  const operator = scanner.require(comparisons).text as Operator;
  if (operator === 'EXISTS') return { tag, operator };
  const wanted: TokenKind[] =
    operator === 'CONTAINS' ? ['string'] : ['number', 'timestamp', 'datestamp'];
  if (operator === '=') wanted.push('string');
  const { kind, text } = scanner.require(wanted);
  return { tag, operator, argument: { type: kind as Argument['type'], text } };
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  require(kinds: readonly TokenKind[]): Token {
    const token = this.next();
    if (token.kind === 'end') throw new Error(`offset ${token.start}: EOF`);
    if (kinds.includes(token.kind)) return token;
    const wanted =
      kinds.length === 1
        ? kinds[0]
        : `${kinds.slice(0, -1).join(', ')} or ${kinds[kinds.length - 1]}`;
    throw new Error(`offset ${token.start}: got ${token.kind}, wanted ${wanted}`);
  }

  next(): Token {
    this.#at += matchAt(/\s*/y, this.#text, this.#at).length;
    const start = this.#at;
    if (start >= this.#text.length) return { kind: 'end', text: '', start };
    const number = this.#take(/\d+(\.\d*)?/y);
    if (number !== '') return { kind: 'number', text: number, start };
    const word = this.#take(/[_\p{L}\p{N}][\p{L}\p{N}._-]*/uy);
    if (word !== '') return this.#word(word, start);
    const comparison = this.#take(/<=|>=|[<>=]/y) as Operator | '';
    if (comparison !== '') return { kind: `${comparison} operator`, text: comparison, start };
    const quoted = this.#take(/'[^']*'/y);
    if (quoted !== '') return { kind: 'string', text: quoted.slice(1, -1), start };
    if (this.#text[start] === "'") throw new Error(`offset ${start}: EOF`);
    const character = String.fromCodePoint(this.#text.codePointAt(start) ?? 0);
    throw new Error(
      `offset ${start}: invalid input ${character} at offset ${start + Buffer.byteLength(character)}`,
    );
  }

  #word(word: string, start: number): Token {
    if (word === 'AND') return { kind: 'AND operator', text: word, start };
    if (word === 'CONTAINS' || word === 'EXISTS') {
      return { kind: `${word} operator`, text: word, start };
    }
    const dated = this.#text[this.#at] === ' ';
    if (word === 'TIME' && dated) {
      return { kind: 'timestamp', text: this.#moment(/[-T:+Z\d]*/y, 'TIME', start), start };
    }
    if (word === 'DATE' && dated) {
      return { kind: 'datestamp', text: this.#moment(/[-\d]*/y, 'DATE', start), start };
    }
    return { kind: 'tag', text: word, start };
  }

  #moment(pattern: RegExp, name: 'TIME' | 'DATE', start: number): string {
    this.#at += 1;
    const text = this.#take(pattern);
    if (momentOf(text, name === 'TIME' ? 'timestamp' : 'datestamp') === undefined) {
      throw new Error(`offset ${start}: invalid ${name} value: ${text}`);
    }
    return text;
  }

  #take(pattern: RegExp): string {
    const found = matchAt(pattern, this.#text, this.#at);
    this.#at += found.length;
    return found;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Milliseconds of an RFC 3339 time or of a day's beginning in UTC; undefined for anything else. */
function momentOf(text: string, type: 'timestamp' | 'datestamp'): number | undefined {
  const pattern =
    type === 'datestamp'
      ? /^\d{4}-\d\d-\d\d$/
      : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[-+]\d\d:\d\d)$/;
  const value = Date.parse(text);
  return pattern.test(text) && !Number.isNaN(value) ? value : undefined;
}

/**
 * Event attributes by tag, as a subscription sees them: all events of a message thrown together.
 */
export type FlatEvents = ReadonlyMap<string, readonly string[]>;

/**
 * Whether every condition holds for some value; which event a value stands in plays no part here.
 */
export function matchesFlat(conditions: readonly Condition[], events: FlatEvents): boolean {
  return (
    events.size > 0 &&
    conditions.every((condition) => {
      const values = events.get(condition.tag);
      if (values !== undefined) return values.some((value) => matchesValue(condition, value));
      return condition.operator === 'EXISTS' && hasType(events, condition.tag);
    })
  );
}

/** `transfer EXISTS` holds where any event of type `transfer` does. */
function hasType(events: FlatEvents, type: string): boolean {
  for (const tag of events.keys()) {
    if (tag.slice(0, tag.lastIndexOf('.')) === type) return true;
  }
  return false;
}

/** Whether one attribute value satisfies a condition. A number may carry a unit: `12uhub` is 12. */
export function matchesValue({ operator, argument }: Condition, value: string): boolean {
  if (argument === undefined) return true;
  if (operator === 'CONTAINS') return value.includes(argument.text);
  if (argument.type === 'string') return value === argument.text;
  if (argument.type === 'number') {
    const number = /^-?\d+$/.exec(value)?.[0] ?? /^\d+(\.\d+)?/.exec(value)?.[0];
    return number !== undefined && holds(operator, compareDecimals(number, argument.text));
  }
  const [left, right] = [momentOf(value, argument.type), momentOf(argument.text, argument.type)];
  return left !== undefined && right !== undefined && holds(operator, Math.sign(left - right));
}

function holds(operator: Operator, order: number): boolean {
  if (operator === '=') return order === 0;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

/** Exact: decimals become integers of one common scale. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [scaled(a), scaled(b)];
  const scale = Math.max(left.scale, right.scale);
  const x = left.digits * 10n ** BigInt(scale - left.scale);
  const y = right.digits * 10n ** BigInt(scale - right.scale);
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function scaled(text: string): { digits: bigint; scale: number } {
  const [whole = '0', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}
