import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  RequestCheckTx,
  ResponseCheckTx,
  ResponseFinalizeBlock,
  ResponseProcessProposal_ProposalStatus,
  ResponseQuery,
} from 'cosmjs-types/tendermint/abci/types';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Application } from '../application.ts';
import { AbciServer } from '../server.ts';
import type { PartialRequest } from './client.ts';
import { AbciClient, encodeRequest } from './client.ts';
import { KvStore } from './kvstore.ts';

interface Rig {
  readonly server: AbciServer;
  readonly fatal: unknown[];
  readonly log: Record<string, unknown>[];
  readonly open: () => Promise<AbciClient>;
}

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(application: Application, address = 'tcp://127.0.0.1:0'): Promise<Rig> {
  const fatal: unknown[] = [];
  const log: Record<string, unknown>[] = [];
  const write = (line: string): number => log.push(JSON.parse(line) as Record<string, unknown>);
  const logger = pino({ level: 'debug' }, { write });
  const onFatal = (error: unknown): number => fatal.push(error);
  const server = await AbciServer.listen(address, { application, logger, onFatal });
  cleanups.push(() => server.close());
  const open = async (): Promise<AbciClient> => {
    const client = await AbciClient.open(server.address);
    cleanups.push(async () => client.close());
    return client;
  };
  return { server, fatal, log, open };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'abci-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tx = (text: string): Uint8Array => new TextEncoder().encode(text);
const kindOf = (answer: object): string =>
  Object.entries(answer).find(([, value]) => value !== undefined)?.[0] ?? '';

/** An application whose CheckTx and Query take as long as their bytes say. */
function slow(): KvStore & { started: string[] } {
  const application = Object.assign(new KvStore(), { started: [] as string[] });
  application.checkTx = async (request) => {
    application.started.push(`checkTx ${request.tx[0]}`);
    await sleep(request.tx[0] ?? 0);
    return ResponseCheckTx.fromPartial({ gasWanted: BigInt(request.tx[0] ?? 0) });
  };
  application.query = async (request) => {
    application.started.push(`query ${request.data[0]}`);
    await sleep(request.data[0] ?? 0);
    return ResponseQuery.fromPartial({ height: BigInt(request.data[0] ?? 0) });
  };
  return application;
}

test('a block goes through over four connections, each answered in its own order', async () => {
  const application = new KvStore();
  const { open, fatal } = await start(application);
  const [query, snapshot, mempool, consensus] = [
    await open(),
    await open(),
    await open(),
    await open(),
  ];
  expect((await query.call({ info: {} })).info?.lastBlockHeight).toBe(0n);
  expect((await query.call({ echo: { message: 'hallo' } })).echo?.message).toBe('hallo');
  expect((await snapshot.call({ listSnapshots: {} })).listSnapshots?.snapshots).toEqual([]);
  const init = await consensus.call({ initChain: { chainId: 'artel-dev-1' } });
  expect(init.initChain?.appHash).toHaveLength(32);
  expect((await mempool.call({ checkTx: { tx: tx('a=1') } })).checkTx?.code).toBe(0);
  expect((await mempool.call({ checkTx: { tx: tx('bad') } })).checkTx?.code).toBe(1);
  const txs = [tx('a=1'), tx('b=2')];
  expect((await consensus.call({ prepareProposal: { txs } })).prepareProposal?.txs).toEqual(txs);
  const vote = await consensus.call({ processProposal: { txs } });
  expect(vote.processProposal?.status).toBe(ResponseProcessProposal_ProposalStatus.ACCEPT);
  const block = await consensus.call({ finalizeBlock: { txs, height: 1n } });
  expect(block.finalizeBlock?.txResults).toHaveLength(2);
  expect(kindOf(await consensus.call({ commit: {} }))).toBe('commit');
  expect(block.finalizeBlock?.appHash).toEqual(application.appHash);
  const answer = await query.call({ query: { data: tx('b') } });
  expect(new TextDecoder().decode(answer.query?.value)).toBe('2');
  expect(fatal).toEqual([]);
});

test('answers keep the order of the requests when the handlers take different times', async () => {
  const { open } = await start(slow());
  const client = await open();
  const choice = fc.oneof(
    fc.record({
      query: fc.record({ data: fc.uint8Array({ minLength: 1, maxLength: 1, max: 9 }) }),
    }),
    fc.record({
      checkTx: fc.record({ tx: fc.uint8Array({ minLength: 1, maxLength: 1, max: 3 }) }),
    }),
    fc.constant({ flush: {} }),
    fc.constant({ info: {} }),
    fc.record({ echo: fc.record({ message: fc.string() }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(choice, { maxLength: 30 }), async (requests: PartialRequest[]) => {
      const at = client.answers.length;
      client.send(...requests, { flush: {} });
      const answers = (await client.wait(at + requests.length + 1)).slice(at);
      expect(answers.map(kindOf)).toEqual([...requests.map(kindOf), 'flush']);
      requests.forEach((request, i) => {
        const answer = answers[i];
        if (request.query) expect(answer?.query?.height).toBe(BigInt(request.query.data?.[0] ?? 0));
        if (request.checkTx) {
          expect(answer?.checkTx?.gasWanted).toBe(BigInt(request.checkTx.tx?.[0] ?? 0));
        }
        if (request.echo) expect(answer?.echo?.message).toBe(request.echo.message);
      });
    }),
    { numRuns: 30 },
  );
});

test('CheckTx runs one after the other, queries side by side', async () => {
  const application = slow();
  const { open } = await start(application);
  const client = await open();
  const began = performance.now();
  client.send(...[50, 50, 50, 50].map((ms) => ({ query: { data: Uint8Array.of(ms) } })), {
    flush: {},
  });
  await client.wait(5);
  expect(performance.now() - began).toBeLessThan(190);
  let running = 0;
  let most = 0;
  application.checkTx = async (): Promise<ResponseCheckTx> => {
    most = Math.max(most, ++running);
    await sleep(1);
    running -= 1;
    return ResponseCheckTx.fromPartial({});
  };
  client.send(...new Array(20).fill({ checkTx: { tx: tx('a=1') } }), { flush: {} });
  await client.wait(26);
  expect(most).toBe(1);
});

test('consensus requests never overlap, whatever connections they come on', async () => {
  const application = new KvStore();
  const seen: string[] = [];
  const finalize = application.finalizeBlock.bind(application);
  application.finalizeBlock = async (request) => {
    seen.push('finalize begins');
    await sleep(20);
    seen.push('finalize ends');
    return finalize(request);
  };
  const info = application.info.bind(application);
  application.info = async () => {
    seen.push('info');
    return info();
  };
  const { open } = await start(application);
  const [a, b] = [await open(), await open()];
  a.send({ finalizeBlock: { height: 1n } }, { flush: {} });
  await sleep(5);
  b.send({ info: {} }, { flush: {} });
  await Promise.all([a.wait(2), b.wait(2)]);
  expect(seen).toEqual(['finalize begins', 'finalize ends', 'info']);
});

test('a burst of CheckTx is answered in few writes, and without a flush at all', async () => {
  const { open } = await start(new KvStore());
  const client = await open();
  client.send(...new Array(5000).fill({ checkTx: { tx: tx('a=1') } }));
  const answers = await client.wait(5000);
  expect(answers.every((answer) => answer.checkTx?.code === 0)).toBe(true);
  expect(client.chunks.length).toBeLessThan(250);
});

test('a client that does not read is not read either, and later gets everything', async () => {
  const application = new KvStore();
  let asked = 0;
  const value = new Uint8Array(1024 * 1024);
  application.query = async () => {
    asked += 1;
    return ResponseQuery.fromPartial({ value });
  };
  const { open } = await start(application);
  const client = await open();
  client.socket.pause();
  const wanted = 1000;
  for (let i = 0; i < wanted; i++)
    client.socket.write(encodeRequest({ query: { path: 'x'.repeat(1000) } }));
  client.send({ flush: {} });
  let early = -1;
  while (asked === 0 || early !== asked) {
    early = asked;
    await sleep(200);
  }
  expect(early).toBeLessThan(400);
  let bytes = 0;
  client.socket.removeAllListeners('data');
  client.socket.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
  });
  client.socket.resume();
  while (bytes < wanted * value.length) await sleep(10);
  expect(asked).toBe(wanted);
});

test('a malformed frame closes its connection with a logged reason; the others live', async () => {
  const { open, log, fatal } = await start(new KvStore());
  const witness = await open();
  const truncated = encodeRequest({ query: { data: new Uint8Array(40), path: '/a' } }).slice(1, 20);
  const hostile: [string, Uint8Array, RegExp][] = [
    ['zero length', Uint8Array.of(0), /a frame is empty/],
    ['ten-byte varint', new Uint8Array(10).fill(0xff), /more than 4 bytes/],
    ['oversize', Uint8Array.of(0x81, 0x80, 0x80, 0x7d), /is larger than 262144000/],
    ['truncated proto', Uint8Array.of(truncated.length, ...truncated), /is no protobuf/],
    ['unknown request', Uint8Array.of(2, 0x22, 0), /no known member, or several/],
    ['two requests in one', Uint8Array.of(4, 0x12, 0, 0x5a, 0), /no known member, or several/],
    ['nested groups', Uint8Array.of(0x80, 0x01, ...new Array(128).fill(0xf3)), /is no protobuf/],
  ];
  for (const [, bytes, reason] of hostile) {
    const before = log.length;
    const client = await open();
    client.socket.write(bytes);
    await client.closed;
    expect(client.answers).toEqual([]);
    const said = log.slice(before).filter(({ level }) => level === 40);
    expect(said).toHaveLength(1);
    expect(said[0]?.reason).toMatch(reason);
    expect(kindOf(await witness.call({ info: {} }))).toBe('info');
  }
  expect(fatal).toEqual([]);
});

test('garbage of any kind never stops the server', async () => {
  const { open, fatal } = await start(new KvStore());
  const witness = await open();
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.boolean(),
      async (bytes, framed) => {
        const client = await open();
        client.socket.end(framed ? Uint8Array.of(bytes.length & 127, ...bytes) : bytes);
        await client.closed;
        expect(kindOf(await witness.call({ echo: { message: 'still here' } }))).toBe('echo');
      },
    ),
    { numRuns: 100 },
  );
  expect(fatal).toEqual([]);
});

