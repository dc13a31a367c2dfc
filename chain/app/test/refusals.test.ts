/** every way in which a transaction itself can be wrong, with the code that wallets see. */
import { MsgMultiSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { moduleAddress } from '../../../modules/_kernel/address.ts';
import { type Envelope, forgedTx, sendMessage, signedTx } from '../../dev/sender.ts';
import { keyOf, TestNode, transfer } from './test-node.ts';

const me = keyOf(0);
const to = keyOf(1).address;
/** Order of the secp256k1 group. */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

function changed(envelope: Partial<Envelope>): Uint8Array {
  return signedTx(me, { ...transfer(0, to, '1'), ...envelope });
}

function signatureOf(tx: Uint8Array): Uint8Array {
  return TxRaw.decode(tx).signatures[0] ?? new Uint8Array();
}

/** The same signature with s above half the order: valid mathematics, refused form. */
function highS(tx: Uint8Array): Uint8Array {
  const signature = signatureOf(tx).slice();
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`);
  signature.set(Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'), 32);
  return signature;
}

const stranger = keyOf(5);
const good = transfer(0, to, '1');
const send = (amount: string, recipient = to) => [sendMessage(me.address, recipient, amount)];

/** What is wrong, the bytes, the codespace and code, what the sentence says. */
const cases: readonly (readonly [string, Uint8Array, string, number, RegExp])[] = [
  ['an empty transaction', new Uint8Array(), 'sdk', 18, /at least one message/],
  ['garbage', Uint8Array.of(255, 255, 255), 'sdk', 2, /TxRaw/],
  ['truncated bytes', changed({}).slice(0, -1), 'sdk', 2, /TxRaw/],
  ['trailing bytes', Uint8Array.of(...changed({}), 0), 'sdk', 2, /TxRaw/],
  ['an oversize transaction', new Uint8Array(1_100_000), 'sdk', 21, /1100000 bytes/],
  [
    'an unknown message',
    changed({ messages: [{ typeUrl: '/x.y.MsgZ', value: new Uint8Array() }] }),
    'sdk',
    2,
    /x\.y\.MsgZ/,
  ],
  ['no message', changed({ messages: [] }), 'sdk', 18, /at least one message/],
  [
    'a wrong signature',
    forgedTx(me, good, new Uint8Array(64).fill(7)),
    'sdk',
    4,
    /signature verification failed/,
  ],
  [
    'a signature of another transaction',
    forgedTx(me, good, signatureOf(changed({ memo: 'x' }))),
    'sdk',
    4,
    /signature verification failed/,
  ],
  [
    'a signature with high s',
    forgedTx(me, good, highS(changed({}))),
    'sdk',
    4,
    /signature verification failed/,
  ],
  [
    'a signature of 63 bytes',
    forgedTx(me, good, new Uint8Array(63).fill(1)),
    'sdk',
    4,
    /signature verification failed/,
  ],
  [
    'another chain id',
    changed({ chainId: 'artel-other-1' }),
    'sdk',
    4,
    /chain-id \(artel-dev-test\)/,
  ],
  ['another account number', changed({ accountNumber: 9n }), 'sdk', 4, /account number \(0\)/],
  ['a sequence from the future', changed({ sequence: 3n }), 'sdk', 32, /expected 0, got 3/],
  [
    'a key that is not the sender’s',
    signedTx({ ...keyOf(2), address: me.address }, good),
    'sdk',
    8,
    /belongs to/,
  ],
  ['a fee in another denom', changed({ feeDenom: 'uatom' }), 'sdk', 10, /uatom/],
  ['a fee that is no number', changed({ feeUhub: '-1' }), 'sdk', 10, /-1/],
  ['a fee above 2^64', changed({ feeUhub: '18446744073709551616' }), 'sdk', 10, /2\^64/],
  [
    'a fee above the balance',
    changed({ feeUhub: '9000000000000000' }),
    'sdk',
    5,
    /insufficient funds/,
  ],
  ['a fee below the node’s price', changed({ feeUhub: '199' }), 'sdk', 13, /below 200uhub/],
  [
    'a gas limit above the block’s',
    changed({ gasLimit: 50_000_001n, feeUhub: '60000' }),
    'sdk',
    41,
    /50000001/,
  ],
  ['too little gas', changed({ gasLimit: 100n }), 'sdk', 11, /out of gas/],
  [
    'a memo that is too long',
    changed({ memo: 'x'.repeat(257), gasLimit: 500_000n }),
    'sdk',
    12,
    /257 bytes/,
  ],
  [
    'a timeout height that has passed',
    changed({ timeoutHeight: 1n }),
    'sdk',
    30,
    /height 2 is above/,
  ],
  [
    'an account that does not exist',
    signedTx(stranger, { ...good, messages: [sendMessage(stranger.address, to, '1')] }),
    'sdk',
    9,
    /does not exist/,
  ],
  ['a malformed recipient', changed({ messages: send('1', 'artel1xyz') }), 'sdk', 7, /artel1xyz/],
  [
    'a recipient of another chain',
    changed({ messages: send('1', 'cosmos1xv9tklw7d82sezh9haa573wufgy59vmwe6xxe5') }),
    'sdk',
    7,
    /prefix/,
  ],
  ['an amount of zero', changed({ messages: send('0') }), 'sdk', 10, /0uhub|positive|zero/],
  [
    'an amount above 2^64',
    changed({ messages: send('18446744073709551616') }),
    'sdk',
    10,
    /18446744073709551616/,
  ],
  ['an amount that is no number', changed({ messages: send('1e3') }), 'sdk', 10, /1e3/],
  [
    'more than the balance',
    changed({ messages: send('999999999999999') }),
    'sdk',
    5,
    /insufficient funds/,
  ],
  [
    'a transfer to a module',
    changed({ messages: send('1', moduleAddress('bonded_pool')) }),
    'sdk',
    4,
    /not allowed to receive/,
  ],
];

describe('X-6 a transaction that is wrong', () => {
  test.each(cases)(
    'X-6 %s is refused with its code and nothing is changed',
    async (_, tx, codespace, code, says) => {
      const node = await TestNode.begun({ minGasPrice: { num: 1n, den: 1000n } });
      await node.block();
      const before = node.appHash;
      const answer = await node.check(tx);
      expect(answer.log).toMatch(says);
      expect(answer.codespace).toBe(codespace);
      expect(answer.code).toBe(code);
      expect(answer.log).not.toMatch(/\n/);
      // What CheckTx refused has not used up the sequence.
      expect(await node.check(changed({}))).toMatchObject({ code: 0 });
      await node.block();
      expect(node.appHash).toBe(before);
      await node.app.close();
    },
  );

  test('X-6 a duplicate of a transaction is refused by its sequence, in the mempool and in a block', async () => {
    const node = await TestNode.begun();
    const tx = changed({});
    expect(await node.check(tx)).toMatchObject({ code: 0 });
    expect(await node.check(tx)).toMatchObject({ code: 32, codespace: 'sdk' });
    await node.block({ txs: [tx] });
    expect(await node.check(tx)).toMatchObject({ code: 32 });
    expect(await node.accepts({ txs: [tx] })).toBe(false);
    await node.app.close();
  });

  test('X-6 inputs and outputs of a MultiSend that differ are refused', async () => {
    const node = await TestNode.begun();
    const value = MsgMultiSend.encode({
      inputs: [{ address: me.address, coins: [{ denom: 'uhub', amount: '5' }] }],
      outputs: [{ address: to, coins: [{ denom: 'uhub', amount: '4' }] }],
    }).finish();
    const message = { typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend', value };
    const answer = await node.check(changed({ messages: [message] }));
    expect(answer.codespace).toBe('bank');
    expect(answer.code).toBeGreaterThan(1);
    await node.app.close();
  });
});
