/**
 * What a client says to a relay, once, before the relay only passes frames on:
 * docs/liquid-relay.md. A token travels in here alone, never in a URL, a header or a log.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, concat, equal, fromHex, hex, readU32, u32 } from '../core/bytes.ts';

export const tokenLength = 16;
const passIdLength = 8;
const keyLength = 32;
/** Head, token and time of a frame with a proof. */
const toldLength = 1 + tokenLength + 4;

/** Version 1 in the high four bits, then what is asked. */
const heads = { open: 0x10, openByPass: 0x11, join: 0x12 } as const;
/** To open a room again after it has ended: of two who know each other from a session. */
const againBit = 0x04;

/** The relay's only words of its own, to the opener: the room is there; the other side came. */
export const openedFrame = Uint8Array.of(heads.open);
export const joinedFrame = Uint8Array.of(heads.join);

/** How far the time of a proof may lie from the relay's, in seconds. */
export const proofSkewSeconds = 300;

/** Lets its holder open rooms. The relay derives it anew and keeps no list. */
export interface Pass {
  readonly id: Uint8Array;
  /** UTC seconds after which it opens nothing. */
  readonly expiry: number;
  readonly key: Uint8Array;
}

export type FirstFrame = { readonly kind: 'join'; readonly token: Uint8Array } | OpenFrame;

interface Opening {
  readonly token: Uint8Array;
  /** Whether the token may have opened a room before, and may again. */
  readonly again: boolean;
}

export type OpenFrame =
  | (Opening & { readonly kind: 'open' })
  | (Opening & {
      readonly kind: 'openByPass';
      /** What the proof is over: head, token, time. */
      readonly told: Uint8Array;
      /** UTC seconds. */
      readonly madeAt: number;
      readonly passId: Uint8Array;
      readonly passExpiry: number;
      readonly proof: Uint8Array;
    });

const passDomain = ascii('artel/liquid/relay-pass/1');
const openDomain = ascii('artel/liquid/relay-open/1');

/** The pass that a relay with this secret honours. */
export function passOf(secret: Uint8Array, id: Uint8Array, expiry: number): Pass {
  return { id, expiry, key: hmac(sha256, secret, concat(passDomain, id, u32(expiry))) };
}

/** 88 hexadecimal digits. */
export function passText({ id, expiry, key }: Pass): string {
  return hex(concat(id, u32(expiry), key));
}

/** Undefined where the text is no pass. */
export function parsePass(text: string): Pass | undefined {
  const bytes = fromHex(text.trim());
  if (bytes?.length !== passIdLength + 4 + keyLength) return undefined;
  return {
    id: bytes.slice(0, passIdLength),
    expiry: readU32(bytes, passIdLength),
    key: bytes.slice(passIdLength + 4),
  };
}

export function joinFrame(token: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(heads.join), token);
}

export interface OpenRequest {
  readonly token: Uint8Array;
  readonly again: boolean;
  /** Without one only an open relay opens a room. */
  readonly pass: Pass | undefined;
}

/** `now` in UTC seconds. */
export function openFrame({ token, again, pass }: OpenRequest, now: number): Uint8Array {
  const bits = again ? againBit : 0;
  if (pass === undefined) return concat(Uint8Array.of(heads.open | bits), token);
  const told = concat(Uint8Array.of(heads.openByPass | bits), token, u32(now));
  return concat(told, pass.id, u32(pass.expiry), proofOf(pass.key, told));
}

/** Undefined where the bytes are no first frame. */
export function parseFirstFrame(bytes: Uint8Array): FirstFrame | undefined {
  const head = bytes[0] ?? 0;
  const token = bytes.slice(1, toldLength - 4);
  const again = (head & againBit) !== 0;
  if (bytes.length === 1 + tokenLength) {
    if (head === heads.join) return { kind: 'join', token };
    return (head & ~againBit) === heads.open ? { kind: 'open', token, again } : undefined;
  }
  const proofAt = toldLength + passIdLength + 4;
  if ((head & ~againBit) !== heads.openByPass || bytes.length !== proofAt + keyLength) {
    return undefined;
  }
  return {
    kind: 'openByPass',
    token,
    again,
    told: bytes.slice(0, toldLength),
    madeAt: readU32(bytes, toldLength - 4),
    passId: bytes.slice(toldLength, toldLength + passIdLength),
    passExpiry: readU32(bytes, toldLength + passIdLength),
    proof: bytes.slice(proofAt),
  };
}

/** Whether the frame was made, just now, by the holder of a pass of this secret. */
export function isProved(
  secret: Uint8Array,
  frame: OpenFrame & { readonly kind: 'openByPass' },
  now: number,
): boolean {
  const { told, madeAt, passId, passExpiry, proof } = frame;
  if (passExpiry < now || Math.abs(now - madeAt) > proofSkewSeconds) return false;
  const due = proofOf(passOf(secret, passId, passExpiry).key, told);
  // Hashed once more before comparing: how early they differ then says nothing of the proof.
  return equal(sha256(due), sha256(proof));
}

/** Over head, token and time. */
function proofOf(key: Uint8Array, told: Uint8Array): Uint8Array {
  return hmac(sha256, key, concat(openDomain, told));
}
