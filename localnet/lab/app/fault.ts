/** What the application of a lab's node can be told to do wrong. Never a part of a real node. */

/** From `fromHeight` on where one is given; all heights else. Times in ms. */
export interface AppFault {
  readonly fromHeight?: number;
  /** FinalizeBlock takes so much longer. */
  readonly slowMs?: number;
  /** FinalizeBlock never answers. */
  readonly hang?: true;
  /** The process dies at this moment of the height. */
  readonly dieAt?:
    | 'before FinalizeBlock'
    | 'after FinalizeBlock'
    | 'before Commit'
    | 'after Commit';
  /** The app hash has one bit flipped. */
  readonly wrongHash?: true;
  /** Info reports the height that is executed, not the one that is committed. */
  readonly infoAhead?: true;
  /** Its proposals hold a transaction that nobody signed. */
  readonly badProposals?: true;
  /** It rejects every proposal of others. */
  readonly rejects?: true;
  /** The chunks of snapshots that it gives to others have one bit flipped. */
  readonly badChunks?: true;
  /** The software version that Info tells: a rolling upgrade without other rules. */
  readonly version?: string;
}
