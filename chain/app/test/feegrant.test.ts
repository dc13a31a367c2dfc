/** Fee grants with CosmJS, unmodified: a worker without a token sends transactions. */
import { DirectSecp256k1HdWallet, type EncodeObject } from '@cosmjs/proto-signing';
import {
  coins,
  createProtobufRpcClient,
  QueryClient,
  SigningStargateClient as Signing,
  type SigningStargateClient,
  type StdFee,
  setupFeegrantExtension,
} from '@cosmjs/stargate';
import { Comet38Client } from '@cosmjs/tendermint-rpc';
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { QueryClientImpl } from 'cosmjs-types/cosmos/feegrant/v1beta1/query';
import { MsgGrantAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import { localMnemonic } from '../../client/keys.ts';
import { registry } from '../../client/registry.ts';
import { startTestChain, type TestChain } from '../../dev/test-chain.ts';

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain();
});
const open: { disconnect(): void }[] = [];
afterAll(async () => {
  for (const connection of open) connection.disconnect();
  await chain.close();
});

const quick = { broadcastPollIntervalMs: 20, registry };

interface Person {
  readonly address: string;
  readonly client: SigningStargateClient;
}

async function granter(): Promise<Person> {
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(localMnemonic, { prefix: 'artel' });
  const [account] = await wallet.getAccounts();
  const client = await Signing.connectWithSigner(chain.rpcUrl, wallet, quick);
  open.push(client);
  return { address: account?.address ?? '', client };
}

/** Never seen by the chain before. */
async function newcomer(): Promise<Person> {
  const wallet = await DirectSecp256k1HdWallet.generate(12, { prefix: 'artel' });
  const [account] = await wallet.getAccounts();
  const client = await Signing.connectWithSigner(chain.rpcUrl, wallet, quick);
  open.push(client);
  return { address: account?.address ?? '', client };
}

const ownFee: StdFee = { amount: coins(500, 'uhub'), gas: '200000' };

function basic(limit: string | undefined, more: Partial<BasicAllowance> = {}): Any {
  const spendLimit = limit === undefined ? [] : coins(limit, 'uhub');
  const value = BasicAllowance.fromPartial({ spendLimit });
  return {
    typeUrl: '/cosmos.feegrant.v1beta1.BasicAllowance',
    value: BasicAllowance.encode({ ...value, ...more }).finish(),
  };
}

