/** Makes a lab's homes: keys that follow from its seed, one genesis, peers behind the links. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import type { makeGenesis } from '../../chain/app/local-genesis.ts';
import { addressOf, pubkeyOf, publicKeyOf } from '../../chain/client/keys.ts';
import type { SigningKey } from '../../chain/dev/sender.ts';
import { createHome, reconfigure } from '../../chain/node/create-home.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { type NodeIdentity, readIdentity } from '../../chain/node/keys.ts';
import { testAddresses } from '../../chain/node/test-accounts.ts';
import { patchToml } from '../../chain/node/toml.ts';
import { mountDisk } from './disk.ts';
import type { LabNodePlan, LabPlan } from './plan.ts';

/** The genesis of the rules that the nodes run. */
export type MakeLabGenesis = typeof makeGenesis;

/** The keys of the load's accounts. */
export function loadKeys(plan: LabPlan): readonly SigningKey[] {
  const { accounts, seed } = plan.settings;
  return Array.from({ length: accounts }, (_, index) => {
    const privateKey = sha256(new TextEncoder().encode(`artel lab account:${seed}:${index}`));
    const publicKey = publicKeyOf('secp256k1', privateKey);
    return { privateKey, publicKey, address: addressOf(pubkeyOf('secp256k1', publicKey)) };
  });
}

/** @throws Error where CometBFT's `init` fails. */
export async function createLab(
  plan: LabPlan,
  cometbft: string,
  genesisOf: MakeLabGenesis,
): Promise<void> {
  const made = plan.nodes.map(async (node): Promise<NodeIdentity> => {
    const { diskMiB } = node;
    if (diskMiB !== undefined) {
      await mkdir(node.home, { recursive: true, mode: 0o700 });
      await mountDisk(node.home, diskMiB);
    }
    const { identity } = await createHome({
      root: node.home,
      cometbft,
      config: nodeConfig(plan, node, []),
      keySeed: `lab/${plan.settings.seed}/${node.name}`,
    });
    return identity;
  });
  // All have ended before the folder is removed, where one fails.
  await Promise.allSettled(made);
  const identities = await Promise.all(made);
  for (const { home, twinOf } of plan.nodes) {
    const original = plan.nodes.find(({ name }) => name === twinOf);
    if (original === undefined) continue;
    await copyFile(nodeHome(original.home).validatorKeyFile, nodeHome(home).validatorKeyFile);
  }
  const genesis = labGenesis(plan, identities, genesisOf);
  for (const node of plan.nodes) {
    const home = nodeHome(node.home);
    await writeFile(home.genesisFile, genesis);
    await configureNode(plan, node, identities);
  }
}

/** Loads of large transactions have large memos. */
const longestMemo = 4_096;

function labGenesis(
  plan: LabPlan,
  identities: readonly NodeIdentity[],
  genesisOf: MakeLabGenesis,
): string {
  const voting = plan.nodes.filter(({ power }) => power > 0);
  const document = genesisOf({
    chainId: plan.settings.chainId,
    genesisTimeMs: Date.now(),
    validators: voting.map(({ name, index, power }) => ({
      name,
      publicKey: identities[index]?.validatorPublicKey ?? new Uint8Array(),
      power: BigInt(power),
    })),
    accounts: [...testAddresses, ...loadKeys(plan).map(({ address }) => address)],
  });
  const { accounts } = document.app_state as { accounts: { parameters: object } };
  const parameters = { ...accounts.parameters, maxMemoCharacters: String(longestMemo) };
  Object.assign(accounts, { parameters });
  const { evidence } = plan.settings;
  if (evidence !== undefined) {
    Object.assign((document.consensus_params as { evidence: object }).evidence, {
      max_age_num_blocks: String(evidence.blocks),
      max_age_duration: `${evidence.ms}000000`,
    });
  }
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Its peers are behind links: of each pair only the lower one dials. */
async function configureNode(
  plan: LabPlan,
  node: LabNodePlan,
  identities: readonly NodeIdentity[],
): Promise<void> {
  const home = nodeHome(node.home);
  const peers = plan.links
    .filter(({ from }) => from === node.index)
    .map(({ to, listenPort }) => `${identities[to]?.nodeId}@127.0.0.1:${listenPort}`);
  await reconfigure(home, nodeConfig(plan, node, peers));
  const { signerSocket } = node;
  const value = `unix://${signerSocket}`;
  const signer = { section: '', key: 'priv_validator_laddr', value };
  const entries = [...plan.settings.config, ...(signerSocket === undefined ? [] : [signer])];
  const text = await readFile(home.configFile, 'utf8');
  await writeFile(home.configFile, patchToml(text, entries));
}

function nodeConfig(plan: LabPlan, node: LabNodePlan, localPeers: readonly string[]) {
  const { timeoutCommit, emptyBlocksInterval } = plan.settings;
  const { name: moniker, p2pPort, rpcPort, prometheusPort } = node;
  return {
    moniker,
    p2pPort,
    rpcPort,
    prometheusPort,
    timeoutCommit,
    emptyBlocksInterval,
    localPeers,
  };
}

/** Who each node is, by its key files. */
export async function identitiesOf(plan: LabPlan): Promise<readonly NodeIdentity[]> {
  return Promise.all(plan.nodes.map(({ home }) => readIdentity(nodeHome(home))));
}
