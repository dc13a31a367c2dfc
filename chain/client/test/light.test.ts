/** Trust in one header reaches as far as CometBFT lets it, on made chains and a recorded one. */
import fc from 'fast-check';
import { recorded } from '../../dev/test/recordings.ts';
import { headerHash, type ValidatorKey } from '../hashing.ts';
import { type VerifiedHeader, verifyHeader } from '../header.ts';
import { followHeaders, type ReadHeader, type Trust } from '../light.ts';

const day = 86_400_000;

describe('on the recorded chain of CometBFT 0.38, where validators leave and join', () => {
  const headers = new Map(
    recorded.map(({ vector: { block, commit, validators } }) => {
      const { header } = block.block;
      const chainId = String(header.chain_id);
      return [Number(header.height), verifyHeader(commit, validators, { chainId })] as const;
    }),
  );
  const asked: number[] = [];
  const read: ReadHeader = async (height) => {
    asked.push(height);
    const found = headers.get(height);
    if (found === undefined) throw new Error(`height ${height} was not recorded`);
    return found;
  };
  const trustIn = (height: number, over: Partial<Trust> = {}): Trust => {
    const { hash, header } = headers.get(height) as VerifiedHeader;
    const nowMs = Number(header.time.seconds) * 1_000 + 3_600_000;
    return { height, hash, nowMs, periodMs: 7 * day, ...over };
  };
  beforeEach(() => {
    asked.length = 0;
  });

  test.each([
    ['to itself', 85, 85, [85]],
    ['to the next', 86, 87, [86, 87]],
    ['over the height where one leaves', 85, 90, [85, 90]],
    ['over a long way', 1, 151, [1, 151]],
    ['back by hashes', 129, 126, [129, 128, 127, 126]],
  ])('a header leads %s, by as few others as can be', async (_, from, to, heights) => {
    const found = await followHeaders(read, trustIn(from), to);
    expect(found).toBe(headers.get(to));
    expect(asked).toEqual(heights);
  });

  test.each<[string, number, Partial<Trust>, RegExp]>([
    ['another hash', 90, { hash: new Uint8Array(32) }, /header 85 has hash [0-9A-F]{64}, which is/],
    ['a header too old', 90, { periodMs: day / 48 }, /85 is 1 hours old, 0 at most: ask somebody/],
    ['a header from the future', 90, { nowMs: 0, periodMs: day }, /header 90 is from the future/],
  ])('%s is refused', async (_, to, over, words) => {
    await expect(followHeaders(read, trustIn(85, over), to)).rejects.toThrow(words);
  });
});

describe('on made chains', () => {
  const key = (index: number): ValidatorKey => ({
    publicKey: new Uint8Array(32).fill(index),
    power: 10n + BigInt(index),
  });
  const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
  const setHash = (set: readonly number[]): Uint8Array => bytes(...set);
  const powerOf = (set: readonly ValidatorKey[]): bigint =>
    set.reduce((sum, { power }) => sum + power, 0n);

  /** Headers 1 to n of these sets of validators, each signed by all; only hashes are true. */
  function chainOf(sets: readonly (readonly number[])[]): VerifiedHeader[] {
    const chain: VerifiedHeader[] = [];
    for (const [index, set] of sets.entries()) {
      const validators = set.map(key);
      const { header: recordedHeader } = template;
      const header = {
        ...recordedHeader,
        height: BigInt(index + 1),
        time: { seconds: BigInt(1_000 + index), nanos: 0 },
        lastBlockId: {
          hash: chain.at(-1)?.hash ?? bytes(),
          partSetHeader: { total: 0, hash: bytes() },
        },
        validatorsHash: setHash(set),
        nextValidatorsHash: setHash(sets[index + 1] ?? set),
      };
      const power = powerOf(validators);
      const hash = headerHash(header);
      const signed = { signedPower: power, totalPower: power, signers: validators };
      chain.push({ header, hash, validators, ...signed });
    }
    return chain;
  }
  const [{ vector }] = recorded as [(typeof recorded)[number]];
  const template = verifyHeader(vector.commit, vector.validators, {
    chainId: String(vector.block.block.header.chain_id),
  });
  const trustOf = (header: VerifiedHeader): Trust => ({
    height: Number(header.header.height),
    hash: header.hash,
    nowMs: 2_000_000,
    periodMs: day,
  });
  const reading =
    (chain: readonly VerifiedHeader[], asked: number[] = []): ReadHeader =>
    async (height) => {
      asked.push(height);
      return chain[height - 1] as VerifiedHeader;
    };

  const sets = fc.array(fc.uniqueArray(fc.nat({ max: 8 }), { minLength: 1, maxLength: 6 }), {
    minLength: 2,
    maxLength: 60,
  });
  test('every header of a chain follows from every other, whatever validators do', async () => {
    await fc.assert(
      fc.asyncProperty(sets, fc.nat(), fc.nat(), async (all, a, b) => {
        const chain = chainOf(all);
        const [from, to] = [a, b].map((n) => chain[n % chain.length]) as [
          VerifiedHeader,
          VerifiedHeader,
        ];
        const height = Number(to.header.height);
        expect(await followHeaders(reading(chain), trustOf(from), height)).toBe(to);
      }),
    );
  });

  test('a third of the trusted power is not enough to skip, more is', async () => {
    // 10 + 20 of 30 + ...: the powers are 10 + index.
    const asked: number[] = [];
    const alone = chainOf([
      [0, 10],
      [0, 10],
      [0, 9],
      [0, 9],
    ]);
    // Power 10 of 30 signs on: exactly a third.
    await followHeaders(reading(alone, asked), trustOf(alone[0] as VerifiedHeader), 4);
    expect(asked).toEqual([1, 4, 2, 3]);
    asked.length = 0;
    const more = chainOf([
      [1, 10],
      [1, 10],
      [1, 9],
      [1, 9],
    ]);
    // Power 11 of 31.
    await followHeaders(reading(more, asked), trustOf(more[0] as VerifiedHeader), 4);
    expect(asked).toEqual([1, 4]);
  });

  test('a fork by validators of its own is found where it begins', async () => {
    const chain = chainOf([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const fork = chainOf([
      [1, 2],
      [1, 2],
      [7, 8],
      [7, 8],
    ]);
    const lying = [chain[0], chain[1], fork[2], fork[3]] as VerifiedHeader[];
    await expect(
      followHeaders(reading(lying), trustOf(chain[0] as VerifiedHeader), 4),
    ).rejects.toThrow('header 3 does not follow from header 2: other validators were to come');
    const older = [...lying.slice(0, 2), chain[2], fork[3]] as VerifiedHeader[];
    await expect(
      followHeaders(reading(older), trustOf(fork[3] as VerifiedHeader), 1),
    ).rejects.toThrow('header 3 is not the one that header 4 follows');
  });

  test('time that does not go on is refused', async () => {
    const chain = chainOf([[1], [1], [1]]);
    const [first, , third] = chain as [VerifiedHeader, VerifiedHeader, VerifiedHeader];
    const back = { ...third, header: { ...third.header, time: first.header.time } };
    const read = reading([first, first, back]);
    await expect(followHeaders(read, trustOf(first), 3)).rejects.toThrow(
      'header 3 does not follow from header 1: it is not later',
    );
  });
});
