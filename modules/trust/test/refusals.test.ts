import {
  MsgFoundCollective,
  MsgSignTrust,
  MsgUpdateCollective,
} from '../../../proto/generated/artel/trust/v1/tx.ts';
import { collectiveNameProblem, messages } from '../codec.ts';
import { refuse } from '../refusals.ts';
import { Consumption, collectiveId, Kind } from '../types.ts';
import { ownerOf, World } from './world.ts';

const found = MsgFoundCollective.fromPartial({
  founder: ownerOf(1),
  name: 'bakery',
  kind: Kind.LOOSE,
  consumption: Consumption.C2I,
});

function parse(name: string, message: unknown): string | undefined {
  const wire = messages.find(({ typeUrl }) => typeUrl === `/artel.trust.v1.${name}`);
  const result = wire?.parse(message);
  return result?.ok === false ? `${result.codespace}/${result.name}: ${result.message}` : undefined;
}

describe('what a message says for itself', () => {
  test('a right one is parsed', () => {
    expect(parse('MsgFoundCollective', found)).toBeUndefined();
    expect(parse('MsgFoundCollective', { ...found, name: 'ä'.repeat(32) })).toBeUndefined();
    expect(
      parse('MsgFoundCollective', { ...found, descriptionHash: new Uint8Array(32) }),
    ).toBeUndefined();
  });

  test.each([
    ['', 'is empty'],
    ['x'.repeat(65), 'has 65 bytes, more than 64'],
    ['ä'.repeat(33), 'has 66 bytes, more than 64'],
    [' bakery', 'begins or ends with a space'],
    ['bakery ', 'begins or ends with a space'],
    ['bake\nry', 'holds the hidden character U+000A'],
    ['bake\u202Ery', 'holds the hidden character U+202E'],
    ['bake\u200Bry', 'holds the hidden character U+200B'],
  ])('X-6 trust refuses the name %j', (name, problem) => {
    const refusal = `trust/invalid_name: the name ${problem}`;
    expect(parse('MsgFoundCollective', { ...found, name })).toBe(refusal);
    const update = MsgUpdateCollective.fromPartial({ signer: ownerOf(1), collective: 1n, name });
    expect(parse('MsgUpdateCollective', update)).toBe(refusal);
  });

  test('names in any script are taken', () => {
    const names = ['Bäckerei Nord', 'артель', '合作社', 'تعاونية', 'a b', '🧺', 'e\u0301'];
    expect(names.map(collectiveNameProblem)).toEqual(names.map(() => undefined));
  });

  test.each([0, 3, -1])('X-6 trust refuses the kind %i', (kind) => {
    const refusal = `trust/invalid_kind: kind ${kind} is neither loose nor steady`;
    expect(parse('MsgFoundCollective', { ...found, kind })).toBe(refusal);
  });

  test.each([0, 3, -1])('X-6 trust refuses the consumption %i', (consumption) => {
    const refusal = `trust/invalid_consumption: consumption ${consumption} is neither C2C nor C2I`;
    expect(parse('MsgFoundCollective', { ...found, consumption })).toBe(refusal);
  });

  test.each([1, 31, 33])('X-6 trust refuses a description hash of %i bytes', (length) => {
    const descriptionHash = new Uint8Array(length);
    const problem = `the description hash has ${length} bytes, not 0 or 32`;
    const refusal = `trust/invalid_description_hash: ${problem}`;
    expect(parse('MsgFoundCollective', { ...found, descriptionHash })).toBe(refusal);
  });

  test('an address that is none is named with its field', () => {
    const owner = 'cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a';
    expect(parse('MsgFoundCollective', { ...found, founder: '' })).toBe(
      'sdk/invalid_address: founder is empty',
    );
    const update = MsgUpdateCollective.fromPartial({ signer: ownerOf(1), collective: 1n, owner });
    expect(parse('MsgUpdateCollective', update)).toMatch(
      /^sdk\/invalid_address: owner has the prefix cosmos/,
    );
    const sign = MsgSignTrust.fromPartial({ signer: 'artel1', from: 1n, to: 2n });
    expect(parse('MsgSignTrust', sign)).toMatch(/^sdk\/invalid_address: signer /);
  });
});

const statements = ['sign', 'withdraw', 'cancel'] as const;

describe.each(statements)('to %s', (act) => {
  test(`X-6 trust refuses to ${act} a collective's trust in itself`, () => {
    expect(new World(1)[act](1, 1)).toMatchObject({
      refused: 'self_trust',
      message: "collective 1 can't sign trust with itself",
    });
  });

  test(`X-6 trust refuses to ${act} for a collective that does not exist`, () => {
    expect(new World(1)[act](7, 1)).toMatchObject({
      refused: 'unknown_collective',
      message: 'there is no collective 7',
    });
    expect(new World(1)[act](1, 7)).toMatchObject({
      refused: 'unknown_collective',
      message: 'there is no collective 7',
    });
  });

  test(`X-6 trust refuses to ${act} with another key than the owner's`, () => {
    const world = new World(2, act === 'cancel' ? [[1, 2]] : []);
    if (act === 'withdraw') world.sign(1, 2);
    expect(world[act](1, 2, 2)).toMatchObject({
      refused: 'not_the_owner',
      message: `collective 1 is signed for by ${ownerOf(1)}, not by ${ownerOf(2)}`,
    });
  });
});

