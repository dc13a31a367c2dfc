/** Steps in which validators lie: second votes, forks, signers that are told how to behave. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLightClientAttack } from '../../../chain/dev/misbehaviour.ts';
import { hex } from '../../../chain/dev/rpc/json.ts';
import { callRpc, poll, RpcError } from '../../../chain/node/rpc.ts';
import { clone } from '../files.ts';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';
import { names, nodesOf, patienceMs, target, until, type Verbs } from '../verbs/verb.ts';
import { type Fork, type ForkKind, forkedHeights, readFork, voteIn } from './detector.ts';
import { broadcast, doubleVote, flaws, provenBy, sceneAt, signerOf } from './evidence.ts';
import { type Lie, lies } from './liar.ts';
import { runLightDrill } from './light.ts';
import { honest } from './signer.ts';

const forkKinds: readonly ForkKind[] = ['equivocation (provable)', 'amnesia suspected'];

/** By the word that stands in a scenario. */
export const byzantineVerbs: Verbs = {
  offend: {
    about: 'have a validator sign what it must not, and hand the proof to a node',
    example: 'offend: {node: node3, to: node0, wrong: signature, refused: invalid signature}',
    read(given, plan) {
      const fields = given.map(
        'node',
        'to',
        'back',
        'height',
        'offences',
        'attack',
        'wrong',
        'refused',
        'again',
      );
      const index = fields.get('node')?.node(plan) ?? given.refuse('it says no node');
      const to = fields.get('to')?.node(plan) ?? (index === 0 ? 1 : 0);
      const back = fields.get('back')?.count(1) ?? 1;
      const height = fields.get('height')?.count(1);
      const offences = fields.get('offences')?.count(1) ?? 1;
      const attack = fields.get('attack')?.flag() ?? false;
      const wrong = fields.get('wrong')?.choice(flaws);
      const refused = fields.get('refused')?.text();
      const again = fields.get('again')?.flag() ?? false;
      const what = attack
        ? 'a light client attack'
        : `${offences > 1 ? offences : 'a'} double vote`;
      const flaw = wrong === undefined ? '' : ` (wrong ${wrong})`;
      return {
        text: `prove ${what} of ${names(plan, [index])} to ${names(plan, [to])}${flaw}`,
        async run(lab) {
          const [guilty, node] = nodesOf(lab, [index, to]);
          if (guilty === undefined || node === undefined) return;
          const signer = await signerOf(guilty.plan);
          const { rpcUrl } = node.plan;
          const head = (await node.height()) ?? 0;
          for (let offence = 0; offence < offences; offence += 1) {
            const at = height ?? Math.max(1, head - back - offence);
            const scene = await sceneAt(rpcUrl, at);
            const proof = attack
              ? makeLightClientAttack(scene, [signer])
              : doubleVote(scene, signer, wrong);
            await answered(() => broadcast(rpcUrl, proof), refused);
            if (!again) continue;
            await answered(() => broadcast(rpcUrl, proof), refused);
            await proven(lab, guilty, Number(scene.header.height));
            await answered(() => broadcast(rpcUrl, proof), refused);
          }
        },
      };
    },
  },
  evidence: {
    about: 'wait until a proof against a validator is in a block, so many blocks after its offence',
    example: 'evidence: {against: node3, blocks: 3}',
    read(given, plan) {
      const fields = given.map('against', 'blocks');
      const index = fields.get('against')?.node(plan) ?? given.refuse('it says not against whom');
      const blocks = fields.get('blocks')?.count(1);
      return {
        text: `wait for evidence against ${names(plan, [index])}`,
        async run(lab) {
          const [guilty] = nodesOf(lab, [index]);
          if (guilty === undefined) return;
          const { height, offence } = await proven(lab, guilty);
          const after = height - offence;
          lab.journal.note(
            'check',
            `evidence for height ${offence} is in block ${height}, ${after} later`,
            guilty.name,
          );
          if (blocks === undefined || after <= blocks) return;
          throw new Error(`it took ${after} blocks, not ${blocks}`);
        },
      };
    },
  },
  signer: {
    about: 'tell the remote signer of nodes how to behave; without more, to be honest again',
    example: 'signer: {nodes: node1, delay: 2s}',
    read(given, plan) {
      const more = ['refuses', 'gone', 'forgets', 'delay', 'shift'] as const;
      const { indexes, fields } = target(given, plan, ...more);
      const manner = {
        ...honest,
        refuses: fields.get('refuses')?.flag() ?? false,
        gone: fields.get('gone')?.flag() ?? false,
        forgets: fields.get('forgets')?.flag() ?? false,
        delayMs: fields.get('delay')?.durationMs() ?? 0,
        shiftMs: fields.get('shift')?.durationMs() ?? 0,
      };
      const unlike = Object.entries(manner).filter(([, value]) => value !== false && value !== 0);
      const how = unlike.map(([name, value]) => `${name} ${value}`).join(', ') || 'honest';
      return {
        text: `the signer of ${names(plan, indexes)}: ${how}`,
        async run(lab) {
          for (const { name } of nodesOf(lab, indexes)) {
            const signer = lab.network.signers.get(name);
            if (signer === undefined) throw new Error(`${name} has no remote signer`);
            signer.behave(manner);
          }
        },
      };
    },
  },
  clone: {
    about: 'give a node the data of another one, but not what that signed last; neither may run',
    example: 'clone: {node: node4, from: node3}',
    read(given, plan) {
      const fields = given.map('node', 'from');
      const node = fields.get('node')?.node(plan) ?? given.refuse('it says no node');
      const from = fields.get('from')?.node(plan) ?? given.refuse('it says not from which node');
      return {
        text: `clone ${names(plan, [from])} as ${names(plan, [node])}`,
        async run(lab) {
          const [source, target] = nodesOf(lab, [from, node]);
          if (source !== undefined && target !== undefined) await clone(source, target);
        },
      };
    },
  },
  excuse: {
    about: 'from now on nodes may differ from the others: they are made to fork',
    example: 'excuse: [node2, node3]',
    read(given, plan) {
      const indexes = given.nodes(plan);
      return {
        text: `${names(plan, indexes)} may differ from now on`,
        async run(lab) {
          for (const { name } of nodesOf(lab, indexes)) lab.watch.excuse(name);
        },
      };
    },
  },
  fork: {
    about: 'wait until the detector finds a fork; it must find these guilty, and this kind',
    example: 'fork: {guilty: node4, kind: equivocation (provable), within: 10s}',
    read(given, plan) {
      const fields = given.map('guilty', 'kind', 'within');
      const guilty = fields.get('guilty')?.nodes(plan) ?? given.refuse('it says not who is guilty');
      const kind = fields.get('kind')?.choice(forkKinds);
      const withinMs = fields.get('within')?.durationMs() ?? patienceMs;
      return {
        text: `find the fork, and that ${names(plan, guilty)} made it`,
        run: (lab) => find(lab, nodesOf(lab, guilty), kind, withinMs),
      };
    },
  },
  light: {
    about: 'lie to a light client about the newest height; it must believe the truth, or nothing',
    example: 'light: {lie: lunatic, guilty: node3, taken: true}',
    read(given, plan) {
      const fields = given.map('lie', 'guilty', 'taken');
      const lie = fields.get('lie')?.choice(lies) ?? given.refuse('it says no lie');
      const index = fields.get('guilty')?.node(plan) ?? given.refuse('it says not who is guilty');
      const taken = fields.get('taken')?.flag() ?? false;
      return {
        text: `a light client is told something ${lie}`,
        async run(lab) {
          const [guilty] = nodesOf(lab, [index]);
          if (guilty !== undefined) await lieToLightClient(lab, lie, guilty, taken);
        },
      };
    },
  },
  prove: {
    about: 'hand the votes of a fork, as its commits have them, to a node as a proof',
    example: 'prove: {to: node0}',
    read(given, plan) {
      const to = given.map('to').get('to')?.node(plan) ?? given.refuse('it says not to whom');
      return {
        text: `prove the fork to ${names(plan, [to])}`,
        async run(lab) {
          const [node] = nodesOf(lab, [to]);
          if (node !== undefined) await prove(lab, node);
        },
      };
    },
  },
};

