/** How a relay ends a connection: WebSocket close codes of its own, and RFC 6455's. */

/** Close codes that clients see, with the sentence that goes along. */
export const relayCloses = {
  left: [1000, 'the other side has left'],
  lost: [4410, 'the other side was cut off'],
  stopping: [1001, 'the relay is stopping'],
  malformed: [4400, 'no frame of this protocol'],
  unproved: [4401, 'this relay opens rooms only by a pass'],
  no_room: [4404, 'no such room: late, taken, or never opened'],
  late: [4408, 'nobody came in time'],
  used: [4409, 'the token was used before'],
  too_large: [4413, 'the room has passed its bytes or its time'],
  too_many: [4429, 'too many rooms of this address'],
  busy: [4503, 'the relay is full'],
} as const;

export type RelayClose = keyof typeof relayCloses;
