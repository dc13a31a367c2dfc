/** A lab that runs: its nodes, the links between them, and that nothing of it stays behind. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, exitCodes } from '../../chain/cli/context.ts';
import type { NodeIdentity } from '../../chain/node/keys.ts';
import { lastLines } from '../logs.ts';
import { signerOf } from './byzantine/evidence.ts';
import { RemoteSigner } from './byzantine/signer.ts';
import { createLab, identitiesOf, type MakeLabGenesis } from './create.ts';
import { Links } from './links/links.ts';
import { LabNode, type NodeStarter } from './node.ts';
import { findBasePort, type LabPlan, type LabSettings, planLab } from './plan.ts';
import { sweep, temporaryLab } from './sweep.ts';

export interface NetworkOptions {
  readonly settings: LabSettings;
  /** A folder that was claimed for it; undefined: a temporary one. Either goes with the lab. */
  readonly root?: string | undefined;
  readonly cometbft: string;
  readonly makeGenesis: MakeLabGenesis;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A healthy network takes 2 to 5 s; a busy machine many times that. */
const firstBlockWithinMs = 180_000;

export class LabNetwork {
  readonly plan: LabPlan;
  readonly nodes: readonly LabNode[];
  readonly links: Links;
  /** The binary. */
  readonly cometbft: string;
  readonly identities: readonly NodeIdentity[];
  /** By the name of the node that each serves. */
  readonly signers: ReadonlyMap<string, RemoteSigner>;
  readonly #signal: AbortSignal;

  private constructor(
    plan: LabPlan,
    links: Links,
    identities: readonly NodeIdentity[],
    signers: ReadonlyMap<string, RemoteSigner>,
    options: NetworkOptions,
  ) {
    this.plan = plan;
    this.links = links;
    this.cometbft = options.cometbft;
    this.identities = identities;
    this.signers = signers;
    this.#signal = options.signal;
    const starter = starterOf(plan, options);
    this.nodes = plan.nodes.map((node) => new LabNode(node, starter));
  }

  /** Makes homes and links; starts nothing yet. @throws CliError where something is missing. */
  static async create(options: NetworkOptions): Promise<LabNetwork> {
    const { settings } = options;
    const base = await findBasePort(settings);
    const root = options.root ?? (await temporaryLab());
    try {
      const plan = planLab(root, settings, base);
      await createLab(plan, options.cometbft, options.makeGenesis);
      options.signal.throwIfAborted();
      const links = await Links.open(plan.links, settings.seed);
      const identities = await identitiesOf(plan);
      return new LabNetwork(plan, links, identities, await signersOf(plan), options);
    } catch (error) {
      await sweep(root);
      throw error;
    }
  }

  /** Starts all nodes but the late ones, and waits for the first block of each. */
  async up(): Promise<void> {
    const first = this.nodes.filter(({ plan }) => !plan.late);
    for (const node of first) node.start();
    for (const node of first) {
      const ended = node.ended?.then(async (how) => {
        const lines = await lastLines(node.plan.logFile, 8);
        throw new CliError(`${node.name} has ended (${how})`, exitCodes.failed, lines);
      });
      await Promise.race([node.reach(1, firstBlockWithinMs, this.#signal), ended]);
    }
  }

  /** @throws CliError (usage) for a name that no node has. */
  node(name: string): LabNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found !== undefined) return found;
    throw new CliError(
      `the lab has no ${name}; it has ${this.nodes.map((node) => node.name).join(', ')}`,
      exitCodes.usage,
    );
  }

  /** Ends every process, releases every port, and removes the folder. */
  async destroy(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.destroy()));
    for (const signer of new Set(this.signers.values())) await signer[Symbol.asyncDispose]();
    await this.links.close();
    await sweep(this.plan.root);
  }
}

/** Each dials its node from now on; a twin has the signer of its original. */
async function signersOf(plan: LabPlan): Promise<ReadonlyMap<string, RemoteSigner>> {
  const signers = new Map<string, RemoteSigner>();
  for (const node of plan.nodes) {
    if (node.signerSocket === undefined) continue;
    const signer =
      signers.get(node.twinOf ?? '') ??
      new RemoteSigner(await signerOf(node), plan.settings.chainId);
    signer.serve(node.signerSocket);
    signers.set(node.name, signer);
  }
  return signers;
}

function starterOf(plan: LabPlan, { cometbft, env }: NetworkOptions): NodeStarter {
  // Sources or their build: both lie in the same way.
  const own = (path: string): readonly [string, ...string[]] => [
    process.execPath,
    '--no-warnings',
    fileURLToPath(new URL(`${path}${extname(import.meta.url)}`, import.meta.url)),
  ];
  const { snapshotInterval } = plan.settings;
  return {
    artel: own('../../chain/cli/main'),
    faulty: own('./app/main'),
    cometbft,
    env,
    nodeArguments: [
      ...['--snapshot-interval', String(snapshotInterval)],
      // Checks read every block, and old offences are proved by them.
      ...['--min-retain-blocks', '1000000'],
    ],
  };
}
