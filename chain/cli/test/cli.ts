/** Runs the CLI inside the test process, with streams and a home of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CliContext } from '../context.ts';
import { runProgram } from '../program.ts';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliRunOptions {
  /** What stands on standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A home that locking keys is quick in. Made for one test file, removed by `remove`. */
export class CliHome {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<CliHome> {
    return new CliHome(await mkdtemp(join(tmpdir(), 'artel-cli-')));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  async run(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
    const out = collector();
    const err = collector();
    const stdin = new PassThrough();
    stdin.end(options.input ?? '');
    const context: CliContext = {
      env: { ARTEL_HOME: this.path, ARTEL_TEST_SCRYPT_COST: '16', ...options.env },
      stdin: stdin as unknown as NodeJS.ReadStream,
      stdout: out.stream as unknown as NodeJS.WriteStream,
      stderr: err.stream as unknown as NodeJS.WriteStream,
      signal: options.signal ?? new AbortController().signal,
    };
    const code = await runProgram({ context, version: '0.0.0-test' }, args);
    return { code, out: out.text(), err: err.text() };
  }
}

function collector(): { readonly stream: PassThrough; readonly text: () => string } {
  const stream = new PassThrough();
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  return { stream, text: () => Buffer.concat(parts).toString('utf8') };
}