test('a stream that ends inside a frame is told in the log', async () => {
  const { open, log } = await start(new KvStore());
  const client = await open();
  client.socket.end(encodeRequest({ echo: { message: 'cut' } }).slice(0, 3));
  await client.closed;
  expect(log.map(({ reason }) => reason)).toContain('the stream ends inside a frame');
});

test.each(['initChain', 'finalizeBlock', 'commit'] as const)(
  'a defect in %s is answered by exception, stops the node once, and nothing runs after it',
  async (method) => {
    const application = new KvStore();
    application[method] = (): Promise<never> => Promise.reject(new Error('height 7: broken'));
    let after = 0;
    application.prepareProposal = async (): Promise<{ txs: [] }> => {
      after += 1;
      return { txs: [] };
    };
    const { open, fatal } = await start(application);
    const client = await open();
    client.send({ [method]: {} }, { prepareProposal: {} }, { flush: {} });
    const [answer] = await client.wait(1);
    expect(answer?.exception?.error).toBe('height 7: broken');
    await sleep(20);
    expect(fatal).toEqual([new Error('height 7: broken')]);
    expect(after).toBe(0);
  },
);

test('a defect that gossip or a query brings is a refusal, logged with its bytes', async () => {
  const application = new KvStore();
  const broken = (): Promise<never> => Promise.reject(new TypeError('x is undefined'));
  application.checkTx = broken;
  application.query = broken;
  application.processProposal = broken;
  application.prepareProposal = (): never => {
    throw new TypeError('not even a promise');
  };
  const { open, fatal, log } = await start(application);
  const client = await open();
  const check = await client.call({ checkTx: RequestCheckTx.fromPartial({ tx: tx('ab') }) });
  expect([check.checkTx?.codespace, check.checkTx?.code]).toEqual(['sdk', 1]);
  expect((await client.call({ query: { path: '/x' } })).query?.code).toBe(1);
  const vote = await client.call({ processProposal: {} });
  expect(vote.processProposal?.status).toBe(ResponseProcessProposal_ProposalStatus.REJECT);
  expect((await client.call({ prepareProposal: {} })).prepareProposal?.txs).toEqual([]);
  expect(fatal).toEqual([]);
  const logged = log.filter(({ level }) => level === 50);
  expect(logged.map(({ call }) => call)).toEqual([
    'checkTx',
    'query',
    'processProposal',
    'prepareProposal',
  ]);
  expect(logged[0]?.tx).toBe('6162');
});

