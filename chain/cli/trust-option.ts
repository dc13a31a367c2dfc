/** `--trusted-hash`: the header that everything proved must follow from. */
import { Option } from 'commander';
import type { Trust } from '../client/light.ts';
import { CliError, exitCodes } from './context.ts';
import { parseHeight } from './values.ts';

export interface TrustOptions {
  readonly trustedHash?: string;
}

/** As CometBFT's for state sync, a week: validators stay bonded for longer than that. */
const periodMs = 168 * 3_600_000;

export function trustOption(): Option {
  return new Option(
    '--trusted-hash <height:hash>',
    'a header that you know to be right: all signatures are followed from there',
  );
}

/** @throws CliError (usage) for what is no height and hash. */
export function trustFrom({ trustedHash }: TrustOptions): Trust | undefined {
  if (trustedHash === undefined) return undefined;
  const [, height, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(trustedHash) ?? [];
  if (height !== undefined && hash !== undefined) {
    const bytes = Uint8Array.from(Buffer.from(hash, 'hex'));
    return { height: parseHeight(height), hash: bytes, nowMs: Date.now(), periodMs };
  }
  throw new CliError(
    `--trusted-hash is ${trustedHash}, expected height:hash`,
    exitCodes.usage,
    'The height and the 64 hex digits of its hash, as `artel query block HEIGHT` shows them on a node you trust.',
  );
}

/** What is taken on trust, in a sentence. */
export function trustInWords(trust: Trust | undefined): string {
  if (trust === undefined) {
    return 'Taken on trust: that the validators of that header are the ones the node names (--trusted-hash).';
  }
  return `Taken on trust: the header ${trust.height} that you gave; all others follow from it by signatures.`;
}
