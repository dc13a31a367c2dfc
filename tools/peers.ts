/**
 * Peers to compare with: small Go programs that measure other people's work on this machine. Their
 * Go module is no part of the repository: the environment variable ANCHORS names its folder.
 * Without it, figures kept from a machine of the same class stand in, marked `stored`.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const built = join(import.meta.dirname, '..', '.cache', 'anchors');

/** Output of one program: a JSON object a line. */
const longestOutput = 16 * 1024 * 1024;

/**
 * Path of a program of the module, built with `tags`, or of the package `from` that it depends on;
 * undefined where there is no module.
 */
export async function peerProgram(
  name: string,
  { tags = '', from = `./cmd/${name}` }: { readonly tags?: string; readonly from?: string } = {},
): Promise<string | undefined> {
  const source = process.env.ANCHORS;
  if (source === undefined || source === '') return undefined;
  const target = join(built, tags === '' ? name : `${name}-${tags}`);
  await mkdir(built, { recursive: true });
  await run('go', ['build', '-tags', tags, '-o', target, from], { cwd: source });
  return target;
}

/** The JSON objects that a program prints, one a line. */
export async function runPeer(
  program: string,
  args: readonly string[],
): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await run(program, args, { maxBuffer: longestOutput });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
