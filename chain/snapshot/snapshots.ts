/**
 * The four snapshot calls of ABCI: what this node has is offered and served, what others offer is
 * checked against the app hash that CometBFT's light client trusts, chunk by chunk. The decisions
 * are drawn in docs/snapshots.md.
 */
import {
  ResponseApplySnapshotChunk_Result as ApplyResult,
  ResponseOfferSnapshot_Result as OfferResult,
  type RequestApplySnapshotChunk,
  type RequestLoadSnapshotChunk,
  type RequestOfferSnapshot,
  type ResponseApplySnapshotChunk,
  type Snapshot,
} from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import type { BlockSignal } from '../abci/right-of-way.ts';
import type { Store } from '../store/store.ts';
import { readChunk, SnapshotFolder, type StoredSnapshot } from './folder.ts';
import {
  type Manifest,
  readManifest,
  SnapshotProblem,
  sha256,
  snapshotFormat,
} from './manifest.ts';
import { Restoration } from './restore.ts';
import { SnapshotSchedule } from './schedule.ts';

/** What an operator chooses. */
export interface SnapshotSettings {
  readonly folder: string;
  /** A snapshot at each multiple of this; 0: none. */
  readonly interval: number;
  readonly keepRecent: number;
}

export interface SnapshotsOptions extends SnapshotSettings {
  readonly store: Store;
  readonly storePath: string;
  /** Version of the rules of this program. */
  readonly appVersion: bigint;
  /** Names of the modules that this program has. */
  readonly modules: ReadonlySet<string>;
  /** Of the blocks that the making of snapshots gives way to. */
  readonly blocks: BlockSignal;
  readonly logger: Logger;
}

/** What OfferSnapshot or ApplySnapshotChunk came to, and why not. */
interface Verdict<Result> {
  readonly result: Result;
  readonly reason: string;
}

export class Snapshots {
  readonly #o: SnapshotsOptions;
  readonly #folder: SnapshotFolder;
  readonly #schedule: SnapshotSchedule;
  /** The newest first. */
  #offered: readonly StoredSnapshot[] = [];
  #restoration: Restoration | undefined;

  private constructor(options: SnapshotsOptions) {
    this.#o = options;
    this.#folder = new SnapshotFolder(options.folder);
    const onChange = (): Promise<void> => this.#look();
    this.#schedule = new SnapshotSchedule({ ...options, folder: this.#folder, onChange });
  }

  /** Looks through the folder; what a killed process left half written is removed. */
  static async open(options: SnapshotsOptions): Promise<Snapshots> {
    const snapshots = new Snapshots(options);
    const left = await snapshots.#folder.clearUnfinished();
    if (left.length > 0) options.logger.warn({ left }, 'unfinished snapshots removed');
    await snapshots.#look();
    return snapshots;
  }