function grant(from: Person, to: Person, allowance: Any): EncodeObject {
  const value = MsgGrantAllowance.fromPartial({
    granter: from.address,
    grantee: to.address,
    allowance,
  });
  return { typeUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowance', value };
}

const revoke = (from: Person, to: Person): EncodeObject => ({
  typeUrl: '/cosmos.feegrant.v1beta1.MsgRevokeAllowance',
  value: { granter: from.address, grantee: to.address },
});

const found = (by: Person): EncodeObject => ({
  typeUrl: '/artel.trust.v1.MsgFoundCollective',
  value: {
    founder: by.address,
    name: 'Night shift',
    kind: 1,
    consumption: 1,
    descriptionHash: new Uint8Array(),
  },
});

const paidBy = (payer: Person, amount = 500): StdFee => ({
  ...ownFee,
  amount: coins(amount, 'uhub'),
  granter: payer.address,
});

async function feegrantQueries() {
  const comet = await Comet38Client.connect(chain.rpcUrl);
  open.push(comet);
  return QueryClient.withExtensions(comet, setupFeegrantExtension);
}

async function balance(person: Person): Promise<bigint> {
  return BigInt((await person.client.getBalance(person.address, 'uhub')).amount);
}

async function signed(by: Person, messages: EncodeObject[], fee: StdFee) {
  const result = await by.client.signAndBroadcast(by.address, messages, fee);
  if (result.code !== 0) throw new Error(result.rawLog);
  return result;
}

test('a worker without any token founds a collective, and its granter pays', async () => {
  const [bakery, worker] = [await granter(), await newcomer()];
  expect(await worker.client.getAccount(worker.address)).toBeNull();
  await signed(bakery, [grant(bakery, worker, basic('1200'))], ownFee);
  expect(await worker.client.getAccount(worker.address)).toMatchObject({ sequence: 0 });

  const before = await balance(bakery);
  const { events } = await signed(worker, [found(worker)], paidBy(bakery));
  expect(await balance(bakery)).toBe(before - 500n);
  expect(await balance(worker)).toBe(0n);
  const attributes = events.flatMap((event) =>
    event.attributes.map(({ key, value }) => `${event.type}.${key}=${value}`),
  );
  expect(attributes).toContain(`tx.fee_payer=${bakery.address}`);
  expect(attributes).toContain(`use_feegrant.grantee=${worker.address}`);

  const { feegrant } = await feegrantQueries();
  const { allowance: left } = await feegrant.allowance(bakery.address, worker.address);
  expect(left?.allowance).toEqual(basic('700'));
  const { allowances } = await feegrant.allowances(worker.address);
  expect(allowances).toEqual([left]);
  const comet = await Comet38Client.connect(chain.rpcUrl);
  open.push(comet);
  const service = new QueryClientImpl(createProtobufRpcClient(new QueryClient(comet)));
  const { allowances: given } = await service.AllowancesByGranter({ granter: bakery.address });
  expect(given).toContainEqual(left);

  await expect(signed(worker, [found(worker)], paidBy(bakery, 701))).rejects.toThrow(
    /fee of 701uhub is more than the 700uhub/,
  );
  await signed(worker, [found(worker)], paidBy(bakery, 700));
  await expect(signed(worker, [found(worker)], paidBy(bakery, 1))).rejects.toThrow(
    /does not allow to pay fees/,
  );
  await expect(feegrant.allowance(bakery.address, worker.address)).rejects.toThrow(/NotFound/);
});

test('who has granted nothing pays nothing, not even a fee of 0', async () => {
  const [bakery, worker, other] = [await granter(), await newcomer(), await newcomer()];
  await signed(bakery, [grant(bakery, worker, basic('900'))], ownFee);
  const before = await balance(bakery);
  await expect(signed(worker, [found(worker)], paidBy(other))).rejects.toThrow(
    /does not allow to pay fees/,
  );
  await expect(signed(worker, [found(worker)], { ...paidBy(other), amount: [] })).rejects.toThrow(
    /does not allow to pay fees/,
  );
  expect(await balance(bakery)).toBe(before);
});

test('a revoked allowance pays nothing; a transaction whose payer is its granter pays itself', async () => {
  const [bakery, worker] = [await granter(), await newcomer()];
  await signed(bakery, [grant(bakery, worker, basic(undefined))], ownFee);
  await signed(worker, [found(worker)], paidBy(bakery));
  await signed(bakery, [revoke(bakery, worker)], paidBy(bakery));
  await expect(signed(worker, [found(worker)], paidBy(bakery))).rejects.toThrow(/no allowance/);
});

test('periods and lists of messages bind', async () => {
  const [bakery, worker] = [await granter(), await newcomer()];
  const periodic = PeriodicAllowance.fromPartial({
    period: { seconds: 86_400n },
    periodSpendLimit: coins(600, 'uhub'),
  });
  const listed = AllowedMsgAllowance.fromPartial({
    allowance: {
      typeUrl: '/cosmos.feegrant.v1beta1.PeriodicAllowance',
      value: PeriodicAllowance.encode(periodic).finish(),
    },
    allowedMessages: ['/artel.trust.v1.MsgFoundCollective'],
  });
  const allowance = {
    typeUrl: '/cosmos.feegrant.v1beta1.AllowedMsgAllowance',
    value: AllowedMsgAllowance.encode(listed).finish(),
  };
  await signed(bakery, [grant(bakery, worker, allowance)], ownFee);
  await signed(worker, [found(worker)], paidBy(bakery));
  await expect(signed(worker, [found(worker)], paidBy(bakery))).rejects.toThrow(/in this period/);
  await expect(signed(worker, [revoke(worker, bakery)], paidBy(bakery, 1))).rejects.toThrow(
    /does not pay for \/cosmos.feegrant.v1beta1.MsgRevokeAllowance/,
  );
});

test('an allowance that is over is removed by its timer', async () => {
  const [bakery, worker] = [await granter(), await newcomer()];
  const expiration = { seconds: BigInt(Math.floor(Date.now() / 1000)) + 60n, nanos: 0 };
  await signed(bakery, [grant(bakery, worker, basic(undefined, { expiration }))], ownFee);
  await signed(worker, [found(worker)], paidBy(bakery));
  await chain.engine.advanceTime(61_000n);
  await signed(bakery, [grant(bakery, await newcomer(), basic('1'))], ownFee);
  const { feegrant } = await feegrantQueries();
  expect((await feegrant.allowances(worker.address)).allowances).toEqual([]);
});