describe('signing', () => {
  test('X-6 trust refuses a signature where there is strong trust', () => {
    expect(new World(2, [[1, 2]]).sign(1, 2)).toMatchObject({
      refused: 'already_trusted',
      message: 'collectives 1 and 2 trust each other already',
    });
  });

  test('X-6 trust refuses a signature while a notice runs', () => {
    const world = new World(2, [[1, 2]]);
    world.cancel(1, 2);
    expect(world.sign(2, 1).refused).toBe('trust_cancelled');
  });

  test('X-6 trust refuses to sign twice', () => {
    const world = new World(2);
    world.sign(1, 2);
    expect(world.sign(1, 2)).toMatchObject({
      refused: 'already_signed',
      message: 'collective 1 has signed for 2 already',
    });
  });
});

describe('withdrawing', () => {
  test('X-6 trust refuses to withdraw what was not signed', () => {
    const world = new World(2);
    world.sign(2, 1);
    expect(world.withdraw(1, 2)).toMatchObject({
      refused: 'not_signed',
      message: 'collective 1 has no unanswered signature for 2',
    });
  });

  test('X-6 trust refuses to withdraw a signature that was answered', () => {
    expect(new World(2, [[1, 2]]).withdraw(1, 2).refused).toBe('not_signed');
  });
});

describe('cancelling', () => {
  test('X-6 trust refuses to cancel where one signature is missing', () => {
    const world = new World(2);
    world.sign(1, 2);
    expect(world.cancel(1, 2)).toMatchObject({
      refused: 'not_trusted',
      message: 'there is no strong trust between 1 and 2',
    });
  });

  test('X-6 trust refuses to cancel twice, by either side', () => {
    const world = new World(2, [[1, 2]]);
    const { endsAtMs } = world.cancel(1, 2).events[0] as unknown as { endsAtMs: bigint };
    const message = `the trust between 1 and 2 is cancelled and ends at ${endsAtMs} ms`;
    expect(world.cancel(1, 2)).toMatchObject({ refused: 'trust_cancelled', message });
    expect(world.cancel(2, 1).refused).toBe('trust_cancelled');
  });
});

describe('updating', () => {
  const update = { signer: ownerOf(1), collective: collectiveId(1n) };

  test('X-6 trust refuses to update a collective that does not exist', () => {
    const command = { type: 'UpdateCollective', ...update, name: 'x' } as const;
    expect(new World().scenario.when(command).refused).toBe('unknown_collective');
  });

  test("X-6 trust refuses an update with another key than the owner's", () => {
    const command = { type: 'UpdateCollective', ...update, signer: ownerOf(2), name: 'x' } as const;
    expect(new World(1).scenario.when(command).refused).toBe('not_the_owner');
  });

  test('X-6 trust refuses an update that changes nothing', () => {
    const { scenario } = new World(1);
    const nothing = { type: 'UpdateCollective', ...update } as const;
    expect(scenario.when(nothing).refused).toBe('nothing_to_update');
    const same = { ...nothing, name: 'collective 1', kind: Kind.STEADY, owner: ownerOf(1) };
    expect(scenario.when(same)).toMatchObject({
      refused: 'nothing_to_update',
      message: 'collective 1 already is as the message says',
    });
  });
});

test.each([
  ['noticeMs', 'trust: is not JSON: noticeMs'],
  ['[]', 'trust: is not an object'],
  ['{"notice":"1"}', 'trust: has an unknown field notice'],
  ['{"noticeMs":1}', 'trust.noticeMs: is not a uint64 as decimal text: 1'],
  ['{"noticeMs":"-1"}', 'trust.noticeMs: is not a uint64 as decimal text: -1'],
  [
    '{"noticeMs":"315360000001"}',
    'trust.noticeMs: is 315360000001, above ten years (315360000000)',
  ],
])('X-6 trust refuses the parameters %s', (json, message) => {
  const result = new World().scenario.when({ type: 'SetParameters', json });
  expect(result).toMatchObject({ refused: 'malformed_parameters', message });
});

test('guards stand in the order of the README: statement, signer, state', () => {
  const world = new World(2, [[1, 2]]);
  expect(world.sign(7, 7, 9).refused).toBe('self_trust');
  expect(world.sign(7, 8, 9).refused).toBe('unknown_collective');
  expect(world.sign(1, 8, 9).refused).toBe('unknown_collective');
  expect(world.sign(1, 2, 9).refused).toBe('not_the_owner');
  expect(world.sign(1, 2, 1).refused).toBe('already_trusted');
});

test('numbers of refusals are for ever', () => {
  const numbers = Object.entries(refuse).map(([name, make]) => {
    const data = { problem: '', kind: 0, consumption: 0, length: 0, from: 1n, to: 2n } as never;
    return [name, make(data).code];
  });
  expect(Object.fromEntries(numbers)).toEqual({
    invalid_name: 2,
    invalid_kind: 3,
    invalid_consumption: 4,
    invalid_description_hash: 5,
    nothing_to_update: 6,
    self_trust: 7,
    unknown_collective: 8,
    not_the_owner: 9,
    already_trusted: 10,
    trust_cancelled: 11,
    already_signed: 12,
    not_signed: 13,
    not_trusted: 14,
    malformed_parameters: 15,
  });
});
