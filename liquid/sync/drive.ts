/** Carries the frames of a session over one connection until it ends, one way or the other. */
import type { Duplex, Outcome, Session, Step } from './types.ts';

export interface DriveOptions {
  /** Waits so many milliseconds. Given, the first answer leaves at a multiple of 250 ms. */
  readonly hideTime?: (milliseconds: number) => Promise<void>;
  /** Milliseconds of a clock that only goes forward; needed to hide times. */
  readonly clock?: () => number;
  readonly onProgress?: (session: Session) => void;
}

/** How coarse the time of a first answer is, so that it does not tell how much there was to do. */
const hiddenGrain = 250;

/**
 * Undefined where the transport ended before the session: it may be resumed in another room. An
 * outcome is given once all frames before it are handed to the transport.
 */
export async function drive(
  session: Session,
  room: Uint8Array,
  duplex: Duplex,
  { hideTime, clock, onProgress }: DriveOptions = {},
): Promise<Outcome | undefined> {
  const send = async ({ frames, outcome }: Step): Promise<Outcome | undefined> => {
    for (const frame of frames) await duplex.send(frame);
    onProgress?.(session);
    return outcome;
  };
  try {
    const outcome = await send(await session.connected(room));
    if (outcome !== undefined && session.outcome?.code !== 'ok') return outcome;
    let isFirst = true;
    for await (const frame of duplex.frames) {
      const began = clock?.() ?? 0;
      const step = await session.receive(frame);
      if (isFirst && step.frames.length > 0 && hideTime !== undefined && clock !== undefined) {
        await hideTime(hiddenGrain - ((clock() - began) % hiddenGrain));
        isFirst = false;
      }
      const ended = await send(step);
      if (ended !== undefined) return ended;
    }
  } catch (error) {
    session.lost();
    throw error;
  }
  session.lost();
  return undefined;
}