/** @param taken whether nodes must take what the light client has against the guilty one */
async function lieToLightClient(
  lab: Lab,
  lie: Lie,
  guilty: LabNode,
  taken: boolean,
): Promise<void> {
  const [primary, witness] = lab.network.nodes.filter(({ running }) => running);
  if (primary === undefined || witness === undefined) throw new Error('two nodes have to run');
  const to = lab.watch.highest - 1;
  const outcome = await runLightDrill({
    ...{ primary, witness, guilty, lie, to, signal: lab.signal },
    cometbft: lab.network.cometbft,
    chainId: lab.network.plan.settings.chainId,
    from: 1,
  });
  const { believed, truth, reports } = outcome;
  lab.journal.note('check', `it believes ${believed ?? 'neither'}, the chain has ${truth}`);
  for (const report of reports) lab.journal.note('check', report);
  if (believed !== undefined && believed !== truth) throw new Error('the light client was fooled');
  if (lie === 'unsigned') {
    if (believed === undefined) throw new Error('it did not ask its witness');
    return;
  }
  if (believed !== undefined) throw new Error('it saw no attack');
  if (taken) await proven(lab, guilty);
  else await unproven(lab, guilty, witness);
}

/** A node answers with a hash to evidence that it then leaves lying: no block ever has it. */
async function unproven(lab: Lab, guilty: LabNode, witness: LabNode): Promise<void> {
  const goal = lab.watch.highest + 5;
  await until(lab, () => lab.watch.highest >= goal, patienceMs, `height ${goal}`);
  if ((await evidenceAgainst(lab, guilty, 1, goal)).length > 0) {
    throw new Error('a block has the evidence of the light client');
  }
  const log = await readFile(witness.plan.logFile, 'utf8');
  const said = log.split('\n').filter((line) => /invalid evidence|evidence.*not/i.test(line));
  for (const line of said.slice(-2)) lab.journal.note('check', line.slice(0, 300), witness.name);
}

