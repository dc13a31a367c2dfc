/**
 * Reads and changes single values of CometBFT's config.toml, and leaves every other byte alone. It
 * knows what that file uses: one line a value, sections one level deep.
 */

export type TomlValue = string | number | boolean | readonly string[];

/** One value in its place. The section of top-level keys is the empty string. */
export interface TomlEntry {
  readonly section: string;
  readonly key: string;
  readonly value: TomlValue;
}

/**
 * The text with the entries' values replaced.
 *
 * @throws Error naming a key that the text does not have: it was renamed, or is misspelt.
 */
export function patchToml(text: string, entries: readonly TomlEntry[]): string {
  const lines = text.split('\n');
  for (const { section, key, value } of entries) {
    const at = findLine(lines, section, key);
    if (at === undefined) {
      throw new Error(`config.toml has no ${qualified(section, key)} to set`);
    }
    lines[at] = `${key} = ${renderValue(value)}`;
  }
  return lines.join('\n');
}

/** The value at a key, or undefined where the text has no such key. */
export function readToml(text: string, section: string, key: string): TomlValue | undefined {
  const lines = text.split('\n');
  const at = findLine(lines, section, key);
  if (at === undefined) return undefined;
  const line = lines[at] ?? '';
  return parseValue(line.slice(line.indexOf('=') + 1).trim());
}

/** `rpc.laddr`, as people write it. */
export function qualified(section: string, key: string): string {
  return section === '' ? key : `${section}.${key}`;
}

function findLine(lines: readonly string[], section: string, key: string): number | undefined {
  let current = '';
  for (const [index, line] of lines.entries()) {
    const header = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1];
    if (header !== undefined) current = header.trim();
    else if (current === section && /^\s*([\w-]+)\s*=/.exec(line)?.[1] === key) return index;
  }
  return undefined;
}

function renderValue(value: TomlValue): string {
  if (typeof value === 'object') return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function parseValue(text: string): TomlValue | undefined {
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0];
  if (quoted !== undefined) return JSON.parse(quoted) as string;
  const literal = /^'([^']*)'/.exec(text)?.[1];
  if (literal !== undefined) return literal;
  if (text.startsWith('[')) {
    const items = text.slice(1, text.indexOf(']')).match(/"(?:[^"\\]|\\.)*"/g) ?? [];
    return items.map((item) => JSON.parse(item) as string);
  }
  const bare = text.replace(/\s*#.*$/, '');
  if (bare === 'true' || bare === 'false') return bare === 'true';
  const number = Number(bare.replaceAll('_', ''));
  return bare === '' || Number.isNaN(number) ? undefined : number;
}
