/** A step that changes who votes, and with how much power, by transactions of the owners. */
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import {
  addressOf,
  derivePrivateKey,
  hdPathOf,
  localMnemonic,
  pubkeyOf,
  publicKeyOf,
} from '../../../chain/client/keys.ts';
import { registrationBytes } from '../../../chain/client/registration.ts';
import { type SigningKey, signedTx } from '../../../chain/dev/sender.ts';
import { nodeHome } from '../../../chain/node/home.ts';
import { readValidatorSecret } from '../../../chain/node/keys.ts';
import { callRpc, poll } from '../../../chain/node/rpc.ts';
import {
  MsgBond,
  MsgRegisterValidator,
  MsgUnbond,
} from '../../../proto/generated/artel/validators/v1/tx.ts';
import type { Lab } from '../lab.ts';
import { readAccount } from '../load.ts';
import type { LabNode } from '../node.ts';
import { patienceMs, type Verbs } from './verb.ts';

/** A voting power of one is one hub of bond. */
const uhubPerPower = 1_000_000n;

/** By the word that stands in a scenario. */
export const validatorVerbs: Verbs = {
  power: {
    about: "bond or unbond until a node's power is so much; one that did not vote registers",
    example: 'power: {node: node4, to: 5}',
    read(given, plan) {
      const fields = given.map('node', 'to');
      const index = fields.get('node')?.node(plan) ?? given.refuse('it says no node');
      const to = fields.get('to')?.count() ?? given.refuse('it says not to what power');
      const name = plan.nodes[index]?.name ?? '';
      return {
        text: `bring the power of ${name} to ${to}`,
        async run(lab) {
          await setPower(lab, lab.network.node(name), to);
          lab.quorum.weigh(name, to);
        },
      };
    },
  },
};

/** Returns when the change counts. @throws Error where it is refused, or does not come. */
async function setPower(lab: Lab, node: LabNode, to: number): Promise<void> {
  let change: Uint8Array | undefined;
  const done = await poll(
    async () => {
      if ((await powerOf(lab, node)) === to) return true;
      change ??= await signedChange(lab, node, to);
      await broadcast(lab, change);
      return undefined;
    },
    { timeoutMs: patienceMs, everyMs: 500, signal: lab.signal },
  );
  lab.signal.throwIfAborted();
  if (done === undefined) throw new Error(`${node.name} has no power ${to} yet`);
}

/** The same bytes again and again: a block takes them once. @throws Error where it refused them. */
async function broadcast(lab: Lab, bytes: Uint8Array): Promise<void> {
  const tx = Buffer.from(bytes).toString('base64');
  const hash = createHash('sha256').update(bytes).digest('base64');
  const { tx_result: result } = (await call(lab, 'tx', { hash }).catch(async () => {
    await call(lab, 'broadcast_tx_sync', { tx });
    return { tx_result: { code: 0, log: '' } };
  })) as { tx_result: { code: number; log: string } };
  if (result.code !== 0) throw new Error(`the change of power is refused: ${result.log}`);
}

async function signedChange(lab: Lab, node: LabNode, to: number): Promise<Uint8Array> {
  const key = await ownerOf(node.plan.index);
  const { chainId } = lab.network.plan.settings;
  const { accountNumber, sequence } = await readAccount(urlOf(lab), key.address);
  const messages = [await changeOf(lab, node, key.address, to)];
  return signedTx(key, { messages, chainId, accountNumber, sequence });
}

async function changeOf(lab: Lab, node: LabNode, owner: string, to: number) {
  const now = await powerOf(lab, node);
  const amountUhub = BigInt(Math.abs(to - now)) * uhubPerPower;
  if (now > 0) {
    const [name, message] =
      to > now ? (['MsgBond', MsgBond] as const) : (['MsgUnbond', MsgUnbond] as const);
    const value = message.encode(message.fromPartial({ owner, amountUhub })).finish();
    return { typeUrl: `/artel.validators.v1.${name}`, value };
  }
  const secret = await readValidatorSecret(nodeHome(node.plan.home));
  const { chainId } = lab.network.plan.settings;
  const value = MsgRegisterValidator.encode({
    owner,
    pubKey: ed25519.getPublicKey(secret),
    proof: ed25519.sign(registrationBytes(chainId, owner), secret),
    bondUhub: amountUhub,
  }).finish();
  return { typeUrl: '/artel.validators.v1.MsgRegisterValidator', value };
}

/** The funded account that owns the validator of this node. */
async function ownerOf(index: number): Promise<SigningKey> {
  const privateKey = await derivePrivateKey(
    'secp256k1',
    localMnemonic,
    hdPathOf('secp256k1', index),
  );
  const publicKey = publicKeyOf('secp256k1', privateKey);
  return { privateKey, publicKey, address: addressOf(pubkeyOf('secp256k1', publicKey)) };
}

/** At the newest height; 0 for a node that does not vote. */
async function powerOf(lab: Lab, { plan }: LabNode): Promise<number> {
  const address = lab.network.identities[plan.index]?.validatorAddress ?? new Uint8Array();
  const wanted = Buffer.from(address).toString('hex').toUpperCase();
  const { validators } = (await call(lab, 'validators', { per_page: '100' })) as {
    validators: readonly { address: string; voting_power: string }[];
  };
  return Number(validators.find((validator) => validator.address === wanted)?.voting_power ?? 0);
}

function call(
  lab: Lab,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return callRpc(urlOf(lab), method, params, 30_000);
}

/** Of a node that runs. */
function urlOf(lab: Lab): string {
  const node = lab.network.nodes.find(({ running, frozen }) => running && !frozen);
  if (node === undefined) throw new Error('no node runs');
  return node.plan.rpcUrl;
}
