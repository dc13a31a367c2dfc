/**
 * Reads a network as an edge list: one `from to [weight] ...` a line, separated by spaces, tabs or
 * commas, plain or gzip, with comments (`%`, `#`) and perhaps a header. Loops and malformed lines
 * are refused, each with its number.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

export interface DirectedEdge {
  readonly from: string;
  readonly to: string;
  /** 1 where the line has none. */
  readonly weight: number;
}

export interface EdgeList {
  readonly edges: readonly DirectedEdge[];
  /** Lines with an edge, taken or refused. */
  readonly rows: number;
  /** Line numbers, from 1 on. */
  readonly loops: readonly number[];
  readonly malformed: readonly number[];
}

/** Of a member's name, in characters; it becomes part of the name of a collective. */
const longestMember = 48;

/** Columns that headers have. */
const headerNames = /^(?:from|source|src|certifier|rater|truster|node1|from_?node(?:id)?)$/i;

/** Reads a file. Failures of the file are the system's errors. */
export async function readEdgeFile(path: string, signal?: AbortSignal): Promise<EdgeList> {
  const packed = await isGzip(path);
  const raw = createReadStream(path, signal === undefined ? {} : { signal });
  const stream = packed ? raw.pipe(createGunzip()) : raw;
  const failed = new Promise<never>((_, reject) => {
    raw.on('error', reject);
    stream.on('error', reject);
  });
  const lines: string[] = [];
  const read = (async () => {
    const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of reader) lines.push(line);
  })();
  await Promise.race([read, failed]);
  return parseEdgeList(lines);
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** @example parseEdgeList(['# trust', 'a b', 'b a 0.5']).edges.length  // 2 */
export function parseEdgeList(lines: readonly string[]): EdgeList {
  const edges: DirectedEdge[] = [];
  const loops: number[] = [];
  const malformed: number[] = [];
  let rows = 0;
  lines.forEach((line, index) => {
    const text = line.trim().replace(/^\uFEFF/, '');
    if (text === '' || text.startsWith('%') || text.startsWith('#')) return;
    const fields = text.split(/[\s,;]+/).filter((field) => field !== '');
    if (rows === 0 && headerNames.test(fields[0] ?? '')) return;
    rows += 1;
    const edge = edgeIn(fields);
    if (edge === undefined) malformed.push(index + 1);
    else if (edge.from === edge.to) loops.push(index + 1);
    else edges.push(edge);
  });
  return { edges, rows, loops, malformed };
}

function edgeIn([from, to, weight = '1']: readonly string[]): DirectedEdge | undefined {
  if (!isMember(from) || !isMember(to)) return undefined;
  const value = Number(weight);
  return Number.isFinite(value) ? { from, to, weight: value } : undefined;
}

/** Letters, digits and the signs that names and addresses have. */
function isMember(text: string | undefined): text is string {
  return text !== undefined && text.length <= longestMember && /^[\p{L}\p{N}._:@-]+$/u.test(text);
}
