import { fromBase64, fromHex } from '@cosmjs/encoding';
import { ResponseFinalizeBlock, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import { Block } from 'cosmjs-types/tendermint/types/block';
import { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import { parseBlockId, parseCommit, parseHeader, parseTime } from '../../client/header.ts';
import type { BlockRecord } from '../block-log.ts';
import {
  blockAndIdJson,
  blockMetaJson,
  blockResultsJson,
  commitJson,
  validatorJson,
} from '../rpc/json.ts';
import { changeValidators, rotate, type ValidatorSet } from '../validator-set.ts';
import {
  type RecordedEvidence,
  type RecordedHeight,
  type RecordedResult,
  type RecordedUpdate,
  type RecordedValidator,
  type RecordedVote,
  recorded,
} from './recordings.ts';

const bytes = (text: string | null): Uint8Array => fromBase64(text ?? '');

function voteOf(vote: RecordedVote): object {
  return {
    type: vote.type,
    height: BigInt(vote.height),
    round: vote.round,
    blockId: parseBlockId(vote.block_id),
    timestamp: parseTime(vote.timestamp),
    validatorAddress: fromHex(vote.validator_address),
    validatorIndex: vote.validator_index,
    signature: bytes(vote.signature),
  };
}

function evidenceOf({ value }: RecordedEvidence): Evidence {
  return Evidence.fromPartial({
    duplicateVoteEvidence: {
      voteA: voteOf(value.vote_a),
      voteB: voteOf(value.vote_b),
      totalVotingPower: BigInt(value.TotalVotingPower),
      validatorPower: BigInt(value.ValidatorPower),
      timestamp: parseTime(value.Timestamp),
    },
  });
}

function resultOf(result: RecordedResult): object {
  return {
    ...result,
    data: bytes(result.data),
    gasWanted: BigInt(result.gas_wanted),
    gasUsed: BigInt(result.gas_used),
  };
}

function updateOf({ pub_key: key, power }: RecordedUpdate): ValidatorUpdate {
  return ValidatorUpdate.fromPartial({
    pubKey: { ed25519: bytes(key.Sum.value.ed25519) },
    power: BigInt(power ?? '0'),
  });
}

function recordOf({ block, block_results: results }: RecordedHeight): BlockRecord {
  const read: Block = {
    header: parseHeader(block.block.header),
    data: { txs: block.block.data.txs.map(bytes) },
    evidence: { evidence: block.block.evidence.evidence.map(evidenceOf) },
    lastCommit: parseCommit(block.block.last_commit),
  };
  return {
    block: read,
    blockId: parseBlockId(block.block_id),
    size: Block.encode(read).finish().length,
    results: ResponseFinalizeBlock.fromPartial({
      events: results.finalize_block_events ?? [],
      txResults: (results.txs_results ?? []).map(resultOf),
      validatorUpdates: (results.validator_updates ?? []).map(updateOf),
      appHash: bytes(results.app_hash),
    }),
  } as BlockRecord;
}

describe('the JSON of a recorded CometBFT 0.38 chain, byte for byte', () => {
  test.each(recorded)('$name', ({ vector }) => {
    const record = recordOf(vector);
    const printed = (value: unknown): string => JSON.stringify(value);
    expect(printed(blockAndIdJson(record))).toBe(printed(vector.block));
    expect(printed(blockMetaJson(record))).toBe(printed(vector.block_meta));
    expect(printed(blockResultsJson(record))).toBe(printed(vector.block_results));
    const { commit } = vector.commit.signed_header;
    expect(printed(commitJson(parseCommit(commit)))).toBe(printed(commit));
    const set = setOf(vector.validators.validators);
    expect(printed(set.validators.map(validatorJson))).toBe(printed(vector.validators.validators));
  });
});

function setOf(validators: readonly RecordedValidator[]): ValidatorSet {
  return {
    validators: validators.map((one) => ({
      address: fromHex(one.address),
      publicKey: fromBase64(one.pub_key.value),
      power: BigInt(one.voting_power),
      priority: BigInt(one.proposer_priority),
    })),
    proposer: new Uint8Array(0),
  };
}

test('priorities, turns and the effect of updates are those of the recorded chain', () => {
  const at = (height: number): RecordedHeight | undefined =>
    recorded.find(({ vector }) => Number(vector.block.block.header.height) === height)?.vector;
  let steps = 0;
  let changes = 0;
  for (const { vector } of recorded) {
    const height = Number(vector.block.block.header.height);
    const next = at(height + 1);
    const previous = at(height - 1);
    if (next === undefined || previous === undefined) continue;
    // The set of height + 1 is that of this height, changed by the block before, after one turn.
    const updates = previous.block_results.validator_updates ?? [];
    const before = setOf(vector.validators.validators);
    const changed = updates.length === 0 ? before : changeValidators(before, updates.map(updateOf));
    const after = rotate(changed);
    // A block that needed a second round turned the set once more for the voters alone.
    expect(after.validators.map(validatorJson)).toEqual(next.validators.validators);
    expect(Buffer.from(after.proposer).toString('hex').toUpperCase()).toBe(
      proposerOf(next) ?? Buffer.from(after.proposer).toString('hex').toUpperCase(),
    );
    steps++;
    if (updates.length > 0) changes++;
  }
  expect(steps).toBeGreaterThanOrEqual(9);
  expect(changes).toBe(2);
});

/** Undefined where the block was decided in a later round, by another proposer. */
function proposerOf({ block, commit }: RecordedHeight): string | undefined {
  return commit.signed_header.commit.round === 0
    ? String(block.block.header.proposer_address)
    : undefined;
}

describe('validator updates that stop a chain', () => {
  const one = (seed: number, power: bigint): ValidatorUpdate => ({
    pubKey: { ed25519: new Uint8Array(32).fill(seed) },
    power,
  });
  const set = rotate(
    changeValidators({ validators: [], proposer: new Uint8Array(0) }, [one(1, 5n), one(2, 7n)]),
  );

  test.each<[string, ValidatorUpdate[], RegExp]>([
    ['a negative power', [one(1, -1n)], /can't be negative/],
    ['a key twice', [one(3, 1n), one(3, 2n)], /duplicate entry/],
    ['the removal of a stranger', [one(9, 0n)], /failed to find validator/],
    ['the removal of all', [one(1, 0n), one(2, 0n)], /would result in empty set/],
    ['too much power', [one(3, 2n ** 61n)], /total voting power .* exceeds/],
    ['no ed25519 key', [{ pubKey: {}, power: 1n }], /no ed25519 key/],
  ])('%s', (_, updates, message) => {
    expect(() => changeValidators(set, updates)).toThrow(message);
  });

  test('validators are ordered by power, then address', () => {
    const powers = changeValidators(set, [one(3, 7n), one(4, 100n)]).validators;
    expect(powers.map(({ power }) => power)).toEqual([100n, 7n, 7n, 5n]);
    const [, second, third] = powers;
    expect(Buffer.compare(second?.address ?? Buffer.of(1), third?.address ?? Buffer.of(0))).toBe(
      -1,
    );
  });
});
