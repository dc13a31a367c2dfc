/**
 * Transaction documents in files: read with errors that name the file, written for their owner
 * alone.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { txFromJson } from '../client/transactions.ts';
import { type CliContext, CliError, exitCodes } from './context.ts';
import { formatJson } from './output.ts';
import { parseJson } from './values.ts';

/** A transaction document from a file or standard input. */
export async function readTx(context: CliContext, file: string): Promise<Tx> {
  const json = parseJson(file, await readInput(context, file));
  return readable(file, () => txFromJson(json));
}

/** Prints a document, or writes it to a file that only its owner reads. */
export async function writeDocument(
  context: CliContext,
  file: string | undefined,
  document: unknown,
): Promise<void> {
  const text = `${formatJson(document)}\n`;
  if (file === undefined) context.stdout.write(text);
  else await writeFile(file, text, { mode: 0o600 });
}

export async function readInput(context: CliContext, file: string): Promise<string> {
  if (file !== '-') return readFile(file, 'utf8');
  const parts: Buffer[] = [];
  addAbortSignal(context.signal, context.stdin);
  for await (const part of context.stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

/** Errors of a parser, as bad input that names the file. */
export function readable<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${what} can't be read: ${why}`, exitCodes.usage);
  }
}
