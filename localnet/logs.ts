/** Reads the nodes' logs: the newest lines, and the ones that follow. */
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exitCodes } from '../chain/cli/context.ts';
import type { NodePlan } from './plan.ts';

/** The newest `count` lines of a file, or the empty string where it has none. */
export async function lastLines(path: string, count: number): Promise<string> {
  const { text } = await readTail(path, count);
  return text;
}

/** Bytes read per line asked for; single lines of CometBFT's are seldom longer. */
const bytesPerLine = 4_096;

async function readTail(path: string, count: number): Promise<{ text: string; end: number }> {
  const file = await openLog(path);
  if (file === undefined) return { text: '', end: 0 };
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytesPerLine * count);
    const buffer = Buffer.alloc(length);
    await file.read(buffer, 0, length, size - length);
    const lines = buffer.toString('utf8').trimEnd().split('\n');
    return { text: lines.slice(-count).join('\n'), end: size };
  } finally {
    await file.close();
  }
}

export interface LogOptions {
  /** A node's name; undefined for all. */
  readonly node: string | undefined;
  readonly lines: number;
  /** Go on with new lines until the signal fires. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

/** @throws CliError (usage) where there is no such node. */
export async function showLogs(nodes: readonly NodePlan[], options: LogOptions): Promise<void> {
  const chosen = nodes.filter(({ name }) => options.node === undefined || name === options.node);
  if (chosen.length === 0) {
    throw new CliError(
      `there is no node ${options.node}`,
      exitCodes.usage,
      `They are ${nodes.map(({ name }) => name).join(', ')}.`,
    );
  }
  const label = (name: string): string => (chosen.length === 1 ? '' : `${name} `);
  const ends = new Map<NodePlan, number>();
  for (const node of chosen) {
    const { text, end } = await readTail(node.logFile, options.lines);
    for (const line of text === '' ? [] : text.split('\n')) options.write(label(node.name) + line);
    ends.set(node, end);
  }
  while (options.follow && !options.signal.aborted) {
    await sleep(200);
    for (const [node, from] of ends) {
      const { lines, end } = await readOn(node.logFile, from);
      for (const line of lines) options.write(label(node.name) + line);
      ends.set(node, end);
    }
  }
}

/** The whole lines from a byte offset on, at most 1 MiB at once. */
async function readOn(path: string, from: number): Promise<{ lines: string[]; end: number }> {
  const file = await openLog(path);
  if (file === undefined) return { lines: [], end: 0 };
  try {
    const { size } = await file.stat();
    // Shorter than before: the log was begun anew.
    const start = size < from ? 0 : from;
    const buffer = Buffer.alloc(Math.min(size - start, 1 << 20));
    await file.read(buffer, 0, buffer.length, start);
    const last = buffer.lastIndexOf(0x0a) + 1;
    const text = buffer.subarray(0, last).toString('utf8');
    return { lines: text === '' ? [] : text.trimEnd().split('\n'), end: start + last };
  } finally {
    await file.close();
  }
}

async function openLog(path: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
