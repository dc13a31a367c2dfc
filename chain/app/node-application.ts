/**
 * The ABCI application: the life of blocks over the store. Consensus calls run strictly one after
 * the other, mempool calls too; queries read versions and wait for nobody.
 */
import type * as abci from 'cosmjs-types/tendermint/abci/types';
import {
  ResponseOfferSnapshot_Result,
  ResponseProcessProposal_ProposalStatus,
  ResponseVerifyVoteExtension_VerifyStatus,
} from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import { assert, Defect, present } from '../../modules/_kernel/assert.ts';
import { sdk } from '../../modules/_kernel/refusals.ts';
import { type TimeMs, height as toHeight } from '../../modules/_kernel/units.ts';
import type { Application } from '../abci/application.ts';
import { Lane } from '../abci/lane.ts';
import type { RightOfWay } from '../abci/right-of-way.ts';
import type { Figures } from '../audit/reading.ts';
import { blockRecord, readBlockTime } from '../events/block-record.ts';
import type { Scans } from '../query/handlers.ts';
import { refused } from '../query/router.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';
import { HeadReader } from '../store/overlay.ts';
import type { Prepared, Store } from '../store/store.ts';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { figuresOf } from './audit.ts';
import type { BlockInput, BlockOutcome } from './block.ts';
import { blockWork } from './block-work.ts';
import { Candidates } from './candidates.ts';
import type { Chain, Composed } from './chain.ts';
import { CheckState } from './check.ts';
import { violations } from './genesis.ts';
import { fitting } from './proposal.ts';
import { type BlockRetention, RetainHeight } from './retain-height.ts';
import type { SignaturesAhead } from './signatures-ahead.ts';
import { type Budget, millisecondsOf } from './time.ts';
import { wholeState } from './whole-state.ts';

interface Candidate {
  readonly height: bigint;
  readonly timeMs: TimeMs;
  readonly outcome: BlockOutcome;
  readonly prepared: Prepared;
}

export interface NodeApplicationOptions {
  readonly store: Store;
  readonly composed: Composed;
  readonly logger: Logger;
  /** Version of the node's software, shown by Info. */
  readonly version: string;
  /** Least fee of a gas unit in uhub that CheckTx takes, as a fraction; local to the node. */
  readonly minGasPrice: { readonly num: bigint; readonly den: bigint };
  /** False: a block is executed each time that it is asked for. For tests. */
  readonly reuseProposals?: boolean;
  /** Verifies signatures in threads; the thread of the blocks does where left out. */
  readonly signaturesAhead?: SignaturesAhead;
  /** Answers queries that may read much; the thread of the blocks does where left out. */
  readonly scans?: Scans;
  /** How long transactions are put into a proposal; until it is full where left out. */
  readonly proposalBudget?: Budget;
  /** Told of each block, so that other threads stand back. */
  readonly rightOfWay: RightOfWay;
  /** Who measures; nobody where left out. */
  readonly telemetry?: Telemetry;
  /** Offers snapshots and takes them; without, there are none. */
  readonly snapshots?: Snapshots;
  /** Which blocks CometBFT keeps; all of them where left out. */
  readonly retention?: BlockRetention;
}

export class NodeApplication implements Application {
  readonly #store: Store;
  readonly #composed: Composed;
  readonly #options: NodeApplicationOptions;
  readonly #telemetry: Telemetry;
  readonly #consensus = new Lane();
  readonly #mempool = new Lane();
  readonly #candidates = new Candidates<Candidate>();
  #chain: Chain | undefined;
  #check: CheckState | undefined;
  #finalized: Candidate | undefined;
  readonly #retain = new RetainHeight();

  constructor(options: NodeApplicationOptions) {
    this.#options = options;
    this.#telemetry = options.telemetry ?? silentTelemetry;
    this.#store = options.store;
    this.#composed = options.composed;
    this.#openChain();
  }

  async info(): Promise<abci.ResponseInfo> {
    const chain = this.#chain;
    const head = this.#store.head;
    const committed = head !== undefined && chain !== undefined && head.height >= chain.firstHeight;
    return {
      data: 'artel',
      version: this.#options.version,
      appVersion: chain?.appVersion() ?? this.#composed.appVersion,
      lastBlockHeight: committed ? head.height : 0n,
      lastBlockAppHash: committed ? head.appHash : new Uint8Array(),
    };
  }

