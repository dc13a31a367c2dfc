/**
 * X-6 over all composed modules: the table below has a row for every message that the modules have,
 * and each is tried by somebody who may not, about what is not there, unsigned, forged and
 * malformed. A new message without a row fails.
 */
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { Label, Source } from '../../../proto/generated/artel/production/v1/state.ts';
import { Consumption, Kind } from '../../../proto/generated/artel/trust/v1/state.ts';
import { refusalRule } from '../../client/refusals.ts';
import { messageOf } from '../../client/registry.ts';
import { revisionTx } from '../../client/reviser.ts';
import { signedTx } from '../../dev/sender.ts';
import { modulesByName } from '../app.ts';
import { LabourNode } from './labour-node.ts';
import { chainId, keyOf } from './test-node.ts';

type Value = Readonly<Record<string, unknown>>;
/** What account 4 says, and how it is refused. */
type Row = readonly [value: Value, refused: string];

const owner = keyOf(0).address;
const other = keyOf(1).address;
const worker = keyOf(3).address;
const stranger = 4;
const signer = keyOf(stranger).address;
const nowhere = 9_999n;

const notTheOwner = (module: string, ...values: readonly Value[]): readonly Row[] =>
  values.map((value) => [{ signer, ...value }, `${module}/not_the_owner`]);
const absent = (module: string, what: string, value: Value): Row => [
  { signer, ...value },
  `${module}/unknown_${what}`,
];
const order = { quantity: 1n, deliveryTimeMs: 2n ** 50n, label: Label.EXCLUSIVE };
const line = { type: 1n, quantity: 1n, valueMs: 1n, elements: [] };
const coins = [{ denom: 'uhub', amount: '99999999999999999' }];