test('a stack overflow stops the node and never becomes an answer', async () => {
  const application = new KvStore();
  application.checkTx = async (): Promise<never> => {
    const forever = (): number => 1 + forever();
    forever();
    throw new Error('unreachable');
  };
  const { open, fatal } = await start(application);
  const client = await open();
  client.send({ checkTx: { tx: tx('a') } }, { flush: {} });
  await sleep(50);
  expect(client.answers).toEqual([]);
  expect(fatal).toHaveLength(1);
});

test('candidate blocks are void when the consensus connection changes or ends', async () => {
  const application = new KvStore();
  const { open } = await start(application);
  const first = await open();
  await first.call({ info: {} });
  expect(application.resets).toBe(0);
  await first.call({ finalizeBlock: { height: 1n } });
  await first.call({ prepareProposal: {} });
  expect(application.resets).toBe(1);
  expect(application.candidate).toBeDefined();
  first.close();
  while (application.resets < 2) await sleep(1);
  expect(application.candidate).toBeUndefined();
  const [second, third] = [await open(), await open()];
  await second.call({ finalizeBlock: { height: 1n } });
  expect(application.resets).toBe(3);
  await third.call({ processProposal: {} });
  expect(application.resets).toBe(4);
});

test('requests that a vanished client queued are not begun', async () => {
  const application = new KvStore();
  let commits = 0;
  application.finalizeBlock = async () => {
    await sleep(40);
    return ResponseFinalizeBlock.fromPartial({});
  };
  application.commit = async (): Promise<{ retainHeight: bigint }> => {
    commits += 1;
    return { retainHeight: 0n };
  };
  const { open, fatal } = await start(application);
  const [client, other] = [await open(), await open()];
  client.send({ finalizeBlock: { height: 1n } }, { commit: {} });
  await sleep(10);
  client.close();
  await other.call({ info: {} });
  expect([commits, fatal]).toEqual([0, []]);
});