  initChain(request: abci.RequestInitChain): Promise<abci.ResponseInitChain> {
    return this.#consensus.run(async () => {
      if (this.#store.head !== undefined) {
        const { lastBlockHeight } = await this.info();
        assert(lastBlockHeight === 0n, `InitChain, but block ${lastBlockHeight} is committed`);
        await this.#store.clear();
      }
      this.#dropCandidates();
      const { scans } = this.#options;
      const begun = await this.#composed.begin(this.#store, request, scans);
      const { chain, validators, appHash } = begun;
      this.#chain = chain;
      this.#resetCheckState();
      return { validators: [...validators], appHash };
    });
  }

  async query(request: abci.RequestQuery): Promise<abci.ResponseQuery> {
    if (request.path.startsWith('/p2p/filter/')) return { ...refused(none, 0n), code: 0, log: '' };
    const chain = this.#chain;
    const head = this.#store.head;
    if (chain === undefined || head === undefined) return refused(notBegun, 0n);
    const began = this.#telemetry.nowSeconds();
    const height = request.height === 0n ? head.height : request.height;
    const answer = await chain.queries.answer(request, height);
    this.#telemetry.queryAnswered(this.#telemetry.nowSeconds() - began);
    return answer;
  }

  checkTx({ tx, type }: abci.RequestCheckTx): Promise<abci.ResponseCheckTx> {
    const chain = this.#chain;
    // Read before its turn: what threads are asked then comes from many at once.
    const read = chain?.transactions.parse(tx);
    const ahead =
      chain !== undefined && read?.ok === true && type !== recheck
        ? this.#options.signaturesAhead?.of(chain, read.tx)
        : undefined;
    return this.#mempool.run(async () => {
      if (ahead !== undefined) await ahead;
      const check = this.#check;
      if (check === undefined || read === undefined) {
        const { codespace, code, message } = notBegun;
        return checkRefused(codespace, code, message);
      }
      const began = this.#telemetry.nowSeconds();
      const answer = await check.check(read, type === recheck);
      const kind = type === recheck ? 'recheck' : 'new';
      this.#telemetry.transactionChecked(kind, this.#telemetry.nowSeconds() - began, answer);
      return answer;
    });
  }

  prepareProposal(request: abci.RequestPrepareProposal): Promise<abci.ResponsePrepareProposal> {
    return this.#makeBlock(async () => {
      const chain = this.#begun();
      if (!this.#isProgramOf(chain, request.height)) return { txs: [] };
      const txs = fitting(chain, request.txs, request.maxTxBytes);
      const input = this.#input(chain, { ...request, txs }, request.localLastCommit?.votes);
      const candidate = await this.#executeAnew(chain, input, this.#options.proposalBudget?.());
      const { txResults, inadmissible } = candidate.outcome;
      // What is not admissible has no effect: the rest is executed alike without it.
      const left = new Set(inadmissible.map(({ index }) => index));
      const proposed = txs.filter((_, index) => index < txResults.length && !left.has(index));
      if (left.size === 0) this.#candidates.keep({ ...input, txs: proposed }, candidate);
      return { txs: proposed };
    });
  }

  processProposal(request: abci.RequestProcessProposal): Promise<abci.ResponseProcessProposal> {
    return this.#makeBlock(async () => {
      const chain = this.#begun();
      // Not ours to judge any more: the block must be decided for the next version to begin with
      // it.
      if (!this.#isProgramOf(chain, request.height)) {
        return { status: ResponseProcessProposal_ProposalStatus.ACCEPT };
      }
      const input = this.#input(chain, request, request.proposedLastCommit?.votes);
      const candidate = await this.#execute(chain, input);
      const [first] = candidate.outcome.inadmissible;
      if (first !== undefined) {
        const { index, refusal } = first;
        return this.#reject(request.height, `transaction ${index}: ${refusal.message}`);
      }
      const { maxGas } = chain;
      if (maxGas > 0n && candidate.outcome.gasWanted > maxGas) {
        const wanted = candidate.outcome.gasWanted;
        return this.#reject(request.height, `gas limits sum to ${wanted}, more than ${maxGas}`);
      }
      return { status: ResponseProcessProposal_ProposalStatus.ACCEPT };
    });
  }

  async extendVote(): Promise<abci.ResponseExtendVote> {
    return { voteExtension: new Uint8Array() };
  }

  async verifyVoteExtension({
    voteExtension,
  }: abci.RequestVerifyVoteExtension): Promise<abci.ResponseVerifyVoteExtension> {
    const { ACCEPT, REJECT } = ResponseVerifyVoteExtension_VerifyStatus;
    return { status: voteExtension.length === 0 ? ACCEPT : REJECT };
  }

  finalizeBlock(request: abci.RequestFinalizeBlock): Promise<abci.ResponseFinalizeBlock> {
    return this.#makeBlock(async () => {
      const chain = this.#begun();
      this.#composed.checkProgram(chain);
      const input = this.#input(chain, request, request.decidedLastCommit?.votes);
      this.#finalized = await this.#execute(chain, input);
      const { outcome, prepared } = this.#finalized;
      return {
        events: [...outcome.events],
        txResults: [...outcome.txResults],
        validatorUpdates: [...outcome.validatorUpdates],
        ...(outcome.upgrade !== undefined && {
          consensusParamUpdates: { version: { app: outcome.upgrade } },
        }),
        appHash: prepared.appHash,
      };
    });
  }

  commit(): Promise<abci.ResponseCommit> {
    return this.#makeBlock(() =>
      this.#mempool.run(async () => {
        const { height, timeMs, outcome, prepared } = present(
          this.#finalized,
          'a finalized block to commit',
        );
        const began = this.#telemetry.nowSeconds();
        await this.#store.commit(height, prepared, blockRecord(timeMs, outcome.facts));
        const seconds = this.#telemetry.nowSeconds() - began;
        this.#telemetry.blockCommitted(seconds, outcome.txResults);
        this.#options.snapshots?.committed(height, timeMs);
        this.#reportCritical(height, outcome);
        this.#dropCandidates();
        this.#resetCheckState();
        return { retainHeight: this.#retainHeight(height, timeMs) };
      }),
    );
  }

  async listSnapshots(): Promise<abci.ResponseListSnapshots> {
    return { snapshots: this.#options.snapshots?.list() ?? [] };
  }

  async loadSnapshotChunk(
    request: abci.RequestLoadSnapshotChunk,
  ): Promise<abci.ResponseLoadSnapshotChunk> {
    const chunk = await this.#options.snapshots?.load(request);
    return { chunk: chunk ?? new Uint8Array() };
  }

  offerSnapshot(request: abci.RequestOfferSnapshot): Promise<abci.ResponseOfferSnapshot> {
    return this.#consensus.run(async () => {
      const { snapshots, logger } = this.#options;
      const { lastBlockHeight } = await this.info();
      if (snapshots === undefined || lastBlockHeight > 0n) {
        const height = lastBlockHeight.toString();
        logger.error({ height }, 'no snapshot is taken: this node has blocks already');
        return { result: ResponseOfferSnapshot_Result.ABORT };
      }
      this.#dropCandidates();
      this.#chain = undefined;
      const result = await snapshots.offer(request);
      this.#openChain();
      return { result };
    });
  }

  applySnapshotChunk(
    request: abci.RequestApplySnapshotChunk,
  ): Promise<abci.ResponseApplySnapshotChunk> {
    return this.#consensus.run(async () => {
      const { answer, restored } = await present(this.#options.snapshots, 'snapshots').apply(
        request,
      );
      if (restored) this.#openChain();
      return answer;
    });
  }

  /** One of the calls that a block consists of. */
  #makeBlock<T>(work: () => Promise<T>): Promise<T> {
    return this.#consensus.run(() => this.#options.rightOfWay.during(work));
  }

  /** CometBFT came anew: what it has not committed never was. */
  connectionsReset(): void {
    this.#dropCandidates();
  }

  /** Goes back to an earlier height that the store still keeps; what came after is forgotten. */
  rollback(height: bigint): Promise<void> {
    return this.#consensus.run(() =>
      this.#mempool.run(async () => {
        this.#dropCandidates();
        await this.#store.rollback(height);
        this.#openChain();
      }),
    );
  }

  /** Every invariant of every module on the committed state: what is violated. */
  async audit(): Promise<readonly string[]> {
    const { machine, modules } = this.#begun();
    return this.#readingAll(() => violations(machine, modules));
  }

  /** The figures of the committed state, under the auditor's names. */
  async figures(): Promise<Figures> {
    const { machine } = this.#begun();
    const viewOf = (name: string) => (machine.has(name) ? machine.view(name) : undefined);
    return this.#readingAll(() => figuresOf(viewOf));
  }

  /** PERF: all of the state is loaded first, since `work` looks at each row of it. */
  async #readingAll<T>(work: () => T): Promise<T> {
    const chain = this.#begun();
    const { height } = present(this.#store.head, 'a head');
    const names = chain.modules.map(({ name }) => name);
    const state = await wholeState(await this.#store.at(height), names);
    return chain.machine.reading(state, chain.contextAt(height), work);
  }

  #input(
    chain: Chain,
    request: {
      readonly height: bigint;
      readonly time: abci.RequestFinalizeBlock['time'];
      readonly txs: readonly Uint8Array[];
      readonly misbehavior: readonly abci.Misbehavior[];
    },
    votes: Parameters<typeof blockWork>[1] | undefined,
  ): BlockInput {
    const context = chain.context(request.height, millisecondsOf(request.time));
    const upgrade = chain.upgradeDue(request.height);
    const work = this.#work(chain, votes, request.misbehavior);
    return { context, txs: request.txs, work, ...(upgrade !== undefined && { upgrade }) };
  }

  /** Whether the rules of a block are those of this program. */
  #isProgramOf(chain: Chain, height: bigint): boolean {
    return chain.programOf(height) === this.#composed.appVersion;
  }

  /** What CometBFT may forget; 0, nothing, where this node keeps all blocks. */
  #retainHeight(height: bigint, timeMs: TimeMs): bigint {
    const { retention, snapshots } = this.#options;
    if (retention === undefined) return 0n;
    const { firstHeight, evidenceAge } = this.#begun();
    return this.#retain.after({
      height,
      timeMs,
      firstHeight,
      timeOf: (at) => readBlockTime(this.#store, at),
      evidenceAgeBlocks: evidenceAge.blocks,
      evidenceAgeMs: evidenceAge.ms,
      oldestSnapshot: snapshots?.oldestOffered,
      minBlocks: retention.minBlocks,
    });
  }

  #work(
    chain: Chain,
    votes: Parameters<typeof blockWork>[1] | undefined,
    misbehavior: readonly abci.Misbehavior[],
  ): BlockInput['work'] {
    return blockWork((module) => chain.enabled.has(module), votes ?? [], misbehavior);
  }

  /** Executes a block on the head, or remembers that it did. */
  #execute(chain: Chain, input: BlockInput): Promise<Candidate> {
    if (this.#options.reuseProposals === false) return this.#executeAnew(chain, input);
    return this.#candidates.of(input, () => this.#executeAnew(chain, input));
  }

  async #executeAnew(
    chain: Chain,
    input: BlockInput,
    isEnough?: () => boolean,
  ): Promise<Candidate> {
    const { height, timeMs } = input.context;
    const began = this.#telemetry.nowSeconds();
    const next = present(this.#store.head, 'a genesis').height + 1n;
    if (height !== next) throw new Defect(`block ${height} was asked for, ${next} is next`);
    try {
      await this.#options.signaturesAhead?.ofAll(chain, input.txs, this.#composed.turn);
      const outcome = await chain.executor.execute(new HeadReader(this.#store), input, isEnough);
      const prepared = await this.#store.prepare(outcome.changes);
      this.#telemetry.blockExecuted(this.#telemetry.nowSeconds() - began);
      return { height: toHeight(height), timeMs, outcome, prepared };
    } catch (error) {
      this.#options.logger.fatal({ err: error, height: height.toString() }, 'a block failed');
      throw error;
    }
  }

  #reportCritical(height: bigint, { events }: BlockOutcome): void {
    for (const { type, attributes } of events) {
      if (!this.#composed.composition.critical.has(type)) continue;
      const facts = Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
      this.#telemetry.criticalEvent(type);
      this.#options.logger.error({ height: height.toString(), event: type, ...facts }, 'critical');
    }
  }

  #reject(height: bigint, reason: string): abci.ResponseProcessProposal {
    this.#telemetry.proposalRejected();
    this.#options.logger.warn({ height: height.toString(), reason }, 'proposal rejected');
    return { status: ResponseProcessProposal_ProposalStatus.REJECT };
  }

  #dropCandidates(): void {
    this.#candidates.clear();
    this.#finalized = undefined;
  }

  #resetCheckState(): void {
    this.#check =
      this.#chain === undefined
        ? undefined
        : new CheckState(this.#chain, new HeadReader(this.#store), this.#options.minGasPrice);
  }

  /** The chain of what the store now holds; none on an empty one. */
  #openChain(): void {
    this.#chain = this.#composed.open(this.#store, this.#options.scans);
    if (this.#chain !== undefined) this.#composed.checkProgram(this.#chain);
    this.#resetCheckState();
  }

  #begun(): Chain {
    return present(this.#chain, 'a chain that has begun');
  }
}

/** CometBFT's CheckTxType for a transaction that is in the mempool already. */
const recheck = 1;

const none = sdk.not_found({ what: '' });
const notBegun = sdk.invalid_request({ what: 'the chain has not begun: no genesis yet' });

function checkRefused(codespace: string, code: number, log: string): abci.ResponseCheckTx {
  return {
    code,
    codespace,
    log,
    data: new Uint8Array(),
    info: '',
    gasWanted: 0n,
    gasUsed: 0n,
    events: [],
  };
}