const table: Readonly<Record<string, readonly Row[]>> = {
  '/cosmos.bank.v1beta1.MsgSend': [
    [{ fromAddress: signer, toAddress: owner, amount: coins }, 'sdk/insufficient_funds'],
  ],
  '/cosmos.bank.v1beta1.MsgMultiSend': [
    [
      { inputs: [{ address: signer, coins }], outputs: [{ address: owner, coins }] },
      'sdk/insufficient_funds',
    ],
  ],
  '/cosmos.feegrant.v1beta1.MsgGrantAllowance': [
    [{ granter: signer, grantee: owner }, 'sdk/invalid_request'],
  ],
  '/cosmos.feegrant.v1beta1.MsgRevokeAllowance': [
    [{ granter: signer, grantee: owner }, 'feegrant/no_allowance'],
  ],
  '/artel.validators.v1.MsgRegisterValidator': [
    [
      {
        owner: signer,
        pubKey: new Uint8Array(32).fill(9),
        proof: new Uint8Array(64),
        bondUhub: 1_000_000n,
      },
      'validators/bad_proof',
    ],
  ],
  '/artel.validators.v1.MsgBond': [
    [{ owner: signer, amountUhub: 1n }, 'validators/unknown_validator'],
  ],
  '/artel.validators.v1.MsgUnbond': [
    [{ owner: signer, amountUhub: 1n }, 'validators/unknown_validator'],
  ],
  '/artel.validators.v1.MsgUnjail': [[{ owner: signer }, 'validators/unknown_validator']],
  '/artel.validators.v1.MsgProposeChange': [
    [
      { proposer: signer, summary: 's', parameters: { module: 'trust', json: '{"noticeMs":"1"}' } },
      'validators/not_a_validator',
    ],
  ],
  '/artel.validators.v1.MsgVoteChange': [
    [{ voter: signer, change: 1n, yes: true }, 'validators/unknown_change'],
  ],
  '/artel.trust.v1.MsgFoundCollective': [
    [{ founder: owner, name: 'theirs', kind: 1, consumption: 1 }, 'sdk/invalid_pubkey'],
  ],
  '/artel.trust.v1.MsgUpdateCollective': [
    ...notTheOwner('trust', { collective: 1n, name: 'mine' }),
    absent('trust', 'collective', { collective: nowhere, name: 'mine' }),
  ],
  ...Object.fromEntries(
    ['SignTrust', 'WithdrawSignature', 'CancelTrust'].map((name) => [
      `/artel.trust.v1.Msg${name}`,
      [
        ...notTheOwner('trust', { from: 1n, to: 2n }),
        absent('trust', 'collective', { from: nowhere, to: 2n }),
      ],
    ]),
  ),
  ...ofProduction({
    DefineType: [
      ...notTheOwner('production', { collective: 1n, name: 'cake', unit: 'piece' }),
      absent('production', 'collective', { collective: nowhere, name: 'cake', unit: 'piece' }),
    ],
    Collectivize: [
      ...notTheOwner('production', {
        collective: 1n,
        type: 1n,
        quantity: 1n,
        label: Label.EXCLUSIVE,
        source: Source.APPROPRIATION,
      }),
    ],
    Transfer: about('lot', { lot: 1n }, { quantity: 1n, to: 2n }),
    AcceptTransfer: about('transfer', { transfer: 1n }),
    WithdrawTransfer: about('transfer', { transfer: 1n }),
    WriteOff: about('lot', { lot: 1n }, { quantity: 1n, reason: 'lost', ownershipRef: 1n }),
    Order: [
      ...notTheOwner('production', { ...order, collective: 1n, producer: 1n, type: 1n }),
      absent('production', 'collective', {
        ...order,
        collective: nowhere,
        producer: 1n,
        type: 1n,
      }),
    ],
    WithdrawOrder: about('order', { order: 1n }),
    RejectOrder: about('order', { order: 1n }, { reason: 'no' }),
    Estimate: about('order', { order: 1n }, { valueMs: 1n }),
    StartProduction: about('estimate', { estimate: 1n }),
    AllocateConsumptive: about('production', { production: 1n }, { lot: 1n, quantity: 1n, as: 1 }),
    AllocateMeans: about('production', { production: 1n }, { lot: 2n }),
    DeallocateMeans: about('allocation', { allocation: 1n }, { used: 1n }),
    RegisterWorkload: about(
      'production',
      { production: 1n },
      { wallet: worker, fromMs: 1n, toMs: 2n },
    ),
    CountersignWorkload: [
      [{ signer, workload: 1n }, 'production/not_the_worker'],
      absent('production', 'workload', { workload: nowhere }),
    ],
    StornoWorkload: about('workload', { workload: 1n }),
    Output: about('production', { production: 1n }, { lines: [line] }),
    MergeLots: [
      ...notTheOwner('production', { lots: [1n, 3n] }),
      absent('production', 'lot', { lots: [nowhere, nowhere + 1n] }),
    ],
    Separate: about('lot', { lot: 2n }, { lost: [1n], reason: 'broken', ownershipRef: 1n }),
    Revalue: about('lot', { lot: 2n }, { durability: 5n }),
    Shelve: about('lot', { lot: 1n }, { quantity: 1n }),
    Unshelve: about('collective', { collective: 1n }, { type: 1n, quantity: 1n }),
    HandOver: about('collective', { collective: 1n }, { type: 1n, quantity: 1n }),
    Inventory: about('collective', { collective: 1n }, { type: 1n, counted: 0n }),
    VoteProduction: about('collective', { collective: 1n }, { estimate: 1n, yes: true }),
    ProposeCategory: about('collective', { collective: 1n }, { type: 1n, label: Label.COMMONS }),
    VoteCategory: about('collective', { collective: 1n }, { ballot: 1n, yes: true }),
    ProposeParameters: about('collective', { collective: 1n }, { json: '{"countersign":true}' }),
    VoteParameters: about('collective', { collective: 1n }, { ballot: 2n, yes: true }),
  }),
  '/artel.coupons.v1.MsgFinalRevision': [
    [{ member: nowhere, segment: 1n, a: 0n, c: 0n, w: 0n, net: 0n }, 'coupons/unknown_collective'],
  ],
  '/artel.coupons.v1.MsgClaim': [
    [{ signer, workload: 1n, revision: 1n }, 'coupons/not_the_key'],
    absent('coupons', 'workload', { workload: nowhere, revision: 1n }),
  ],
  '/artel.coupons.v1.MsgAppropriate': [
    [
      { signer, wallet: worker, store: 1n, amountMs: 1n, nonce: new Uint8Array(32) },
      'coupons/not_the_key',
    ],
    absent('coupons', 'collective', {
      wallet: signer,
      store: nowhere,
      amountMs: 1n,
      nonce: new Uint8Array(32),
    }),
  ],
  '/artel.coupons.v1.MsgSetGuardians': [
    [{ signer, wallet: worker, guardians: [owner], threshold: 1 }, 'coupons/not_the_key'],
  ],
  '/artel.coupons.v1.MsgApproveRecovery': [
    [{ guardian: signer, wallet: worker, newKey: owner }, 'coupons/not_a_guardian'],
  ],
};