test('other connections are answered during a FinalizeBlock with 5,000 results', async () => {
  const application = new KvStore();
  const attributes = ['a', 'b', 'c'].map((key) => ({ key, value: 'x'.repeat(40), index: true }));
  const events = new Array(9).fill({ type: 'artel.bank.v1.Sent', attributes });
  application.finalizeBlock = async () =>
    ResponseFinalizeBlock.fromPartial({
      txResults: new Array(5000).fill({ events }),
      appHash: new Uint8Array(32).fill(9),
      events: [{ type: 'begin' }],
    });
  const { open } = await start(application);
  const [consensus, query] = [await open(), await open()];
  consensus.send({ finalizeBlock: { height: 1n } }, { flush: {} });
  let answered = 0;
  while (consensus.answers.length === 0) {
    await query.call({ query: {} });
    answered += 1;
  }
  expect(answered).toBeGreaterThan(3);
  const [block] = consensus.answers;
  expect(block?.finalizeBlock?.txResults).toHaveLength(5000);
  expect(block?.finalizeBlock?.txResults[4999]?.events).toHaveLength(9);
  expect(block?.finalizeBlock?.appHash).toEqual(new Uint8Array(32).fill(9));
  expect(block?.finalizeBlock?.events[0]?.type).toBe('begin');
});

test('the unix socket is private; a dead one is replaced, a live one is not', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'deep', 'abci.sock');
  const { open, server } = await start(new KvStore(), `unix://${path}`);
  expect(kindOf(await (await open()).call({ info: {} }))).toBe('info');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700);
  await expect(start(new KvStore(), `unix://${path}`)).rejects.toThrow('another program listens');
  await server.close();
  await expect(stat(path)).rejects.toThrow('ENOENT');

  await leaveDeadSocket(path);
  await start(new KvStore(), `unix://${path}`);

  const file = join(folder, 'file');
  await writeFile(file, 'precious');
  await expect(start(new KvStore(), `unix://${file}`)).rejects.toThrow('is not a socket');
});

/** A socket file that nobody listens on, as a killed node leaves it. */
async function leaveDeadSocket(path: string): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  const listen = `require('net').createServer().listen(${JSON.stringify(path)}, die)`;
  const script = `const die = () => process.kill(process.pid, 'SIGKILL'); ${listen}`;
  spawnSync(process.execPath, ['-e', script]);
  expect((await stat(path)).isSocket()).toBe(true);
}

test('addresses that can not be are refused in words', async () => {
  const cases: [string, RegExp][] = [
    ['unix://relative.sock', /is not absolute/],
    [`unix:///${'x'.repeat(100)}`, /has 101 bytes, more than 100/],
    ['tcp://0.0.0.0:26658', /reachable from outside/],
    ['tcp://127.0.0.1:99999', /is not unix/],
    ['http://127.0.0.1:1', /is not unix/],
    ['', /is not unix/],
  ];
  for (const [address, message] of cases) {
    await expect(start(new KvStore(), address)).rejects.toThrow(message);
  }
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => taken.close());
  const { port } = taken.address() as { port: number };
  await expect(start(new KvStore(), `tcp://127.0.0.1:${port}`)).rejects.toThrow('EADDRINUSE');
  const folder = await temporaryFolder();
  await chmod(folder, 0o500);
  if (process.getuid?.() !== 0) {
    await expect(start(new KvStore(), `unix://${folder}/a/b.sock`)).rejects.toThrow('EACCES');
  }
});

test('close ends every connection and waits for the work under way', async () => {
  const application = new KvStore();
  let ended = false;
  application.commit = async (): Promise<{ retainHeight: bigint }> => {
    await sleep(50);
    ended = true;
    return { retainHeight: 0n };
  };
  const { open, server } = await start(application);
  const [a, b] = [await open(), await open()];
  a.send({ commit: {} });
  await sleep(10);
  await server.close();
  expect(ended).toBe(true);
  await Promise.all([a.closed, b.closed]);
  await expect(AbciClient.open(server.address)).rejects.toThrow('ECONNREFUSED');
});
