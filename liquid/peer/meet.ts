/**
 * A session of two through a relay, from the QR to the outcome: opens or joins the room, carries
 * the frames, and takes the session up again where the connection is lost.
 */
import { hex } from '../core/bytes.ts';
import { commonWindow, maxWireAge } from '../core/days.ts';
import { idOfKey } from '../core/id.ts';
import type { KeyPair, PublicKey } from '../core/keys.ts';
import { digestText, parseProducerDigest } from '../core/qr.ts';
import { type Refusal, refusals } from '../core/refusals.ts';
import {
  type Carrier,
  joinRoom,
  openRoom,
  RelayFailure,
  refusedBy,
  type Traffic,
} from '../relay/carrier.ts';
import { relayCloses } from '../relay/closes.ts';
import type { Pass } from '../relay/first-frame.ts';
import { drive } from '../sync/drive.ts';
import { offerSession } from '../sync/offer.ts';
import { PairMemory } from '../sync/pairs.ts';
import { pairOf } from '../sync/party.ts';
import { openSession } from '../sync/session.ts';
import type { Outcome, Session, SessionOptions, Terms } from '../sync/types.ts';
import { type Folder, secureRandom } from './folder.ts';

interface Meeting {
  readonly folder: Folder;
  /** Where to connect. */
  readonly url: string;
  readonly own: KeyPair;
  readonly terms: Terms;
  /** Sketches of pairs in memory; by default each session has its own, made from the disk. */
  readonly pairs?: PairMemory | undefined;
  /** Hides how long the first answer takes: it leaves at a multiple of 250 ms. */
  readonly hideTime?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: ((session: Session) => void) | undefined;
  /** The connection was lost, and is sought again. */
  readonly onLoss?: (() => void) | undefined;
}

export interface ServeOptions extends Meeting {
  /** What the QR says of the relay. */
  readonly relay: string;
  readonly pass?: Pass | undefined;
  readonly consumer: PublicKey | 'open';
  /** For how many seconds the QR is good. */
  readonly validSeconds: number;
  /** The room is open: the QR may be shown. */
  readonly onOffer: (text: string) => void;
  readonly onJoined?: (() => void) | undefined;
}

export interface SyncOptions extends Meeting {
  /** The bytes of the producer's QR. */
  readonly digest: Uint8Array;
}

export interface Met {
  readonly outcome: Outcome;
  /** Bytes of WebSocket messages at this side's socket, headers included. */
  readonly traffic: Traffic;
  /** From when the two were together to the outcome. */
  readonly seconds: number;
}

/** How long to wait before the next try, in milliseconds. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** A connection that fails before anything has come through is tried so often. */
const firstTries = 3;
/** The producer says the last word, and stays so long for a consumer who has not heard it. */
const lingerMs = 20_000;
/** A lost session is taken up again as long as something has come so many seconds ago. */
const patienceSeconds = 120;

type Enter = (room: Uint8Array, again: boolean, signal: AbortSignal) => Promise<Carrier>;

/** The producer's side: shows a QR, waits for who scanned it, syncs. */
export async function serve(options: ServeOptions): Promise<Met> {
  const { folder, own, relay, validSeconds, consumer, pass, url, terms } = options;
  warmUp(folder);
  const pairs = options.pairs ?? new PairMemory();
  if (consumer !== 'open') await recall(folder, pairs, own.publicKey, consumer);
  const expiry = folder.now() + validSeconds;
  const offer = offerSession(own, { relay, expiry, random: secureRandom });
  if (!offer.ok) throw new SessionRefused(offer);
  const { digest, oneTimeSecret } = offer.value;
  const role = { role: 'producer', digest, own, oneTimeSecret, consumer, terms } as const;
  const session = opened({ ...surroundings(folder, pairs), ...role });
  const traffic = { sent: 0, received: 0 };
  let isShown = false;
  let togetherMs: number | undefined;
  const enter: Enter = async (room, again, signal) => {
    const place = { traffic, now: folder.now, signal };
    const waiting = await openRoom(url, { token: room, again, pass }, place);
    if (!isShown) options.onOffer(digestText(digest));
    isShown = true;
    const carrier = await waiting.joined();
    togetherMs ??= performance.now();
    if (!again) options.onJoined?.();
    return carrier;
  };
  const outcome = await carry(session, options, enter, true);
  if (consumer !== 'open') await remember(folder, pairs, own.publicKey, consumer);
  return { outcome, traffic, seconds: secondsSince(togetherMs) };
}

/** The consumer's side: joins the room of a QR that was scanned, syncs. */
export async function sync(options: SyncOptions): Promise<Met> {
  const { folder, digest, own, url, terms } = options;
  warmUp(folder);
  const told = parseProducerDigest(digest, folder.now());
  if (!told.ok) throw new SessionRefused(told);
  const { token, expiry, key: producer } = told.value;
  const pairs = options.pairs ?? new PairMemory();
  await recall(folder, pairs, own.publicKey, producer);
  const session = opened({ ...surroundings(folder, pairs), role: 'consumer', digest, own, terms });
  const traffic = { sent: 0, received: 0 };
  let togetherMs: number | undefined;
  const enter: Enter = async (room, _again, signal) => {
    const carrier = await joinRoom(url, room, { traffic, signal });
    if (togetherMs === undefined && !(await folder.registry.useNonce(token, expiry))) {
      await carrier.close();
      throw new SessionRefused(refusals.used_before({ what: 'this QR' }));
    }
    togetherMs ??= performance.now();
    return carrier;
  };
  const outcome = await carry(session, options, enter, false);
  await remember(folder, pairs, own.publicKey, producer);
  return { outcome, traffic, seconds: secondsSince(togetherMs) };
}