function ofProduction(rows: Readonly<Record<string, readonly Row[]>>) {
  return Object.fromEntries(
    Object.entries(rows).map(([name, of]) => [`/artel.production.v1.Msg${name}`, of]),
  );
}

/** Of a thing of collective 1, which a stranger names, and one that is not there. */
function about(what: string, id: Readonly<Record<string, bigint>>, rest: Value = {}) {
  const none = Object.fromEntries(Object.keys(id).map((name) => [name, nowhere]));
  return [
    ...notTheOwner('production', { ...id, ...rest }),
    absent('production', what, { ...none, ...rest }),
  ];
}

/** The same, with nothing where an address should be. */
function nameless(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^artel1.*/, 'artel1nobody');
  if (Array.isArray(value)) return value.map(nameless);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, nameless(part)]));
}

/** Something of each kind is there, of collective 1. */
async function furnished(): Promise<LabourNode> {
  const node = await LabourNode.begun();
  for (const [from, consumption] of [Consumption.C2I, Consumption.C2C].entries()) {
    const founder = keyOf(from).address;
    const found = { founder, name: `collective ${from}`, kind: Kind.STEADY, consumption };
    await node.act(from, 'MsgFoundCollective', found);
  }
  const say = (name: string, value: Value) => node.act(0, name, { signer: owner, ...value });
  await say('MsgSignTrust', { from: 1n, to: 2n });
  await node.act(1, 'MsgSignTrust', { signer: other, from: 2n, to: 1n });
  await say('MsgDefineType', { collective: 1n, name: 'bread', unit: 'loaf' });
  await say('MsgDefineType', { collective: 1n, name: 'oven', unit: 'piece', durabilityUnit: 2 });
  const made = { collective: 1n, label: Label.EXCLUSIVE, source: Source.APPROPRIATION };
  await say('MsgCollectivize', { ...made, type: 1n, quantity: 9n });
  await say('MsgCollectivize', { ...made, type: 2n, quantity: 1n, durability: 9n });
  await say('MsgCollectivize', { ...made, type: 1n, quantity: 5n });
  await say('MsgCollectivize', { ...made, type: 1n, quantity: 5n });
  await say('MsgTransfer', { lot: 4n, quantity: 5n, to: 2n });
  for (const id of [1n, 2n]) {
    await say('MsgOrder', { ...order, collective: 1n, producer: 1n, type: 1n });
    await say('MsgEstimate', { order: id, valueMs: 1_000_000n });
  }
  await say('MsgStartProduction', { estimate: 2n });
  await say('MsgAllocateMeans', { production: 1n, lot: 2n });
  const fromMs = node.nowMs;
  await node.until(fromMs + 1000n);
  const work = { production: 1n, wallet: worker, fromMs, toMs: fromMs + 1000n };
  await say('MsgRegisterWorkload', work);
  await say('MsgProposeCategory', { collective: 1n, type: 1n, label: Label.COMMONS });
  await say('MsgProposeParameters', { collective: 1n, json: '{"countersign":true}' });
  return node;
}