  async #look(): Promise<void> {
    const { logger } = this.#o;
    this.#offered = await this.#folder.list(({ message }) => {
      logger.error({ reason: message }, 'snapshot not offered');
    });
  }

  /** The lowest height offered to others: they need the blocks after it. */
  get oldestOffered(): bigint | undefined {
    const oldest = this.#offered.at(-1);
    return oldest && BigInt(oldest.manifest.height);
  }

  committed(height: bigint, timeMs: bigint): void {
    this.#schedule.committed(height, timeMs);
  }

  /** Resolves when no snapshot is being made. */
  idle(): Promise<void> {
    return this.#schedule.idle();
  }

  /** To be called before the store is closed. */
  close(): Promise<void> {
    return this.#schedule.close();
  }

  list(): Snapshot[] {
    return this.#offered.map(({ manifest, metadata, hash }) => ({
      height: BigInt(manifest.height),
      format: manifest.format,
      chunks: manifest.chunks.length,
      hash,
      metadata,
    }));
  }

  /** A chunk; empty where this node does not have it, or its disk gives other bytes. */
  async load({ height, format, chunk }: RequestLoadSnapshotChunk): Promise<Uint8Array> {
    const snapshot = this.#offered.find(
      ({ manifest }) => BigInt(manifest.height) === height && manifest.format === format,
    );
    if (snapshot?.manifest.chunks[chunk] === undefined) return new Uint8Array(0);
    try {
      return await readChunk(snapshot, chunk);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#o.logger.error({ reason }, 'chunk not served');
      return new Uint8Array(0);
    }
  }

  /** Begins a restoration where the offer can be true; one under way is given up. */
  async offer({ snapshot, appHash }: RequestOfferSnapshot): Promise<OfferResult> {
    this.#restoration = undefined;
    const checked = this.#check(snapshot, appHash);
    const height = snapshot?.height.toString();
    if ('result' in checked) {
      const { result, reason } = checked;
      this.#o.logger.warn({ height, reason }, 'snapshot refused');
      return result;
    }
    this.#restoration = await Restoration.begin(this.#o.store, checked);
    this.#o.logger.info({ height, chunks: checked.chunks.length }, 'restoring a snapshot');
    return OfferResult.ACCEPT;
  }

  #check(snapshot: Snapshot | undefined, trusted: Uint8Array): Manifest | Verdict<OfferResult> {
    const refused = (result: OfferResult, reason: string): Verdict<OfferResult> => {
      return { result, reason };
    };
    if (snapshot === undefined) return refused(OfferResult.REJECT, 'the offer names no snapshot');
    const { format, metadata } = snapshot;
    if (format !== snapshotFormat) {
      const reason = `its format is ${format}, this program reads ${snapshotFormat}`;
      return refused(OfferResult.REJECT_FORMAT, reason);
    }
    let manifest: Manifest;
    try {
      manifest = readManifest(metadata);
    } catch (error) {
      if (!(error instanceof SnapshotProblem)) throw error;
      return refused(OfferResult.REJECT_SENDER, error.message);
    }
    const lie = differenceOf(snapshot, manifest, trusted);
    if (lie !== undefined) return refused(OfferResult.REJECT_SENDER, `the offer lies: ${lie}`);
    const { appVersion, modules } = this.#o;
    if (BigInt(manifest.appVersion) !== appVersion) {
      const reason =
        `it needs the program of app version ${manifest.appVersion}, ` +
        `this one has ${appVersion}`;
      return refused(OfferResult.REJECT, reason);
    }
    const unknown = manifest.modules.find(({ name }) => !modules.has(name));
    if (unknown === undefined) return manifest;
    return refused(OfferResult.REJECT, `this program has no module ${unknown.name}`);
  }

  /** Takes the next chunk; `restored` with the last one, when the store has the state. */
  async apply(
    request: RequestApplySnapshotChunk,
  ): Promise<{ readonly answer: ResponseApplySnapshotChunk; readonly restored: boolean }> {
    const { index, chunk, sender } = request;
    const restoration = this.#restoration;
    if (restoration === undefined) return answered(ApplyResult.ABORT);
    const tell = (reason: string): void => {
      this.#o.logger.warn({ chunk: index, sender, reason }, 'snapshot chunk refused');
    };
    try {
      const outcome = await restoration.apply(index, chunk);
      if (outcome === 'damaged') {
        tell('its bytes are not those of the manifest');
        return answered(ApplyResult.RETRY, { refetchChunks: [index], rejectSenders: [sender] });
      }
      if (outcome === 'out of order') {
        tell(`chunk ${restoration.next} is due`);
        return answered(ApplyResult.RETRY_SNAPSHOT);
      }
      const { height, chunks } = restoration.manifest;
      if (restoration.next < chunks.length) return answered(ApplyResult.ACCEPT);
      this.#restoration = undefined;
      await restoration.finish();
      this.#o.logger.info({ height: height.toString() }, 'snapshot restored');
      return { ...answered(ApplyResult.ACCEPT), restored: true };
    } catch (error) {
      this.#restoration = undefined;
      await this.#o.store.clear();
      if (!(error instanceof SnapshotProblem)) throw error;
      tell(error.message);
      return answered(ApplyResult.REJECT_SNAPSHOT, { rejectSenders: [sender] });
    }
  }
}

function answered(
  result: ApplyResult,
  { refetchChunks = [], rejectSenders = [] }: Partial<ResponseApplySnapshotChunk> = {},
): { readonly answer: ResponseApplySnapshotChunk; readonly restored: boolean } {
  return { answer: { result, refetchChunks, rejectSenders }, restored: false };
}

/** In what an offer and its manifest differ from each other, or from what is trusted. */
function differenceOf(
  { height, chunks, hash, metadata }: Snapshot,
  manifest: Manifest,
  trusted: Uint8Array,
): string | undefined {
  if (Buffer.compare(sha256(metadata), hash) !== 0) return 'its hash is not that of the manifest';
  if (BigInt(manifest.height) !== height) return `its manifest is of height ${manifest.height}`;
  if (manifest.chunks.length !== chunks) return `its manifest has ${manifest.chunks.length} chunks`;
  const hex = Buffer.from(trusted).toString('hex');
  if (manifest.appHash !== hex) return `its app hash is ${manifest.appHash}, the header's ${hex}`;
  return undefined;
}
