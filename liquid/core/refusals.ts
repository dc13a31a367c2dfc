/** What the companion refuses: input of peers, files and people, never its own defects. */
import { defineRefusals, type Refusal } from '../../modules/_kernel/refusals.ts';

export type { Refusal } from '../../modules/_kernel/refusals.ts';

/** A value, or why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | Refusal;

export function accepted<T>(value: T): Result<T> {
  return { ok: true, value };
}

interface Field {
  readonly field: string;
  readonly expected: string;
  readonly actual: string | number | bigint;
}
const compared = ({ field, expected, actual }: Field): string =>
  `${field} must be ${expected}, not ${actual}`;

/** Numbers are append-only: they travel and are searched for. */
export const refusals = defineRefusals('liquid', {
  malformed: {
    code: 2,
    sentence: compared,
    remedy: 'Ask the other side for it again; it was cut, damaged or made by another program.',
  },
  too_large: {
    code: 3,
    sentence: compared,
    remedy: 'Split it: nothing above the limit is read.',
  },
  bad_signature: {
    code: 4,
    sentence: ({ what }: { readonly what: string }) => `${what} does not carry a valid signature`,
    remedy: 'Take it from its author again; nothing of it was kept.',
  },
  expired: {
    code: 5,
    sentence: ({ what, expiry, now }: { what: string; expiry: number; now: number }) =>
      `${what} expired at ${expiry} s, now it is ${now} s`,
    remedy: 'Ask for a new one, and compare the clocks.',
  },
  future_date: {
    code: 6,
    sentence: ({ day, latest }: { readonly day: number; readonly latest: number }) =>
      `day ${day} lies in the future: ${latest} is the latest that is accepted`,
    remedy: 'Compare the clocks of both sides.',
  },
  unknown_position: {
    code: 7,
    sentence: ({ position }: { readonly position: bigint }) =>
      `position ${position} was not given out in this session`,
    remedy: 'Begin again at position 0, the root.',
  },
  wrong_hash: {
    code: 8,
    sentence: ({ position }: { readonly position: bigint }) =>
      `the node at position ${position} does not have the hash that its parent promised`,
    remedy: 'End the session: the other side answers with something else than it announced.',
  },
  unproven: {
    code: 9,
    sentence: () => 'this registry takes only receipted claims from others',
    remedy: 'Ask for the receipt, or allow claims without one.',
  },
  blocked_source: {
    code: 10,
    sentence: ({ source }: { readonly source: number }) =>
      `source ${source} was taken back and is not listened to`,
    remedy: 'Meet again: a new session is a new source.',
  },
  source_cap: {
    code: 11,
    sentence: ({ cap }: { readonly cap: number }) =>
      `this source has already added or raised ${cap} unreceipted fresh claims today`,
    remedy: 'Sync again tomorrow, or raise the cap for sources you trust.',
  },
  too_old: {
    code: 12,
    sentence: ({ day, earliest }: { readonly day: number; readonly earliest: number }) =>
      `day ${day} is older than ${earliest}, the first that this registry keeps`,
    remedy: 'Raise the own filter to keep older marks.',
  },
  foreign_manual: {
    code: 13,
    sentence: () => 'a manual mark can only be made by the owner of the registry',
    remedy: 'Take it as a claim of its source, or mark the id yourself.',
  },
  unauthentic: {
    code: 14,
    sentence: ({ number }: { readonly number: number }) =>
      `frame ${number} is damaged, of another session, or not the next one`,
    remedy: 'Scan a new QR and sync again; what was verified before is kept.',
  },
  out_of_turn: {
    code: 15,
    sentence: ({ expected, actual }: { readonly expected: string; readonly actual: string }) =>
      `${expected} was to come next, not ${actual}`,
    remedy: 'Use a program that follows docs/liquid-protocol.md on the other side.',
  },
  wrong_root: {
    code: 16,
    sentence: ({ announced, actual }: { readonly announced: string; readonly actual: string }) =>
      `the other side announced the root ${announced}, but its marks make ${actual}`,
    remedy: 'Nothing of it was kept; be wary of that side, or take its source back.',
  },
  stopped: {
    code: 17,
    sentence: ({ code }: { readonly code: number }) =>
      code === 0
        ? 'the other side ended the session without a reason'
        : `the other side ended the session with code ${code}`,
    remedy: 'Meet again; nobody is obliged to sync.',
  },
  not_finished: {
    code: 18,
    sentence: () => 'the connection was lost and the session not finished',
    remedy: 'Scan a new QR and sync again; what was verified before is kept.',
  },
  wrong_peer: {
    code: 19,
    sentence: () => 'the consumer is not the one whose QR was scanned before the service',
    remedy: 'Scan their QR, or open the session to whoever holds yours.',
  },
  used_before: {
    code: 20,
    sentence: ({ what }: { readonly what: string }) => `${what} was used before`,
    remedy: 'Ask for a new one: each is good for one session.',
  },
  nothing_agreed: {
    code: 21,
    sentence: () => 'neither side gives what the other would take',
    remedy: 'Let one of the directions be on on both sides.',
  },
});
