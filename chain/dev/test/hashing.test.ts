import { fromBase64, fromHex, toHex } from '@cosmjs/encoding';
import { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import {
  blockId,
  commitHash,
  consensusHash,
  dataHash,
  evidenceHash,
  headerHash,
  merkleProof,
  merkleRoot,
  partSetHeader,
  resultsHash,
  txHash,
  validatorsHash,
} from '../../client/hashing.ts';
import {
  HeaderVerificationError,
  parseBlockId,
  parseCommit,
  parseHeader,
  parseTime,
  parseValidators,
  verifyHeader,
  verifySignature,
} from '../../client/header.ts';
import {
  type RecordedEvidence,
  type RecordedHeight,
  type RecordedVote,
  recorded,
} from './recordings.ts';

function parseVote(vote: RecordedVote): object {
  return {
    type: vote.type,
    height: BigInt(vote.height),
    round: vote.round,
    blockId: parseBlockId(vote.block_id),
    timestamp: parseTime(vote.timestamp),
    validatorAddress: fromHex(vote.validator_address),
    validatorIndex: vote.validator_index,
    signature: fromBase64(vote.signature),
  };
}

function parseEvidence({ value }: RecordedEvidence): Evidence {
  return Evidence.fromPartial({
    duplicateVoteEvidence: {
      voteA: parseVote(value.vote_a),
      voteB: parseVote(value.vote_b),
      totalVotingPower: BigInt(value.TotalVotingPower),
      validatorPower: BigInt(value.ValidatorPower),
      timestamp: parseTime(value.Timestamp),
    },
  });
}

describe('hashes of a recorded CometBFT 0.38 chain', () => {
  test('the recordings hold what the tests are about', () => {
    expect(recorded.length).toBeGreaterThanOrEqual(19);
    const every = (has: (vector: RecordedHeight) => boolean): number =>
      recorded.filter(({ vector }) => has(vector)).length;
    expect(every(({ block }) => block.block.data.txs.length > 2)).toBeGreaterThan(0);
    expect(every(({ block }) => block.block.evidence.evidence.length > 0)).toBeGreaterThan(0);
    expect(
      every(({ commit }) =>
        commit.signed_header.commit.signatures.some((vote) => vote.block_id_flag === 1),
      ),
    ).toBeGreaterThan(0);
    expect(every(({ commit }) => commit.signed_header.commit.round === 1)).toBeGreaterThan(0);
    expect(every(({ block_meta }) => Number(block_meta.block_size) > 65_536)).toBeGreaterThan(0);
  });

  test.each(recorded)('$name: every hash of the block', ({ vector }) => {
    const { block } = vector.block;
    const header = parseHeader(block.header);
    const lastCommit = parseCommit(block.last_commit);
    const evidence = block.evidence.evidence.map(parseEvidence);
    const txs = block.data.txs.map(fromBase64);
    const { block: limits } = vector.consensus_params.consensus_params;
    expect(commitHash(lastCommit)).toEqual(header.lastCommitHash);
    expect(dataHash(txs)).toEqual(header.dataHash);
    expect(evidenceHash(evidence)).toEqual(header.evidenceHash);
    expect(validatorsHash(parseValidators(vector.validators))).toEqual(header.validatorsHash);
    const params = {
      block: { maxBytes: BigInt(limits.max_bytes), maxGas: BigInt(limits.max_gas) },
    };
    expect(consensusHash(params)).toEqual(header.consensusHash);
    const whole = { header, data: { txs }, evidence: { evidence }, lastCommit };
    expect(blockId(whole)).toEqual(parseBlockId(vector.block.block_id));
  });

  test.each(recorded)('$name: the commit verifies', ({ vector }) => {
    const { header } = vector.commit.signed_header;
    const chainId = parseHeader(header).chainId;
    const verified = verifyHeader(vector.commit, vector.validators, { chainId });
    expect(headerHash(verified.header)).toEqual(verified.hash);
    expect(verified.signedPower * 3n).toBeGreaterThan(verified.totalPower * 2n);
  });

  test('the results of a block are hashed in the next header', () => {
    let compared = 0;
    for (const { vector } of recorded) {
      const height = BigInt(vector.block.block.header.height);
      const next = recorded.find(
        (other) => BigInt(other.vector.block.block.header.height) === height + 1n,
      );
      if (next === undefined) continue;
      const results = (vector.block_results.txs_results ?? []).map((result) => ({
        code: result.code,
        data: fromBase64(result.data ?? ''),
        gasWanted: BigInt(result.gas_wanted),
        gasUsed: BigInt(result.gas_used),
        log: 'not hashed',
        info: '',
        events: [],
        codespace: 'not hashed',
      }));
      const { lastResultsHash } = parseHeader(next.vector.block.block.header);
      expect(resultsHash(results)).toEqual(lastResultsHash);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(14);
  });
});

describe('verifyHeader refuses', () => {
  const { vector } = recorded.find(({ name }) => name.includes('absence')) ?? {};
  if (vector === undefined) throw new Error('no recording of an absence');
  const chainId = parseHeader(vector.commit.signed_header.header).chainId;

  function forged(change: (copy: RecordedHeight) => void): () => unknown {
    const copy = structuredClone(vector) as RecordedHeight;
    change(copy);
    return () => verifyHeader(copy.commit, copy.validators, { chainId });
  }

  test.each<[string, RegExp, (copy: RecordedHeight) => void]>([
    [
      'a changed header',
      /signs another block/,
      ({ commit }) => {
        (commit.signed_header.header as { app_hash: string }).app_hash = 'FF';
      },
    ],
    [
      'a changed signature',
      /signature \d+ of the commit .* is wrong/,
      ({ commit }) => {
        const vote = commit.signed_header.commit.signatures.find((one) => one.signature !== null);
        if (vote !== undefined) vote.signature = `AAAA${vote.signature?.slice(4)}`;
      },
    ],
    [
      'another validator set',
      /are not those of header/,
      ({ validators }) => {
        const [first] = validators.validators;
        if (first !== undefined) first.voting_power = '100';
      },
    ],
    [
      'a page of the validators',
      /ask for all pages/,
      ({ validators }) => {
        validators.validators.pop();
      },
    ],
    [
      'too little power',
      /more than two thirds is needed/,
      ({ commit }) => {
        for (const vote of commit.signed_header.commit.signatures.slice(0, 2)) {
          Object.assign(vote, { block_id_flag: 1, signature: null });
        }
      },
    ],
    [
      'an answer without a commit',
      /no field commit/,
      ({ commit }) => {
        delete (commit.signed_header as { commit?: unknown }).commit;
      },
    ],
    [
      'a time that is none',
      /is not RFC 3339/,
      ({ commit }) => {
        (commit.signed_header.header as { time: string }).time = 'yesterday';
      },
    ],
  ])('%s', (_, message, change) => {
    expect(forged(change)).toThrow(HeaderVerificationError);
    expect(forged(change)).toThrow(message);
  });

  test('another chain', () => {
    expect(() =>
      verifyHeader(vector.commit, vector.validators, { chainId: 'artel-local-1' }),
    ).toThrow(/expected artel-local-1/);
  });

  test('a signature that another validator made', () => {
    const commit = parseCommit(vector.commit.signed_header.commit);
    const [first, second] = parseValidators(vector.validators);
    if (first === undefined || second === undefined) throw new Error('two validators expected');
    expect(verifySignature(chainId, commit, 0, second)).toBe(false);
    expect(verifySignature(chainId, commit, 99, first)).toBe(false);
  });
});

describe('Merkle trees', () => {
  const leaves = Array.from({ length: 13 }, (_, index) => Uint8Array.of(index));

  test('the empty tree is the hash of nothing', () => {
    expect(toHex(merkleRoot([]))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test.each([1, 2, 3, 4, 7, 8, 13])('a proof of each of %i leaves leads to the root', (count) => {
    const some = leaves.slice(0, count);
    for (const index of some.keys()) {
      const proof = merkleProof(some, index);
      expect(rootOf(proof.index, proof.total, proof.leafHash, proof.aunts)).toEqual(
        merkleRoot(some),
      );
    }
  });

  /** The verifier of RFC 6962, from the leaf's depth upwards. */
  function rootOf(
    index: number,
    total: number,
    leaf: Uint8Array,
    aunts: readonly Uint8Array[],
  ): Uint8Array {
    if (total === 1) return leaf;
    const split = 2 ** (31 - Math.clz32(total - 1));
    const aunt = aunts.at(-1) ?? new Uint8Array(0);
    const inner = (a: Uint8Array, b: Uint8Array): Uint8Array =>
      txHash(Uint8Array.of(1, ...a, ...b));
    return index < split
      ? inner(rootOf(index, split, leaf, aunts.slice(0, -1)), aunt)
      : inner(aunt, rootOf(index - split, total - split, leaf, aunts.slice(0, -1)));
  }

  test('blocks are cut every 65,536 bytes', () => {
    expect(partSetHeader(new Uint8Array(65_536)).total).toBe(1);
    expect(partSetHeader(new Uint8Array(65_537)).total).toBe(2);
  });
});