/** PERF: the roots of a million marks take seconds: before anybody waits for them. */
function warmUp({ registry, today }: Folder): void {
  registry.windowRoot(commonWindow(today, registry.policy.maxAge, maxWireAge));
}

/** PERF: the sketch of a pair that has met before is ready before the two are together. */
async function recall(
  { registry, today, pairs: table }: Folder,
  pairs: PairMemory,
  own: PublicKey,
  peer: PublicKey,
): Promise<void> {
  const pair = pairOf(own, peer);
  const kept = pairs.kept(pair) === undefined ? await table.load(pair) : undefined;
  if (kept === undefined) return;
  const { maxAge } = registry.policy;
  pairs.prepare(pair, kept, registry, commonWindow(today, maxAge, maxWireAge));
}

/** Of lasting keys only: under a key for this once nobody meets again. */
async function remember(
  { today, keys, pairs: table }: Folder,
  pairs: PairMemory,
  own: PublicKey,
  peer: PublicKey,
): Promise<void> {
  const pair = pairOf(own, peer);
  const kept = pairs.kept(pair);
  const isLasting = (await keys.find(hex(idOfKey(own)))).length > 0;
  if (kept !== undefined && isLasting) await table.save(pair, kept, today);
}

function secondsSince(startMs: number | undefined): number {
  return startMs === undefined ? 0 : Math.round(performance.now() - startMs) / 1000;
}

/** What ended before it began, with the refusal that says why. */
export class SessionRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'SessionRefused';
    this.refusal = refusal;
  }
}

function surroundings({ registry, now }: Folder, pairs: PairMemory) {
  return { registry, now, random: secureRandom, pairs };
}

function opened(options: SessionOptions): Session {
  const session = openSession(options);
  if (!session.ok) throw new SessionRefused(session);
  return session.value;
}

/** Joins rooms and drives the session until there is an outcome, or no hope of one. */
async function carry(
  session: Session,
  meeting: Meeting,
  enter: Enter,
  saysLast: boolean,
): Promise<Outcome> {
  const { signal, folder, onLoss } = meeting;
  let [tries, pauseMs, received, movedAt] = [0, firstPauseMs, 0, folder.now()];
  let wasCut = false;
  let patience = signal;
  for (;;) {
    const hasBegun = session.report.received > 0;
    const room = session.rooms[tries % session.rooms.length] as Uint8Array;
    tries += 1;
    const end = await once(session, room, meeting, saysLast, () => enter(room, hasBegun, patience));
    signal.throwIfAborted();
    if (session.report.received > received) {
      received = session.report.received;
      movedAt = folder.now();
    }
    if (session.outcome !== undefined) {
      if (!saysLast || session.outcome.code !== 'ok' || !isCut(end) || patience.aborted) {
        return session.outcome;
      }
      if (patience === signal) patience = AbortSignal.any([signal, AbortSignal.timeout(lingerMs)]);
    } else if (end.code === relayCloses.left[0] || folder.now() - movedAt > patienceSeconds) {
      return session.abandon();
    } else if (!wasCut && (!isCut(end) || (end.code === 0 && tries >= firstTries))) {
      throw end;
    } else if (end.code !== 0) {
      if (!wasCut || isCut(end)) onLoss?.();
      wasCut = true;
    }
    await pause(pauseMs);
    pauseMs = Math.min(longestPauseMs, 2 * pauseMs);
  }
}

/** One connection, from joining to its end; tells how it ended. */
async function once(
  session: Session,
  room: Uint8Array,
  { signal, hideTime, onProgress, url }: Meeting,
  saysLast: boolean,
  enter: () => Promise<Carrier>,
): Promise<RelayFailure> {
  let carrier: Carrier;
  try {
    carrier = await enter();
  } catch (error) {
    if (error instanceof RelayFailure) return error;
    if (session.outcome !== undefined) return refusedBy(url, undefined);
    throw error;
  }
  const onAbort = (): void => void stop(session, carrier);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const outcome = await drive(session, room, carrier, {
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(hideTime === true ? { hideTime: pause, clock: () => performance.now() } : {}),
    });
    if (saysLast && outcome?.code === 'ok')
      await Promise.race([silence(carrier), patient(lingerMs)]);
    return refusedBy(url, carrier.end);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await carrier.close();
  }
}

/** Ends a session early, as anybody may without giving reasons. */
async function stop(session: Session, carrier: Carrier): Promise<void> {
  for (const frame of (await session.stop()).frames) await carrier.send(frame);
  await carrier.close();
}

/** The other side has nothing to say any more; it leaves when it has heard all. */
async function silence(carrier: Carrier): Promise<void> {
  for await (const _ of carrier.frames);
}

/** Whether a connection ended without anybody's wish: it is worth trying again. */
function isCut({ code }: RelayFailure): boolean {
  return code === 0 || code === 1006 || code === relayCloses.lost[0];
}

/** Does not keep the process alive: what is waited for does. */
function patient(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