/** @throws Error where the answer is not the one that is expected. */
async function answered(ask: () => Promise<string>, refused: string | undefined): Promise<void> {
  let reason: string | undefined;
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    reason = error.message;
  }
  if (refused === undefined && reason !== undefined) throw new Error(`it was refused: ${reason}`);
  if (refused === undefined) return;
  if (reason === undefined) throw new Error(`it was taken, not refused with "${refused}"`);
  if (!reason.includes(refused)) throw new Error(`it was refused, but not so: ${reason}`);
}

interface ShownEvidence {
  readonly type: string;
  readonly value: {
    readonly vote_a?: { readonly height: string; readonly validator_address: string };
    readonly CommonHeight?: string;
    readonly ByzantineValidators?: readonly { readonly address: string }[] | null;
  };
}

/** Where evidence against a validator is on the chain, and for which height. */
async function proven(lab: Lab, guilty: LabNode, forHeight?: number): Promise<Proven> {
  let from = 1;
  const found = await poll(
    async () => {
      const to = lab.watch.highest;
      const all = await evidenceAgainst(lab, guilty, from, to);
      from = to + 1;
      return all.find(({ offence }) => forHeight === undefined || offence === forHeight);
    },
    { timeoutMs: patienceMs, signal: lab.signal },
  );
  lab.signal.throwIfAborted();
  if (found === undefined) throw new Error(`no block has evidence against ${guilty.name}`);
  return found;
}

interface Proven {
  /** The block that has it. */
  readonly height: number;
  /** The height that it is about. */
  readonly offence: number;
}

