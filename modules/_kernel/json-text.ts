/**
 * JSON that is too long to be held as objects: its bytes, walked member by member and item by item.
 * Only what is asked for by `value` is parsed; what is passed over is checked for its nesting
 * alone.
 */

const ascii = (character: string): number => character.charCodeAt(0);
const quote = ascii('"');
const backslash = ascii('\\');
const comma = ascii(',');
const colon = ascii(':');
const [openObject, closeObject, openList, closeList] = [...'{}[]'].map(ascii);

const utf8 = new TextDecoder('utf-8', { fatal: true });

export class JsonText {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  /** @throws SyntaxError where the bytes are not one JSON value, as far as nesting tells. */
  static of(bytes: Uint8Array): JsonText {
    const start = afterSpace(bytes, 0);
    const end = endOfValue(bytes, start);
    if (afterSpace(bytes, end) !== bytes.length) throw problem(end);
    return new JsonText(bytes, start, end);
  }

  private constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** Bytes of the text. */
  get length(): number {
    return this.#end - this.#start;
  }

  get isList(): boolean {
    return this.#bytes[this.#start] === openList;
  }

  get isObject(): boolean {
    return this.#bytes[this.#start] === openObject;
  }

  /** @throws SyntaxError where it is no JSON after all. */
  value(): unknown {
    return JSON.parse(utf8.decode(this.#bytes.subarray(this.#start, this.#end)));
  }

  /** The items of a list. */
  *items(): Iterable<JsonText> {
    for (const [start, end] of this.#parts(closeList)) {
      yield new JsonText(this.#bytes, start, end);
    }
  }

  /** The members of an object, also those whose name stands twice. */
  *members(): Iterable<readonly [name: string, value: JsonText]> {
    const bytes = this.#bytes;
    for (const [start, end] of this.#parts(closeObject)) {
      if (bytes[start] !== quote) throw problem(start);
      const nameEnd = endOfValue(bytes, start);
      const valueAt = afterSpace(bytes, nameEnd);
      if (bytes[valueAt] !== colon) throw problem(valueAt);
      const name = new JsonText(bytes, start, nameEnd).value() as string;
      yield [name, new JsonText(bytes, afterSpace(bytes, valueAt + 1), end)];
    }
  }

  /** What stands between the commas; a member of an object is one part. */
  *#parts(close: number | undefined): Iterable<readonly [start: number, end: number]> {
    const bytes = this.#bytes;
    let at = afterSpace(bytes, this.#start + 1);
    if (bytes[at] === close) return;
    for (;;) {
      const start = at;
      at = endOfValue(bytes, at);
      if (close === closeObject) {
        at = afterSpace(bytes, at);
        if (bytes[at] !== colon) throw problem(at);
        at = endOfValue(bytes, afterSpace(bytes, at + 1));
      }
      yield [start, at];
      at = afterSpace(bytes, at);
      if (bytes[at] === close) return;
      if (bytes[at] !== comma) throw problem(at);
      at = afterSpace(bytes, at + 1);
    }
  }
}

function afterSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  // Space, tab and the two ends of lines.
  while (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 10 || bytes[at] === 13) at += 1;
  return at;
}

/** Where the value that begins at `from` ends. */
function endOfValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === quote) return endOfText(bytes, from);
  if (first !== openObject && first !== openList) return endOfWord(bytes, from);
  let depth = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at) - 1;
    else if (byte === openObject || byte === openList) depth += 1;
    else if (byte === closeObject || byte === closeList) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw problem(bytes.length);
}

function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    if (bytes[at] === backslash) at += 1;
    else if (bytes[at] === quote) return at + 1;
  }
  throw problem(bytes.length);
}

/** A number, true, false or null. */
function endOfWord(bytes: Uint8Array, from: number): number {
  let at = from;
  // Letters, digits, plus, minus and point.
  while (/[\w+.-]/.test(String.fromCharCode(bytes[at] ?? 0))) at += 1;
  if (at === from) throw problem(at);
  return at;
}

function problem(at: number): SyntaxError {
  return new SyntaxError(`unexpected byte at ${at}`);
}
