/** What commands print: one JSON document with `-o json`, else tables and lines for people. */

/** How a command answers. */
export type OutputFormat = 'json' | 'table';

/**
 * The JSON text of an answer; bigints as decimal strings, bytes as base64, as protobuf JSON has
 * them.
 */
export function formatJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, field) => {
      if (typeof field === 'bigint') return field.toString();
      if (field instanceof Uint8Array) return Buffer.from(field).toString('base64');
      return field;
    },
    2,
  );
}

/** Columns padded to their widest cell, two spaces apart; numbers stand right. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const numeric = header.map(
    (_title, column) =>
      rows.length > 0 && rows.every((row) => /^-?[\d.]*$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return numeric[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  // A title that is more than a word, like a URL, stands as it is.
  const titles = header.map((title) => (/^[\w ]*$/.test(title) ? title.toUpperCase() : title));
  return [line(titles), ...rows.map(line)].join('\n');
}

/** Comma-separated values (RFC 4180) with a header, fit for spreadsheets. */
export function formatCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/**
 * Any JSON-like answer for people: a list of like objects is a table, an object is `name  value`
 * lines with its lists below, anything deeper is indented.
 */
export function formatAnswer(value: unknown): string {
  if (Array.isArray(value)) return formatList(value);
  if (!isRecord(value)) return cell(value);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const flat = entries.filter(([, field]) => !isNested(field));
  const nested = entries.filter(([, field]) => isNested(field));
  const width = Math.max(0, ...flat.map(([name]) => name.length));
  const lines = flat.map(([name, field]) => `${name.padEnd(width)}  ${cell(field)}`.trimEnd());
  const blocks = nested
    .map(([name, field]) => [name, formatAnswer(field)] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}:\n${indent(text)}`);
  return [...lines, ...blocks].join('\n');
}

function formatList(list: readonly unknown[]): string {
  if (list.length === 0) return '(none)';
  const records = list.filter(isRecord);
  if (records.length !== list.length) {
    return list.map((entry) => (isNested(entry) ? formatAnswer(entry) : cell(entry))).join('\n');
  }
  const names = [...new Set(records.flatMap((entry) => Object.keys(entry)))];
  if (records.some((entry) => Object.values(entry).some(isNested))) {
    return records.map((entry) => `-\n${indent(formatAnswer(entry))}`).join('\n');
  }
  return formatTable(
    names,
    records.map((entry) => names.map((name) => cell(entry[name]))),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value);
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value) && value.length === 0) return '(none)';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return String(value);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
