/** Who is guilty of a fork follows from two commits alone; a signer's frames are hostile bytes. */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { BinaryReader, BinaryWriter } from 'cosmjs-types/binary';
import { type Commit, SignedMsgType, Vote } from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import fc from 'fast-check';
import { verifySignature } from '../../../chain/client/header.ts';
import { signerFromSeed } from '../../../chain/dev/signer.ts';
import { temporaryFolder } from '../../../chain/node/test/fixtures.ts';
import { forkedHeights, judge } from '../byzantine/detector.ts';
import { readRequest, SignerFrames, writeAnswer } from '../byzantine/privval.ts';
import { honest, RemoteSigner } from '../byzantine/signer.ts';
import type { SeenBlock } from '../watch.ts';

const key = signerFromSeed(sha256(new TextEncoder().encode('a signer')));
const hash = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));
const blockIdOf = (text: string) => ({
  hash: hash(text),
  partSetHeader: { total: 1, hash: hash(`${text} parts`) },
});

/** Signed by those of ten validators that are named; the others voted for nothing. */
function commit(text: string, round: number, signers: readonly number[]): Commit {
  return {
    height: 7n,
    round,
    blockId: blockIdOf(text),
    signatures: Array.from({ length: 10 }, (_, index) => ({
      blockIdFlag: signers.includes(index)
        ? BlockIDFlag.BLOCK_ID_FLAG_COMMIT
        : BlockIDFlag.BLOCK_ID_FLAG_NIL,
      validatorAddress: hash(`validator ${index}`).slice(0, 20),
      timestamp: { seconds: 1n, nanos: 0 },
      signature: new Uint8Array(64),
    })),
  };
}

test('exactly those who signed both commits are guilty; of one round that is proved', () => {
  const some = fc.uniqueArray(fc.nat(9));
  fc.assert(
    fc.property(some, some, fc.nat(3), fc.nat(3), (left, right, one, other) => {
      const { kind, guilty } = judge(commit('a', one, left), commit('b', other, right));
      const both = left.filter((index) => right.includes(index)).sort();
      expect(guilty.map(({ index }) => index).sort()).toEqual(both);
      expect(kind).toBe(one === other ? 'equivocation (provable)' : 'amnesia suspected');
    }),
  );
});

test('a height is forked where two nodes have different blocks, not where one has none', () => {
  const block = (height: number, id: string): [number, SeenBlock] => [
    height,
    { height, id, appHash: '', transactions: 0, timeMs: 0 } as SeenBlock,
  ];
  const blocks = new Map([
    ['node0', new Map([block(1, 'A'), block(2, 'B'), block(3, 'C')])],
    ['node1', new Map([block(1, 'A'), block(2, 'X')])],
    ['node2', new Map([block(2, 'B')])],
  ]);
  expect(forkedHeights(blocks)).toEqual([{ height: 2, sides: [['node0', 'node2'], ['node1']] }]);
});

test("a signer's frames come whole, however they are cut, and endless ones are refused", () => {
  const message = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(50)), (messages, cuts) => {
      const stream = Buffer.concat(
        messages.map((bytes) => new BinaryWriter().bytes(bytes).finish()),
      );
      const frames = new SignerFrames();
      const found: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        found.push(...frames.take(stream.subarray(at, at + cut)));
        at += cut;
      }
      found.push(...frames.take(stream.subarray(at)));
      expect(found.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(
        messages.map((bytes) => Buffer.from(bytes).toString('hex')),
      );
    }),
  );
  const endless = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]);
  expect(() => new SignerFrames().take(endless)).toThrow('longer than 65536 bytes');
  expect(() => readRequest(Uint8Array.of(0x12, 0))).toThrow('asked for nothing by message 2');
});

/** Asks a signer as a node does, on a socket that the node listens at. */
async function asking(work: (ask: (vote: Vote) => Promise<Answer>) => Promise<void>) {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'signer.sock');
  const dialled = Promise.withResolvers<Socket>();
  const server = createServer((socket) => dialled.resolve(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const signer = new RemoteSigner(key, 'a-chain');
  signer.behave(honest);
  signer.serve(path);
  const socket = await dialled.promise;
  const frames = new SignerFrames();
  try {
    await work(async (vote) => {
      const request = new BinaryWriter();
      const body = request.uint32(26).fork();
      Vote.encode(vote, body.uint32(10).fork()).ldelim();
      body.uint32(18).string('a-chain').ldelim();
      const answered = Promise.withResolvers<Uint8Array>();
      socket.on('data', (bytes) => {
        const [first] = frames.take(bytes);
        if (first !== undefined) answered.resolve(first);
      });
      socket.write(new BinaryWriter().bytes(request.finish()).finish());
      const message = await answered.promise;
      socket.removeAllListeners('data');
      return readAnswer(message);
    });
  } finally {
    socket.destroy();
    await signer[Symbol.asyncDispose]();
    await new Promise((resolve) => server.close(resolve));
  }
}

interface Answer {
  readonly signature: Uint8Array | undefined;
  readonly refused: boolean;
}

function readAnswer(message: Uint8Array): Answer {
  const outer = new BinaryReader(message);
  expect(outer.tag()[0]).toBe(4);
  const body = new BinaryReader(outer.bytes());
  let answer: Answer = { signature: undefined, refused: false };
  while (body.pos < body.len) {
    const [field] = body.tag();
    const bytes = body.bytes();
    if (field === 1 && bytes.length > 0) {
      answer = { ...answer, signature: Vote.decode(bytes).signature };
    }
    if (field === 2) answer = { ...answer, refused: true };
  }
  return answer;
}

test('a signer signs a block once, the same block again, and no other one', async () => {
  const vote = (text: string): Vote =>
    Vote.fromPartial({
      type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
      height: 7n,
      round: 0,
      blockId: blockIdOf(text),
      timestamp: { seconds: 1n, nanos: 0 },
      validatorAddress: key.address,
    });
  await asking(async (ask) => {
    const { signature = new Uint8Array() } = await ask(vote('a'));
    const signed: Commit = {
      ...commit('a', 0, [0]),
      signatures: [
        {
          blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
          validatorAddress: key.address,
          timestamp: { seconds: 1n, nanos: 0 },
          signature,
        },
      ],
    };
    const validator = { publicKey: key.publicKey, power: 1n };
    expect(verifySignature('a-chain', signed, 0, validator)).toBe(true);
    expect((await ask(vote('a'))).refused).toBe(false);
    expect(await ask(vote('b'))).toEqual({ signature: undefined, refused: true });
  });
});

test('the answers of a signer have the fields of the protocol', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  expect(hex(writeAnswer({ kind: 'ping' }))).toBe('024200');
  expect(hex(writeAnswer({ kind: 'key', publicKey: Uint8Array.of(1, 2) }))).toBe(
    '0812060a040a020102',
  );
});
