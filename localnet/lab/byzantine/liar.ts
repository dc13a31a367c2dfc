/**
 * A server that stands before a node's RPC and lies about one height; all else it passes on, the
 * websocket too. What it says is made with keys of validators, as an attacker of light clients
 * would.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  type BlockID,
  type Commit,
  type Header,
  SignedMsgType,
} from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import { headerHash, validatorsHash, voteSignBytes } from '../../../chain/client/hashing.ts';
import type { SceneOfMisbehaviour } from '../../../chain/dev/misbehaviour.ts';
import {
  commitJson,
  headerJson,
  type JsonObject,
  validatorJson,
} from '../../../chain/dev/rpc/json.ts';
import type { Signer } from '../../../chain/dev/signer.ts';

/** How a height is lied about. */
export const lies = [
  /** Another application hash, which nobody signed. */
  'unsigned',
  /** A state that the chain never had, signed by validators of its own making. */
  'lunatic',
  /** Another block of the same round, by the same validators. */
  'equivocation',
  /** Another block of a later round. */
  'amnesia',
] as const;
export type Lie = (typeof lies)[number];

/** What the RPC methods `commit` and `validators` are to answer at one height. */
export interface Told {
  readonly height: number;
  readonly commit: JsonObject;
  readonly validators: JsonObject;
}

/** @param commit the one that the chain has */
export function tell(
  { header, validators }: SceneOfMisbehaviour,
  commit: Commit,
  guilty: Signer,
  lie: Lie,
): Told {
  const mine = validators.validators.filter(
    ({ publicKey }) => Buffer.compare(publicKey, guilty.publicKey) === 0,
  );
  const others = lie === 'lunatic' ? mine : validators.validators;
  const told: Header = {
    ...header,
    ...(lie === 'lunatic' && {
      appHash: sha256(header.appHash),
      validatorsHash: validatorsHash(mine),
    }),
    ...(lie === 'unsigned' && { appHash: sha256(header.appHash) }),
    ...((lie === 'equivocation' || lie === 'amnesia') && { dataHash: sha256(header.dataHash) }),
  };
  const round = commit.round + (lie === 'amnesia' ? 1 : 0);
  const signed = lie === 'unsigned' ? commit : sign(told, round, others, guilty);
  return {
    height: Number(header.height),
    commit: {
      signed_header: { header: headerJson(told), commit: commitJson(signed) },
      canonical: true,
    },
    validators: {
      block_height: String(header.height),
      validators: others.map(validatorJson),
      count: String(others.length),
      total: String(others.length),
    },
  };
}

/** A commit that only the guilty one has signed. */
function sign(
  header: Header,
  round: number,
  validators: SceneOfMisbehaviour['validators']['validators'],
  guilty: Signer,
): Commit {
  const hash = headerHash(header);
  const blockId: BlockID = { hash, partSetHeader: { total: 1, hash: sha256(hash) } };
  const { height, time: timestamp } = header;
  const type = SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT;
  const bytes = voteSignBytes(header.chainId, { type, height, round, blockId, timestamp });
  const absent = {
    blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
    validatorAddress: new Uint8Array(),
    timestamp: { seconds: -62_135_596_800n, nanos: 0 },
    signature: new Uint8Array(),
  };
  return {
    height,
    round,
    blockId,
    signatures: validators.map(({ publicKey }) =>
      Buffer.compare(publicKey, guilty.publicKey) === 0
        ? {
            blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
            validatorAddress: guilty.address,
            timestamp,
            signature: guilty.sign(bytes),
          }
        : absent,
    ),
  };
}

export class Liar implements AsyncDisposable {
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  /** On a port of its own of this machine, before the node at `nodeUrl`. */
  static async open(nodeUrl: string, told: Told): Promise<Liar> {
    const sockets = new Set<Socket>();
    const server = createServer((request, response) => {
      answer(request, response, nodeUrl, told).catch((error: unknown) => {
        response.writeHead(502).end(String(error));
      });
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      const { hostname, port } = new URL(nodeUrl);
      const node = connect(Number(port), hostname);
      for (const end of [socket, node]) {
        sockets.add(end);
        end.on('error', () => end.destroy());
        end.on('close', () => sockets.delete(end));
      }
      const lines = request.rawHeaders.reduce<string[]>((list, word, at) => {
        if (at % 2 === 0) list.push(`${word}: ${request.rawHeaders[at + 1]}`);
        return list;
      }, []);
      node.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.pipe(node).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Liar(`http://127.0.0.1:${port}`, async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

const longestBody = 1_048_576;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  nodeUrl: string,
  told: Told,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    if (chunks.reduce((sum, { length }) => sum + length, 0) > longestBody) {
      throw new RangeError('the question is too long');
    }
  }
  const body = Buffer.concat(chunks);
  const lie = request.method === 'POST' ? lieFor(body, told) : undefined;
  if (lie !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(lie));
    return;
  }
  const truth = await fetch(new URL(request.url ?? '/', nodeUrl), {
    method: request.method ?? 'GET',
    headers: { 'content-type': 'application/json' },
    ...(body.length > 0 && { body }),
    signal: AbortSignal.timeout(30_000),
  });
  response.writeHead(truth.status, { 'content-type': 'application/json' });
  response.end(Buffer.from(await truth.arrayBuffer()));
}

function lieFor(body: Buffer, told: Told): JsonObject | undefined {
  const { id, method, params } = JSON.parse(body.toString('utf8')) as {
    readonly id: number;
    readonly method: string;
    readonly params?: { readonly height?: string };
  };
  const result = { commit: told.commit, validators: told.validators }[method];
  if (result === undefined || params?.height !== String(told.height)) return undefined;
  return { jsonrpc: '2.0', id, result };
}
