/**
 * The rooms of a relay: who may open one, who is let in, when it ends. A token is used up when
 * its opener answers, unless it was meant for again from the start. Knows no socket and no clock.
 */
import { hex } from '../core/bytes.ts';
import { proofSkewSeconds } from './first-frame.ts';

export interface RoomLimits {
  /** Rooms at the same time, waiting or joined. */
  readonly rooms: number;
  /** Of one address that opened without a pass: waiting or joined at the same time. */
  readonly roomsPerAddress: number;
  /** Of one address that opened without a pass: rooms in any minute. */
  readonly opensPerMinute: number;
  /** How long a room waits for the other side. */
  readonly joinMs: number;
}

export const defaultRoomLimits: RoomLimits = {
  rooms: 4_096,
  roomsPerAddress: 16,
  opensPerMinute: 60,
  joinMs: 120_000,
};

/** Tokens are remembered until no proof over them is fresh any more. */
const rememberedMs = 2 * proofSkewSeconds * 1000;
const mostRemembered = 200_000;

export interface Room<Party> {
  readonly opener: Party;
  /** Undefined while the room waits. */
  joiner: Party | undefined;
  readonly token: string;
  readonly openedMs: number;
  /** Where the caps of an address count. */
  readonly address: string | undefined;
}

interface Use<Party> {
  readonly again: boolean;
  readonly untilMs: number;
  /** The room that stands under the token now. */
  room: Room<Party> | undefined;
  /** Whether the opener has answered: only then is a token used up. */
  isSpent: boolean;
}

/** Why there is no room; what a client is told by a close code. */
export type Denial = 'used' | 'busy' | 'too_many' | 'no_room';

export class Rooms<Party> {
  readonly #limits: RoomLimits;
  readonly #waiting = new Map<string, Room<Party>>();
  readonly #joined = new Set<Room<Party>>();
  /** What is known of tokens, the oldest first. */
  readonly #used = new Map<string, Use<Party>>();
  readonly #addresses = new Map<string, { rooms: number; opens: number; minute: number }>();

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get joined(): number {
    return this.#joined.size;
  }

  /**
   * `address` is undefined for who has proved that they may: no caps of an address apply. With
   * `again` the token may have been used, but by rooms with `again` only.
   */
  open(
    { token, again }: { readonly token: Uint8Array; readonly again: boolean },
    opener: Party,
    address: string | undefined,
    nowMs: number,
  ): Room<Party> | Denial {
    const key = hex(token);
    const before = this.#used.get(key);
    const isFree = before?.room === undefined || (again && this.#joined.has(before.room));
    if (!isFree || (before?.isSpent === true && !(again && before.again))) return 'used';
    if (this.#waiting.size + this.#joined.size >= this.#limits.rooms) return 'busy';
    if (this.#used.size >= mostRemembered) return 'busy';
    if (address !== undefined && !this.#countOpen(address, nowMs)) return 'too_many';
    const room = { opener, joiner: undefined, token: key, openedMs: nowMs, address };
    const isSpent = before?.isSpent ?? false;
    this.#used.delete(key);
    this.#used.set(key, { again, untilMs: nowMs + rememberedMs, room, isSpent });
    this.#waiting.set(key, room);
    return room;
  }

  /** One answer for tokens unknown, taken and late: a stranger learns nothing of them. */
  join(token: Uint8Array, joiner: Party, nowMs: number): Room<Party> | 'no_room' {
    const key = hex(token);
    const room = this.#waiting.get(key);
    if (room === undefined || nowMs - room.openedMs > this.#limits.joinMs) return 'no_room';
    this.#waiting.delete(key);
    room.joiner = joiner;
    this.#joined.add(room);
    return room;
  }

  /** The opener has answered: from now on the token is used up. */
  spend(room: Room<Party>): void {
    const use = this.#used.get(room.token);
    if (use !== undefined) use.isSpent = true;
  }

  /** False where it had ended already. */
  end(room: Room<Party>): boolean {
    const use = this.#used.get(room.token);
    if (use?.room === room) use.room = undefined;
    const was = this.#waiting.get(room.token) === room;
    if (was) this.#waiting.delete(room.token);
    const ended = this.#joined.delete(room) || was;
    const counts = room.address === undefined ? undefined : this.#addresses.get(room.address);
    if (ended && counts !== undefined) counts.rooms -= 1;
    return ended;
  }

  /** Forgets what is old; returns the rooms that nobody joined in time. */
  sweep(nowMs: number): Room<Party>[] {
    for (const [token, { untilMs }] of this.#used) {
      if (untilMs > nowMs) break;
      this.#used.delete(token);
    }
    const minute = Math.floor(nowMs / 60_000);
    for (const [address, counts] of this.#addresses) {
      if (counts.rooms === 0 && counts.minute !== minute) this.#addresses.delete(address);
    }
    return [...this.#waiting.values()].filter(
      ({ openedMs }) => nowMs - openedMs > this.#limits.joinMs,
    );
  }

  #countOpen(address: string, nowMs: number): boolean {
    const minute = Math.floor(nowMs / 60_000);
    const counts = this.#addresses.get(address) ?? { rooms: 0, opens: 0, minute };
    this.#addresses.set(address, counts);
    if (counts.minute !== minute) {
      counts.minute = minute;
      counts.opens = 0;
    }
    if (counts.rooms >= this.#limits.roomsPerAddress) return false;
    if (counts.opens >= this.#limits.opensPerMinute) return false;
    counts.rooms += 1;
    counts.opens += 1;
    return true;
  }
}
