/** What happened in a run of a lab, in its order; reports and violations are written from it. */

export type JournalKind =
  /** A step of the scenario. */
  | 'step'
  /** A node started, ended or stood still. */
  | 'node'
  /** Something that an invariant looks at. */
  | 'check'
  | 'violation';

export interface JournalEntry {
  /** Since the lab was up. */
  readonly ms: number;
  readonly kind: JournalKind;
  readonly text: string;
  /** The node that it is about. */
  readonly node?: string;
}

export class Journal {
  readonly entries: JournalEntry[] = [];
  readonly #nowMs: () => number;
  readonly #tell: (entry: JournalEntry) => void;
  #beganMs: number;

  constructor(nowMs: () => number, tell: (entry: JournalEntry) => void = () => undefined) {
    this.#nowMs = nowMs;
    this.#tell = tell;
    this.#beganMs = nowMs();
  }

  /** Since the journal began, or since `restart`. */
  get ms(): number {
    return Math.round(this.#nowMs() - this.#beganMs);
  }

  /** From now on times are counted anew: the lab is up. */
  restart(): void {
    this.#beganMs = this.#nowMs();
  }

  note(kind: JournalKind, text: string, node?: string): void {
    const entry = { ms: this.ms, kind, text, ...(node === undefined ? {} : { node }) };
    this.entries.push(entry);
    this.#tell(entry);
  }
}
