/**
 * What one signed MsgSend of 308 bytes costs at the door: strict check, decode, sign bytes,
 * verification by each library. Processor time, so that a busy machine disturbs less.
 */
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing';
import { SigningStargateClient } from '@cosmjs/stargate';
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { send } from '../../../modules/bank/codec.ts';
import { TxDecoder } from '../decode.ts';
import { nativeEcdsa, nobleEcdsa } from '../ecdsa.ts';
import { aminoSignDoc, signBytes } from '../sign-bytes.ts';
import { SignatureVerifier } from '../signatures.ts';
import { standardFields } from '../standard-fields.ts';
import { StrictProto } from '../strict.ts';

const tiny = process.argv.includes('--tiny');
const count = tiny ? 10 : 2_000;
const rounds = tiny ? 1 : 10;

/** Runs `work` over all transactions; microseconds of processor time each, the best round. */
function time(name: string, count: number, work: (i: number) => void): void {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < count; i++) work(i);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / count);
  }
  process.stdout.write(`${JSON.stringify({ case: name, value: best, unit: 'us' })}\n`);
}

async function makeTransactions(count: number): Promise<Uint8Array[]> {
  const wallet = await DirectSecp256k1HdWallet.generate(12, { prefix: 'artel' });
  const [account] = await wallet.getAccounts();
  if (account === undefined) throw new Error('an empty wallet');
  const client = await SigningStargateClient.offline(wallet);
  const amount = [{ denom: 'uhub', amount: '1' }];
  const value = { fromAddress: account.address, toAddress: account.address, amount };
  const made: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const signer = { accountNumber: 1n, sequence: i + 1, chainId: 'artel-dev-1' };
    const message = { typeUrl: send.typeUrl, value };
    const raw = await client.sign(
      account.address,
      [message],
      { amount, gas: '100000' },
      '',
      signer,
    );
    made.push(TxRaw.encode(raw).finish());
  }
  return made;
}

const limits = { maxTxBytes: 10_000, maxMessages: 10, maxMemoBytes: 100, maxSignatures: 7 };
const decoder = new TxDecoder([send], {});
const strict = new StrictProto([standardFields], []);
const bytes = await makeTransactions(count);
const parsed = bytes.map((one) => decoder.decode(one, limits)).flatMap((tx) => (tx.ok ? [tx] : []));
const tx = (i: number): (typeof parsed)[number] => parsed[i] as (typeof parsed)[number];
const publicKey = tx(0).signers[0]?.publicKey;
if (parsed.length !== count || publicKey === undefined)
  throw new Error('a transaction was refused');
const account = { chainId: 'artel-dev-1', accountNumber: 1n, publicKey };

time('strict check of TxRaw alone', count, (i) => {
  strict.check('cosmos.tx.v1beta1.TxRaw', bytes[i] as Uint8Array);
});
time('decode (strict check included)', count, (i) => {
  decoder.decode(bytes[i] as Uint8Array, limits);
});
time('direct sign bytes', count, (i) => {
  signBytes(tx(i), 1, { ...account, sequence: 0n });
});
time('amino sign document', count, (i) => {
  aminoSignDoc(tx(i), { ...account, sequence: 0n });
});
const native = nativeEcdsa() ?? nobleEcdsa;
for (const [name, remembered, verifyEcdsa, part] of [
  ['verify, native', 0, native, 1],
  ['verify, native, remembered', 100_000, native, 1],
  ['verify, noble', 0, nobleEcdsa, 10],
] as const) {
  const verifier = new SignatureVerifier({ verifyEcdsa, remembered });
  time(name, count / part, (i) => {
    const refusal = verifier.verify(tx(i), 0, { ...account, sequence: BigInt(i + 1) });
    if (refusal !== undefined) throw new Error(refusal.message);
  });
}
