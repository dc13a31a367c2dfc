/**
 * The ABCI socket alone: CheckTx of 308 bytes in bursts and one by one, and a FinalizeBlock of
 * 5,000 results with nine events each, against an application that does nothing. The client runs
 * in the same process, so the figures include it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { AbciServer } from '../server.ts';
import { AbciClient, type PartialRequest } from '../test/client.ts';
import { KvStore } from '../test/kvstore.ts';

const tiny = process.argv.includes('--tiny');
const scale = tiny ? 100 : 1;

function figure(name: string, value: number, unit: string): void {
  process.stdout.write(`${JSON.stringify({ case: name, value, unit })}\n`);
}

const application = new KvStore();
const attributes = ['a', 'b', 'c'].map((key) => ({ key, value: 'x'.repeat(40), index: true }));
const events = new Array(9).fill({ type: 'artel.bank.v1.Transferred', attributes });
const block = ResponseFinalizeBlock.fromPartial({
  txResults: new Array(5_000 / scale).fill({ events }),
});
application.finalizeBlock = async () => block;

const folder = await mkdtemp(join(tmpdir(), 'abci-'));
const server = await AbciServer.listen(`unix://${folder}/abci.sock`, {
  application,
  logger: pino({ level: 'silent' }),
  onFatal: (error) => {
    throw error;
  },
});
const client = await AbciClient.open(server.address);
const checkTx: PartialRequest = { checkTx: { tx: Buffer.from(`a=${'x'.repeat(306)}`) } };

let best = 0;
for (let round = 0; round < 5; round++) {
  const count = 20_000 / scale;
  const start = performance.now();
  const from = client.answers.length;
  client.send(...new Array<PartialRequest>(count).fill(checkTx), { flush: {} });
  await client.wait(from + count + 1);
  best = Math.max(best, (count * 1000) / (performance.now() - start));
}
figure('CheckTx in bursts', Math.round(best), 'requests/s');

const calls = 2_000 / scale;
const start = performance.now();
for (let i = 0; i < calls; i++) await client.call(checkTx);
figure(
  'CheckTx one by one',
  Math.round((calls * 1000) / (performance.now() - start)),
  'requests/s',
);

let fastest = Number.POSITIVE_INFINITY;
for (let round = 0; round < 3; round++) {
  const began = performance.now();
  await client.call({ finalizeBlock: { height: 1n } });
  fastest = Math.min(fastest, performance.now() - began);
}
figure('FinalizeBlock answer of 5,000 results', fastest, 'ms');

client.close();
await server.close();
await rm(folder, { recursive: true, force: true });
