/** Sketches kept for pairs that met before, so that their next session is warm. */

/** Holds as many as it was made for; the least recently used goes first. */
export interface PairMemory {
  readonly size: number;
}