const messages = [...modulesByName.values()].flatMap((module) => module.messages);

test('X-6 every message of every module is in the table', () => {
  expect(Object.keys(table).sort()).toEqual(messages.map(({ typeUrl }) => typeUrl).sort());
});

describe('X-6 every message', () => {
  let node: LabourNode;
  beforeAll(async () => {
    node = await furnished();
  }, 120_000);
  afterAll(() => node.close());

  function bytesOf(typeUrl: string, value: Value): Uint8Array {
    const codec = messageOf(typeUrl)?.codec;
    if (codec === undefined) throw new Error(`no message ${typeUrl}`);
    return codec.encode(codec.fromPartial(value)).finish();
  }

  function envelope(typeUrl: string, value: Uint8Array, sequence: bigint): Uint8Array {
    return signedTx(keyOf(stranger), {
      messages: [{ typeUrl, value }],
      chainId,
      accountNumber: BigInt(stranger),
      sequence,
      gasLimit: 2_000_000n,
    });
  }

  function nameOf({ codespace, code }: { readonly codespace: string; readonly code: number }) {
    return `${codespace}/${refusalRule(codespace, code)?.name}`;
  }

  /** Of all modules but those that count fees. */
  async function roots(): Promise<readonly string[]> {
    const names = [...modulesByName.keys()].filter((name) => !['bank', 'accounts'].includes(name));
    return Promise.all(names.map((name) => node.root(name)));
  }

  let sequence = 0n;

  test.each(Object.entries(table))('X-6 %s is refused to who may not', async (typeUrl, rows) => {
    for (const [value, refused] of rows) {
      const before = await roots();
      if (typeUrl.endsWith('MsgFinalRevision')) {
        const revision = messageOf(typeUrl)?.codec.fromPartial(value);
        const answer = await node.node.check(revisionTx(revision as never));
        expect(nameOf(answer)).toBe(refused);
        continue;
      }
      const tx = envelope(typeUrl, bytesOf(typeUrl, value), sequence);
      const checked = await node.node.check(tx);
      if (checked.code === 0) {
        const result = await node.deliver(tx);
        sequence += 1n;
        expect(nameOf(result)).toBe(refused);
        expect(result.log).toMatch(new RegExp(`\\(${refused}\\)$`));
      } else {
        expect(nameOf(checked)).toBe(refused);
      }
      expect(await roots()).toEqual(before);
    }
  });

  const signed = Object.entries(table).filter(([url]) => !url.endsWith('MsgFinalRevision'));

  test.each(signed)('X-6 %s malformed, unsigned or forged gets nowhere', async (typeUrl, rows) => {
    const [value] = rows[0] as Row;
    const right = bytesOf(typeUrl, value);
    const nobody = nameless(value) as Value;
    const check = async (bytes: Uint8Array) => nameOf(await node.node.check(bytes));
    const sign = (bytes: Uint8Array): Uint8Array => envelope(typeUrl, bytes, sequence);
    expect(await check(sign(bytesOf(typeUrl, nobody)))).toBe('sdk/invalid_address');
    // Field 1000, of no message.
    const more = Uint8Array.of(...right, 0xc0, 0x3e, 1);
    expect(await check(sign(more))).toBe('sdk/tx_decode');
    const tx = TxRaw.decode(sign(right));
    const without = TxRaw.encode({ ...tx, signatures: [] }).finish();
    expect(await check(without)).toBe('sdk/no_signatures');
    const forged = TxRaw.encode({ ...tx, signatures: [new Uint8Array(64).fill(7)] }).finish();
    // Where the fields alone say no, nobody looks at the signature.
    expect(['sdk/unauthorized', rows[0]?.[1]]).toContain(await check(forged));
  });
});
