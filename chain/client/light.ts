/**
 * A light client: from a header whose hash is trusted to any other of the same chain. Forward by
 * signatures of those who were trusted before, skipping as far as more than a third of their power
 * still signs (CometBFT's rule); backward by the hashes that headers hold of those before them.
 */
import type { Header } from 'cosmjs-types/tendermint/types/types';
import type { ValidatorKey } from './hashing.ts';
import { HeaderVerificationError, type VerifiedHeader } from './header.ts';

/** What is believed beforehand, and for how long. */
export interface Trust {
  readonly height: number;
  /** Of the header, 32 bytes. */
  readonly hash: Uint8Array;
  /** Unix time in ms. */
  readonly nowMs: number;
  /**
   * So long after its time a header is good to begin with: shorter than validators stay bonded,
   * since who has taken the bond away may sign anything.
   */
  readonly periodMs: number;
}

/** Reads a header that more than two thirds of the validators it names have signed. */
export type ReadHeader = (height: number) => Promise<VerifiedHeader>;

const hourMs = 3_600_000;

/** CometBFT's: clocks may differ by so much. */
const clockDriftMs = 10_000;

/** Backward every header has to be read. */
const longestWayBack = 10_000;

/**
 * The header of a height, which follows from the trusted one.
 *
 * @throws HeaderVerificationError where it does not, with the heights between which trust ends.
 */
export async function followHeaders(
  read: ReadHeader,
  trust: Trust,
  height: number,
): Promise<VerifiedHeader> {
  const trusted = await read(trust.height);
  if (!same(trusted.hash, trust.hash)) {
    const found = Buffer.from(trusted.hash).toString('hex').toUpperCase();
    throw new HeaderVerificationError(
      `header ${trust.height} has hash ${found}, which is not the trusted one`,
    );
  }
  if (height < trust.height) return backward(read, trusted, height);
  const ageMs = trust.nowMs - timeMs(trusted.header);
  if (ageMs > trust.periodMs) {
    throw new HeaderVerificationError(
      `the trusted header ${trust.height} is ${Math.ceil(ageMs / hourMs)} hours old, ` +
        `${Math.floor(trust.periodMs / hourMs)} ` +
        'at most: ask somebody whom you trust for a newer one',
    );
  }
  return forward(read, trusted, height, trust.nowMs);
}

async function forward(
  read: ReadHeader,
  trusted: VerifiedHeader,
  height: number,
  nowMs: number,
): Promise<VerifiedHeader> {
  let last = trusted;
  // Headers that are still to be reached, the nearest one last.
  const wanted: VerifiedHeader[] = height > heightOf(trusted) ? [await read(height)] : [];
  for (let next = wanted.at(-1); next !== undefined; next = wanted.at(-1)) {
    if (timeMs(next.header) > nowMs + clockDriftMs) {
      throw new HeaderVerificationError(`header ${heightOf(next)} is from the future`);
    }
    if (isFollowing(last, next)) {
      last = next;
      wanted.pop();
    } else {
      wanted.push(await read(Math.floor((heightOf(last) + heightOf(next)) / 2)));
    }
  }
  return last;
}

/** Whether trust reaches from one header to a later one; false where one between must be read. */
function isFollowing(last: VerifiedHeader, next: VerifiedHeader): boolean {
  const between = `header ${heightOf(next)} does not follow from header ${heightOf(last)}`;
  if (!isLater(next.header, last.header)) {
    throw new HeaderVerificationError(`${between}: it is not later`);
  }
  if (heightOf(next) === heightOf(last) + 1) {
    if (!same(next.header.validatorsHash, last.header.nextValidatorsHash)) {
      throw new HeaderVerificationError(`${between}: other validators were to come`);
    }
    return true;
  }
  const powers = new Map(last.validators.map((validator) => [keyText(validator), validator.power]));
  const trustedPower = next.signers.reduce(
    (sum, signer) => sum + (powers.get(keyText(signer)) ?? 0n),
    0n,
  );
  return trustedPower * 3n > last.totalPower;
}

async function backward(
  read: ReadHeader,
  trusted: VerifiedHeader,
  height: number,
): Promise<VerifiedHeader> {
  const steps = heightOf(trusted) - height;
  if (steps > longestWayBack) {
    throw new HeaderVerificationError(
      `header ${height} is ${steps} headers before the trusted one, ${longestWayBack} at most`,
    );
  }
  let last = trusted;
  while (heightOf(last) > height) {
    const next = await read(heightOf(last) - 1);
    if (!same(next.hash, last.header.lastBlockId.hash)) {
      throw new HeaderVerificationError(
        `header ${heightOf(next)} is not the one that header ${heightOf(last)} follows`,
      );
    }
    last = next;
  }
  return last;
}

function heightOf({ header }: VerifiedHeader): number {
  return Number(header.height);
}

function keyText({ publicKey }: ValidatorKey): string {
  return Buffer.from(publicKey).toString('hex');
}

function isLater({ time: a }: Header, { time: b }: Header): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanos > b.nanos);
}

function timeMs({ time }: Header): number {
  return Number(time.seconds) * 1_000 + time.nanos / 1_000_000;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
