import { readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBase64 } from '@cosmjs/encoding';
import WebSocket from 'ws';
import { makeDuplicateVote } from '../misbehaviour.ts';
import { evidenceJson } from '../rpc/json.ts';
import { devSigner } from '../signer.ts';
import { base64, type StoreChain, startStoreChain } from './chains.ts';

let chain: StoreChain;
beforeEach(async () => {
  chain = await startStoreChain({ production: { kind: 'on-demand' } });
});
afterEach(() => chain.close());

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function get(path: string): Promise<Answer> {
  const response = await fetch(`${chain.rpcUrl}/${path}`);
  return { status: response.status, body: await response.text() };
}

async function post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(chain.rpcUrl, { method: 'POST', body, headers });
  return { status: response.status, body: await response.text() };
}

const call = (method: string, params: unknown = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

// Each pair is what a CometBFT 0.38.25 answered to the same request.
describe('answers that do not depend on the chain, byte for byte', () => {
  test.each([
    ['health', 200, '{"jsonrpc":"2.0","id":-1,"result":{}}'],
    ['nosuch', 404, '404 page not found\n'],
    [
      'subscribe',
      404,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32601,"message":"Method not found"}}',
    ],
    [
      'block?height=0',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"height must be greater than 0, but got 0"}}',
    ],
    [
      'block?height=999',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"height 999 must be less than or equal to the current blockchain height 2"}}',
    ],
    [
      'block?height=abc',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32602,"message":"Invalid params","data":"error converting http params to arguments: invalid character \'a\' looking for beginning of value"}}',
    ],
    [
      'validators?page=2',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"page should be within [1, 1] range, given 2"}}',
    ],
    [
      'genesis_chunked?chunk=3',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"there are 0 chunks, 3 is invalid"}}',
    ],
    [
      'net_info',
      200,
      '{"jsonrpc":"2.0","id":-1,"result":{"listening":true,"listeners":["Listener(@)"],"n_peers":"0","peers":[]}}',
    ],
    [
      'unconfirmed_txs',
      200,
      '{"jsonrpc":"2.0","id":-1,"result":{"n_txs":"0","total":"0","total_bytes":"0","txs":[]}}',
    ],
    [
      'num_unconfirmed_txs',
      200,
      '{"jsonrpc":"2.0","id":-1,"result":{"n_txs":"0","total":"0","total_bytes":"0","txs":null}}',
    ],
    ['header_by_hash?hash=0x00', 200, '{"jsonrpc":"2.0","id":-1,"result":{"header":null}}'],
    [
      'block_by_hash?hash=0x00',
      200,
      '{"jsonrpc":"2.0","id":-1,"result":{"block_id":{"hash":"","parts":{"total":0,"hash":""}},"block":null}}',
    ],
    [
      'tx?hash=0xAA',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"tx (AA) not found"}}',
    ],
    [
      'tx',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"transaction hash cannot be empty"}}',
    ],
    [
      'abci_query?path="/x"&data=0xzz',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32602,"message":"Invalid params","data":"error converting http params to arguments: encoding/hex: invalid byte: U+007A \'z\'"}}',
    ],
    [
      'tx_search?query="app.key=%27nope%27"',
      200,
      '{"jsonrpc":"2.0","id":-1,"result":{"txs":[],"total_count":"0"}}',
    ],
    [
      'tx_search?query="tx.hash=%27zz%27"',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"error during searching for a hash in the query: encoding/hex: invalid byte: U+007A \'z\'"}}',
    ],
    [
      'tx_search?query="tx.height=6"&order_by="x"',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"expected order_by to be either `asc` or `desc` or empty"}}',
    ],
    [
      'block_search?query="block.height>100000"',
      200,
      '{"jsonrpc":"2.0","id":-1,"result":{"blocks":[],"total_count":"0"}}',
    ],
    [
      'blockchain?minHeight=6&maxHeight=5',
      500,
      '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"min height 6 can\'t be greater than max height 2"}}',
    ],
  ])('GET %s', async (path, status, body) => {
    expect(await get(path)).toEqual({ status, body });
  });

  test.each([
    [
      call('nosuch'),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}',
    ],
    [
      call('block', { height: 6 }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: invalid 64-bit integer encoding \\"6\\", expected string"}}',
    ],
    [
      call('block', []),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: expected 1 parameters ([height]), got 0 ([])"}}',
    ],
    [
      call('tx', { hash: 'A!A' }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: illegal base64 data at input byte 1"}}',
    ],
    [
      call('tx', { hash: 'AAAA' }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error","data":"tx (000000) not found"}}',
    ],
    [
      call('block', { height: 'abc' }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: invalid character \'a\' looking for beginning of value"}}',
    ],
    [
      call('broadcast_tx_sync', { tx: 5 }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: json: cannot unmarshal number into Go value of type types.Tx"}}',
    ],
    [
      call('abci_query', { path: '/x', data: 'zz' }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: encoding/hex: invalid byte: U+007A \'z\'"}}',
    ],
    [
      call('health', 5),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: unknown type for JSON params: json: cannot unmarshal number into Go value of type []json.RawMessage. Expected map or array"}}',
    ],
    [
      call('broadcast_evidence'),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error","data":"no evidence was provided"}}',
    ],
    [
      call('subscribe', { query: 'x' }),
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}',
    ],
    ['{"jsonrpc":"2.0","method":"health"}', 200, ''],
    ['[]', 200, ''],
    ['{"jsonrpc":"2.0","id":1.5,"method":"health"}', 200, '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['[{"jsonrpc":"2.0","id":1,"method":"health"}]', 200, '{"jsonrpc":"2.0","id":1,"result":{}}'],
    [
      '[{"jsonrpc":"2.0","id":1,"method":"health"},{"jsonrpc":"2.0","id":"b","method":"health","params":[]}]',
      200,
      '[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":"b","result":{}}]',
    ],
    [
      'garbage',
      500,
      '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error. Invalid JSON","data":"error unmarshaling request: invalid character \'g\' looking for beginning of value"}}',
    ],
    [
      'x'.repeat(1_000_001),
      400,
      '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"error reading request body: http: request body too large"}}',
    ],
  ])('POST %.60s', async (body, status, answer) => {
    expect(await post(body)).toEqual({ status, body: answer });
  });

  test('a batch has a limit', async () => {
    const batch = Array.from({ length: 101 }, () => JSON.parse(call('health')));
    expect((await post(JSON.stringify(batch))).body).toContain(
      'batch request exceeds maximum (100)',
    );
  });

  test('the page at the root lists the methods', async () => {
    const { status, body } = await get('');
    expect(status).toBe(200);
    expect(body).toContain('/block?height=_');
    expect(body).not.toContain('artel_');
  });
});

describe('transactions', () => {
  test('sync, async, commit, and what each says of a transaction again', async () => {
    const sync =
      '{"jsonrpc":"2.0","id":-1,"result":{"code":0,"data":"","log":"","codespace":"","hash":"EFA2EBA7FFF4B83927EEF4039BF4FAC909C35BC75CC60A6963D6E581431F55F1"}}';
    expect((await get('broadcast_tx_sync?tx="b=2"')).body).toBe(sync);
    const again = await get('broadcast_tx_sync?tx="b=2"');
    expect(again).toEqual({
      status: 500,
      body: '{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"tx already exists in cache"}}',
    });
    expect((await get('broadcast_tx_commit?tx="b=2"')).body).toContain(
      '"data":"error on broadcastTxCommit: tx already exists in cache"',
    );
    const async =
      '{"jsonrpc":"2.0","id":-1,"result":{"code":0,"data":"","log":"","codespace":"","hash":"8464BA09E23D3139CA523B13990941F5619F5B3038C4107E8AA2AC03A63684FA"}}';
    expect((await get('broadcast_tx_async?tx=0x633d33')).body).toBe(async);
    const refused = await chain.call('broadcast_tx_sync', { tx: base64('zzz') });
    expect(refused).toMatchObject({ code: 2, codespace: 'kvstore' });
    const committed = await chain.call('broadcast_tx_commit', { tx: base64('d=4') });
    expect(committed).toMatchObject({
      check_tx: { code: 0 },
      tx_result: { code: 0, gas_used: '7' },
    });
    expect(Number(committed.height)).toBeGreaterThan(2);
    const failed = await chain.call('broadcast_tx_commit', { tx: base64('zzz') });
    expect(failed).toMatchObject({ check_tx: { code: 2 }, tx_result: { code: 0 }, height: '0' });
  });

  test('a transaction is found by hash, with a proof against its block', async () => {
    const { hash, height } = await chain.call('broadcast_tx_commit', { tx: base64('a=1') });
    const found = await chain.call('tx', {
      hash: Buffer.from(hash ?? '', 'hex').toString('base64'),
      prove: true,
    });
    const block = (await chain.call('block', { height })) as unknown as {
      block: { header: { data_hash: string } };
    };
    expect(found).toMatchObject({
      hash,
      height,
      index: 0,
      tx: base64('a=1'),
      proof: {
        root_hash: block.block.header.data_hash,
        data: base64('a=1'),
        proof: { total: '1', index: '0', aunts: [] },
      },
    });
  });

  test('searches are by one event, ordered and paged', async () => {
    for (const text of ['a=1', 'b=2', 'a=3', 'c=4']) {
      await chain.call('broadcast_tx_commit', { tx: base64(text) });
    }
    const search = async (query: string, more: object = {}): Promise<string[]> => {
      const { txs } = (await chain.call('tx_search', { query, ...more })) as unknown as {
        txs: { tx: string }[];
      };
      return txs.map(({ tx }) => Buffer.from(fromBase64(tx)).toString());
    };
    expect(await search("message.sender='a'")).toEqual(['a=1', 'a=3']);
    expect(await search("message.sender='a'", { order_by: 'desc' })).toEqual(['a=3', 'a=1']);
    expect(await search("message.sender='everybody'", { page: '2', per_page: '3' })).toEqual([
      'c=4',
    ]);
    expect(await search("message.sender='a' AND message.kind='second'")).toEqual([]);
    expect(await search("message.note='not indexed'")).toEqual([]);
    expect(await search('message.amount>=3')).toEqual(['a=3', 'c=4']);
    const blocks = await chain.call('block_search', { query: 'block.txs=1', per_page: '2' });
    expect(blocks.total_count).toBe('4');
    expect((blocks.blocks as unknown as unknown[]).length).toBe(2);
  });

  test('evidence is checked, taken and carried by a block', async () => {
    const evidence = evidenceJson(makeDuplicateVote(chain.engine.scene(2n), devSigner(0))) as {
      type: string;
      value: { ValidatorPower: string };
    };
    const wrong = { ...evidence, value: { ...evidence.value, ValidatorPower: '11' } };
    await expect(chain.call('broadcast_evidence', { evidence: wrong })).rejects.toThrow(
      'failed to add evidence: voting power from the evidence',
    );
    const carried = chain.engine.waitForBlock(
      ({ block }) => block.evidence.evidence.length > 0,
      5_000,
    );
    await chain.call('broadcast_evidence', { evidence });
    expect((await carried)?.block.header.height).toBe(3n);
    expect(chain.store.finalized.at(-1)?.misbehavior.length).toBe(1);
  });
});

describe('over WebSocket', () => {
  async function open(): Promise<{
    socket: WebSocket;
    next: () => Promise<Record<string, never>>;
    send: (id: number, method: string, params?: unknown) => void;
  }> {
    const socket = new WebSocket(`${chain.rpcUrl.replace('http', 'ws')}/websocket`);
    const received: Record<string, never>[] = [];
    const waiting: ((message: Record<string, never>) => void)[] = [];
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString());
      const waiter = waiting.shift();
      if (waiter === undefined) received.push(message);
      else waiter(message);
    });
    await new Promise((resolve) => socket.once('open', resolve));
    return {
      socket,
      next: () => {
        const ready = received.shift();
        return ready === undefined
          ? new Promise((resolve) => waiting.push(resolve))
          : Promise.resolve(ready);
      },
      send: (id, method, params = {}) =>
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params })),
    };
  }

  test("events carry the id of their subscription, its query, and CometBFT's JSON", async () => {
    const { socket, next, send } = await open();
    send(7, 'subscribe', { query: "tm.event='Tx' AND message.sender='a'" });
    expect(await next()).toEqual({ jsonrpc: '2.0', id: 7, result: {} });
    await chain.call('broadcast_tx_commit', { tx: base64('b=2') });
    await chain.call('broadcast_tx_commit', { tx: base64('a=1') });
    const { id, result } = (await next()) as unknown as {
      id: number;
      result: Record<string, unknown>;
    };
    expect(id).toBe(7);
    expect(result.query).toBe("tm.event='Tx' AND message.sender='a'");
    expect(result.data).toMatchObject({
      type: 'tendermint/event/Tx',
      value: { TxResult: { tx: base64('a=1'), result: { data: base64('1'), gas_used: '7' } } },
    });
    expect(result.data).not.toHaveProperty('value.TxResult.index');
    expect(result.data).not.toHaveProperty('value.TxResult.result.code');
    expect(result.events).toMatchObject({
      'tm.event': ['Tx'],
      'message.sender': ['a', 'everybody'],
    });
    socket.close();
  });

  test('subscriptions are counted, found again, and ended', async () => {
    const { socket, next, send } = await open();
    const reply = async (id: number, method: string, params?: unknown): Promise<unknown> => {
      send(id, method, params);
      const { result, error } = (await next()) as { result?: unknown; error?: { data: string } };
      return error?.data ?? result;
    };
    expect(await reply(1, 'subscribe', { query: "a='1'" })).toEqual({});
    expect(await reply(1, 'subscribe', { query: "a = '1'" })).toBe('already subscribed');
    expect(await reply(2, 'unsubscribe', { query: 'y=1' })).toBe('subscription not found');
    for (let index = 0; index < 4; index++)
      expect(await reply(3, 'subscribe', { query: `b=${index}` })).toEqual({});
    expect(await reply(4, 'subscribe', { query: 'c=1' })).toBe(
      'max_subscriptions_per_client 5 reached',
    );
    expect(await reply(5, 'unsubscribe', { query: "a='1'" })).toEqual({});
    expect(await reply(6, 'subscribe', { query: 'bad' })).toBe(
      'failed to parse query: offset 3: EOF',
    );
    expect(await reply(7, 'unsubscribe_all')).toEqual({});
    expect(await reply(8, 'unsubscribe_all')).toBe('subscription not found');
    expect(await reply(9, 'block', { height: 7 })).toBe(
      'error converting json params to arguments: invalid 64-bit integer encoding "7", expected string',
    );
    socket.send('garbage');
    expect(await next()).toMatchObject({ error: { code: -32700 } });
    socket.close();
  });
});

