/** What `--state-sync` makes of its servers: who agree, who lie, who are of another chain. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError } from '../../cli/context.ts';
import { agreedBlock, parseServers, stateSyncEnvironment } from '../state-sync.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** A server whose newest block is `newest`; the hash of block h is `hash` and h. */
async function rpc(newest: number, hash: string, chainId = 'artel-1'): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      const { params } = JSON.parse(body) as { params: { height?: string } };
      const height = Number(params.height ?? newest);
      const header = { chain_id: chainId, height: String(height) };
      const commit = { block_id: { hash: `${hash}${height}` } };
      response.end(JSON.stringify({ result: { signed_header: { header, commit } } }));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the newest block that all servers have is trusted, where they agree on it', async () => {
  const [a, b, liar, other] = [
    await rpc(12, 'AB'),
    await rpc(10, 'AB'),
    await rpc(11, 'CD'),
    await rpc(11, 'AB', 'artel-2'),
  ];
  expect(await agreedBlock([a, b], 'artel-1')).toEqual({ height: 10, hash: 'AB10' });
  await expect(agreedBlock([a, b, liar], 'artel-1')).rejects.toThrow(
    `${a} and ${liar} have different blocks 10: one of them lies`,
  );
  await expect(agreedBlock([a, other], 'artel-1')).rejects.toThrow(
    `${other} is of chain artel-2, this node of artel-1`,
  );
  await expect(agreedBlock([a, 'http://127.0.0.1:1'], 'artel-1')).rejects.toThrow(
    'http://127.0.0.1:1 does not answer commit',
  );
});

test('two servers are needed, and CometBFT is told of them by its environment', () => {
  const two = parseServers('tcp://127.0.0.1:26657, https://rpc.example.org');
  expect(two).toEqual(['http://127.0.0.1:26657', 'https://rpc.example.org']);
  expect(() => parseServers('http://127.0.0.1:26657')).toThrow(CliError);
  expect(() => parseServers('ftp://x,http://y')).toThrow(
    '"ftp://x" is not the URL of an RPC server',
  );
  expect(stateSyncEnvironment(two, { height: 7, hash: 'AB' })).toMatchObject({
    CMT_STATESYNC_ENABLE: 'true',
    CMT_STATESYNC_RPC_SERVERS: 'http://127.0.0.1:26657,https://rpc.example.org',
    CMT_STATESYNC_TRUST_HEIGHT: '7',
    CMT_STATESYNC_TRUST_HASH: 'AB',
  });
});
