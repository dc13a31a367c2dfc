/**
 * What a producer makes for one session: the QR digest, and the secret half of its one-time key.
 */
import type { KeyPair } from '../core/keys.ts';
import { encodeProducerDigest, nonceLength, relayProblem } from '../core/qr.ts';
import { accepted, type Result } from '../core/refusals.ts';
import { oneTimeKey, oneTimeKeyLength } from './agreement.ts';

export interface SessionOffer {
  /** To be shown as QR, once the service is done. */
  readonly digest: Uint8Array;
  /** The token of the room. */
  readonly token: Uint8Array;
  /** To be handed to `openSession` once, never stored. */
  readonly oneTimeSecret: Uint8Array;
}

/** `expiry` in UTC seconds; `relay` is host[:port][/path], at most 40 characters. */
export function offerSession(
  own: KeyPair,
  { relay, expiry, random }: OfferTerms,
): Result<SessionOffer> {
  const problem = relayProblem(relay);
  if (problem !== undefined) return problem;
  const oneTimeSecret = random(oneTimeKeyLength);
  const token = random(nonceLength);
  const digest = encodeProducerDigest({
    key: own.publicKey,
    expiry,
    oneTimeKey: oneTimeKey(oneTimeSecret),
    token,
    relay,
  });
  return accepted({ digest, token, oneTimeSecret });
}

interface OfferTerms {
  readonly relay: string;
  readonly expiry: number;
  readonly random: (length: number) => Uint8Array;
}