/** In these blocks, as an honest node has them. */
async function evidenceAgainst(
  lab: Lab,
  guilty: LabNode,
  from: number,
  to: number,
): Promise<readonly Proven[]> {
  const address = addressOf(lab, guilty);
  const { rpcUrl } = honestNode(lab, guilty).plan;
  const found: Proven[] = [];
  for (let height = from; height <= to; height += 1) {
    const { block } = (await callRpc(rpcUrl, 'block', { height: String(height) })) as {
      block: { evidence: { evidence: readonly ShownEvidence[] | null } };
    };
    for (const { value } of block.evidence.evidence ?? []) {
      if (!accused(value).includes(address)) continue;
      found.push({ height, offence: Number(value.vote_a?.height ?? value.CommonHeight) });
    }
  }
  return found;
}

function accused({ vote_a: vote, ByzantineValidators: many }: ShownEvidence['value']) {
  return vote === undefined ? (many ?? []).map(({ address }) => address) : [vote.validator_address];
}

function addressOf(lab: Lab, node: LabNode): string {
  const { validatorAddress } = lab.network.identities[node.plan.index] ?? {};
  return hex(validatorAddress ?? new Uint8Array());
}

/** A node that runs and may be believed. */
function honestNode(lab: Lab, but: LabNode): LabNode {
  const found = lab.network.nodes.find(
    (node) => node !== but && node.running && !node.frozen && !lab.watch.isExcused(node.name),
  );
  if (found === undefined) throw new Error('no honest node runs');
  return found;
}

/** The first forked height that is of this kind, and what the detector says of it. */
async function find(
  lab: Lab,
  guilty: readonly LabNode[],
  kind: ForkKind | undefined,
  withinMs: number,
): Promise<void> {
  const began = lab.journal.ms;
  const expected = guilty.map(({ name }) => name).sort();
  let read = 0;
  for (;;) {
    for (const forked of forkedHeights(lab.watch.blocks).filter(({ height }) => height > read)) {
      const fork = await readFork(forked, lab.network.nodes);
      read = fork.height;
      lab.forks.push(fork);
      const found = named(lab, fork);
      lab.journal.note('check', described(fork, found));
      if (found.join() !== expected.join()) {
        throw new Error(`it blames ${found.join(', ') || 'nobody'}, not ${expected.join(', ')}`);
      }
      if (kind === undefined || fork.kind === kind) return;
    }
    if (lab.journal.ms - began > withinMs) {
      throw new Error(`no fork${kind === undefined ? '' : `: ${kind}`} in ${withinMs / 1000} s`);
    }
    await sleep(200, undefined, { signal: lab.signal });
  }
}

function described({ height, sides, kind }: Fork, guilty: readonly string[]): string {
  const shown = sides.map(({ nodes, commit }) => {
    const id = hex(commit.blockId.hash).slice(0, 12);
    return `${nodes.join(', ')} have ${id} of round ${commit.round}`;
  });
  return `fork at height ${height}: ${shown.join('; ')}; ${kind}: ${guilty.join(', ')}`;
}

/** The validators behind the guilty addresses; a twin has its original's. */
function named(lab: Lab, fork: Fork): readonly string[] {
  return lab.network.nodes
    .filter(
      (node) =>
        node.plan.power > 0 &&
        fork.guilty.some(({ address }) => hex(address) === addressOf(lab, node)),
    )
    .map(({ name }) => name)
    .sort();
}

async function prove(lab: Lab, node: LabNode): Promise<void> {
  const fork = lab.forks.find(({ kind }) => kind === 'equivocation (provable)');
  if (fork === undefined) throw new Error('no fork was found that can be proved');
  const scene = await sceneAt(node.plan.rpcUrl, fork.height);
  const [one, other] = fork.sides;
  for (const { address, index } of fork.guilty) {
    const { publicKey } = scene.validators.validators[index] ?? {};
    if (publicKey === undefined) throw new Error(`height ${fork.height} has no validator ${index}`);
    const votes = [voteIn(one.commit, address), voteIn(other.commit, address)] as const;
    await broadcast(node.plan.rpcUrl, provenBy(scene, publicKey, votes));
  }
}