describe('controls', () => {
  test('mine, advance, snapshot and revert', async () => {
    expect(await chain.call('artel_mine', { n: 3 })).toMatchObject({ height: '5' });
    const { id } = await chain.call('artel_snapshot');
    const before = await chain.call('artel_mine', { n: '1' });
    const later = await chain.call('artel_advanceTime', { ms: 86_400_000 });
    expect(Date.parse(later.time ?? '') - Date.parse(before.time ?? '')).toBeGreaterThanOrEqual(
      86_400_000 - 10,
    );
    expect(await chain.call('artel_revert', { id })).toMatchObject({ height: '5' });
    await expect(chain.call('artel_revert', { id: '99' })).rejects.toThrow(
      'there is no snapshot 99',
    );
    await expect(chain.call('artel_mine', { n: 0 })).rejects.toThrow('n is 0, expected 1 to');
    await expect(chain.call('artel_advanceTime')).rejects.toThrow('ms is missing');
  });

  test('a dump is written, read, and never written over another file', async () => {
    const path = join(tmpdir(), `artel-dump-${process.pid}.jsonl`);
    try {
      await chain.call('broadcast_tx_commit', { tx: base64('a=1') });
      const dumped = await chain.call('artel_dump', { path });
      await chain.call('artel_mine', { n: 4 });
      expect(await chain.call('artel_load', { path })).toMatchObject({
        height: dumped.height,
        app_hash: dumped.app_hash,
      });
      await chain.call('artel_dump', { path });
      await writeFile(path, 'dear diary');
      await expect(chain.call('artel_dump', { path })).rejects.toThrow('exists and is no dump');
      expect(await readFile(path, 'utf8')).toBe('dear diary');
      await expect(chain.call('artel_dump', { path: '/nowhere/chain.dump' })).rejects.toThrow(
        /there is no folder \/nowhere$/,
      );
      await expect(chain.call('artel_load', { path })).rejects.toThrow('line 1 of the dump');
    } finally {
      await rm(path, { force: true });
    }
  });

  test('they are closed to links, to web pages of elsewhere and to foreign host names', async () => {
    expect((await get('artel_mine')).status).toBe(404);
    const withHeaders = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve, reject) => {
        const sent = request(chain.rpcUrl, { method: 'POST', headers }, (response) => {
          let body = '';
          response.on('data', (chunk) => (body += chunk));
          response.on('end', () => resolve(body));
        });
        sent.on('error', reject);
        sent.end(call('artel_mine'));
      });
    expect(await withHeaders({ origin: 'https://example.org' })).toContain('Method not found');
    expect(await withHeaders({ host: 'example.org' })).toContain('Method not found');
    expect(await withHeaders({ origin: 'http://localhost:3000' })).toContain('"height":"3"');
    const allowed = await fetch(chain.rpcUrl, { method: 'OPTIONS' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('*');
  });
});
