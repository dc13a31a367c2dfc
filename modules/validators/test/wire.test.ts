import { consensusAddressFromBytes } from '../../_kernel/address.ts';
import { toBase64 } from '../../_kernel/json.ts';
import { messages } from '../codec.ts';
import { validators } from '../module.ts';
import { consensusAddress } from '../power.ts';
import { duplicateVote, hub, keyOf, ownerOf, registration, World } from './world.ts';

function wireOf(name: string) {
  const wire = messages.find(({ typeUrl }) => typeUrl === `/artel.validators.v1.Msg${name}`);
  if (wire === undefined) throw new Error(`no message ${name}`);
  return wire;
}

/** As a transaction does: the message passes through bytes. */
function parse(name: string, message: object) {
  const { codec, parse: read } = wireOf(name);
  return read(codec.decode(codec.encode(message).finish()));
}

const owner = ownerOf(1);
const { type: _, ...registered } = registration(1, hub);
const parameters = { module: 'bank', json: '{}' };
const upgrade = { height: 9n, appVersion: 2n };
const proposal = { proposer: owner, summary: 'why', parameters: undefined, upgrade: undefined };

describe('messages', () => {
  test.each([
    ['RegisterValidator', registered],
    ['Bond', { owner, amountUhub: 5n }],
    ['Unbond', { owner, amountUhub: 5n }],
    ['Unjail', { owner }],
    ['ProposeChange', { ...proposal, parameters }],
    ['ProposeChange', { ...proposal, upgrade }],
    ['VoteChange', { voter: owner, change: 3n, yes: true }],
  ])('Msg%s becomes a command, signed by the one it acts for', (name, fields) => {
    expect(parse(name, fields)).toEqual({ ok: true, command: { type: name, ...fields } });
    expect(wireOf(name).signers(fields)).toEqual([owner]);
    expect(wireOf(name).responseUrl).toBe(`/artel.validators.v1.Msg${name}Response`);
  });

  test.each([
    ['RegisterValidator', { ...registered, owner: 'artel1' }, 'sdk', 7, 'owner address'],
    ['RegisterValidator', { ...registered, pubKey: new Uint8Array(33) }, 'sdk', 8, '33 bytes, 32'],
    ['RegisterValidator', { ...registered, proof: new Uint8Array(63) }, 'sdk', 8, '63 bytes, 64'],
    ['RegisterValidator', { ...registered, bondUhub: 0n }, 'sdk', 10, 'bond_uhub 0uhub'],
    ['Bond', { owner: '', amountUhub: 5n }, 'sdk', 7, 'is empty'],
    ['Bond', { owner, amountUhub: 0n }, 'sdk', 10, 'amount_uhub 0uhub is not positive'],
    ['Unbond', { owner: 'x', amountUhub: 5n }, 'sdk', 7, 'owner address "x"'],
    ['Unbond', { owner, amountUhub: 0n }, 'sdk', 10, 'amount_uhub 0uhub is not positive'],
    ['Unjail', { owner: 'x' }, 'sdk', 7, 'owner address "x"'],
    ['ProposeChange', { ...proposal, proposer: 'x' }, 'sdk', 7, 'proposer address "x"'],
    ['ProposeChange', proposal, 'validators', 16, 'exactly one of parameters and upgrade'],
    ['ProposeChange', { ...proposal, parameters, upgrade }, 'validators', 16, 'exactly one of'],
    [
      'ProposeChange',
      { ...proposal, upgrade: { ...upgrade, appVersion: 0n } },
      'validators',
      16,
      'application version 0',
    ],
    [
      'ProposeChange',
      { ...proposal, parameters, summary: 'ä'.repeat(141) },
      'validators',
      16,
      'the summary has 282 bytes, more than 280',
    ],
    [
      'ProposeChange',
      { ...proposal, parameters: { module: 'bank', json: ' '.repeat(10_001) } },
      'validators',
      16,
      'the JSON has 10001 characters, more than 10000',
    ],
    ['VoteChange', { voter: 'x', change: 3n, yes: true }, 'sdk', 7, 'voter address "x"'],
  ])('X-6 Msg%s that is malformed is refused: %j', (name, fields, codespace, code, message) => {
    expect(parse(name, fields)).toMatchObject({
      ok: false,
      codespace,
      code,
      message: expect.stringContaining(message),
    });
  });

  test('amino JSON has integers as text and leaves out what is empty', () => {
    const amino = (name: string, fields: object) => wireOf(name).toAmino(fields);
    expect(wireOf('Bond').aminoType).toBe('artel/validators/MsgBond');
    expect(amino('Bond', { owner, amountUhub: 5n })).toEqual({ owner, amount_uhub: '5' });
    expect(amino('RegisterValidator', registered)).toEqual({
      owner,
      pub_key: toBase64(keyOf(1)),
      proof: toBase64(registered.proof),
      bond_uhub: '1000000',
    });
    expect(amino('ProposeChange', { ...proposal, upgrade })).toEqual({
      proposer: owner,
      summary: 'why',
      upgrade: { height: '9', app_version: '2' },
    });
    expect(amino('ProposeChange', { ...proposal, parameters })).toMatchObject({ parameters });
    const vote = { voter: owner, change: 3n, yes: false };
    expect(amino('VoteChange', vote)).toEqual({ voter: owner, change: '3' });
    expect(amino('VoteChange', { ...vote, yes: true })).toMatchObject({ yes: true });
  });

  test('the response to MsgUnbond says when the bond is paid out', () => {
    const world = new World([4n, 4n]);
    const { events } = world.unbond(1, hub);
    const bytes = wireOf('Unbond').respond?.(events) ?? new Uint8Array();
    const due = world.nowMs + 1000n;
    expect(bytes).toEqual(Uint8Array.from([8, 1, 16, ...varint(due)]));
  });

  test('the response to MsgProposeChange says the number of the change', () => {
    const { events } = new World([4n]).proposeUpgrade(1, 99n);
    expect(wireOf('ProposeChange').respond?.(events)).toEqual(Uint8Array.of(8, 1));
  });
});

function varint(value: bigint): readonly number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

describe('queries', () => {
  // biome-ignore lint/suspicious/noExplicitAny: each query has an answer of its own.
  function ask(world: World, path: string, request: object): any {
    const query = validators.queries.find((candidate) => candidate.path.endsWith(`/${path}`));
    if (query === undefined) throw new Error(`no query ${path}`);
    const asked = query.request.decode(query.request.encode(request).finish());
    const ports = { balanceUhub: () => 0n as never, problemWithParameters: () => undefined };
    const answer = query.answer(world.view, asked, world.scenario.context, ports);
    if (!answer.ok) return answer;
    return query.response.decode(query.response.encode(answer.response).finish());
  }

  test('Validators lists all, page by page, with their stages', () => {
    const world = new World([4n, 5n, 6n]);
    world.block([], [duplicateVote(3)]);
    const first = ask(world, 'Validators', { pagination: { key: new Uint8Array(), limit: 2n } });
    expect(first.validators).toMatchObject([
      { owner: ownerOf(1), power: 4n, stage: 'active', bondUhub: 4n * hub },
      { owner: ownerOf(2), power: 5n },
    ]);
    const key = first.pagination.nextKey;
    const rest = ask(world, 'Validators', { pagination: { key, limit: 2n } });
    expect(rest.validators).toMatchObject([{ stage: 'removed', power: 0n, bondUhub: 0n }]);
    expect(rest.pagination.nextKey).toHaveLength(0);
  });

  test('Validator is found by its owner and by its consensus address', () => {
    const world = new World([4n]);
    const consensus = consensusAddress(keyOf(1));
    const info = { owner, consensusAddress: consensus, pubKey: keyOf(1), power: 4n };
    expect(ask(world, 'Validator', { address: owner }).validator).toMatchObject(info);
    expect(ask(world, 'Validator', { address: consensus }).validator).toMatchObject(info);
    const nobody = consensusAddressFromBytes(new Uint8Array(20));
    for (const address of [ownerOf(9), nobody]) {
      expect(ask(world, 'Validator', { address })).toMatchObject({ name: 'not_found' });
    }
    expect(ask(world, 'Validator', { address: 'x' })).toMatchObject({ name: 'invalid_address' });
  });

  test('Unbondings are those of one owner', () => {
    const world = new World([4n, 4n]);
    world.unbond(1, hub);
    world.unbond(2, hub);
    world.unbond(1, 2n * hub);
    const { unbondings } = ask(world, 'Unbondings', { owner });
    expect(unbondings).toMatchObject([
      { id: 1n, amountUhub: hub, begunHeight: 10n },
      { id: 3n, amountUhub: 2n * hub, dueMs: world.nowMs + 1000n },
    ]);
    expect(ask(world, 'Unbondings', { owner: 'x' })).toMatchObject({ name: 'invalid_address' });
  });

  test('SigningInfo counts the misses that are still in the window', () => {
    const world = new World([4n, 9n]);
    for (const absent of [[1], [], [1]]) world.block(absent);
    expect(ask(world, 'SigningInfo', { address: owner })).toEqual({
      missed: 2n,
      maxMissedBlocks: 3n,
      missWindowBlocks: 10n,
      latestMissedHeight: 12n,
    });
    for (let block = 0; block < 8; block += 1) world.block();
    expect(ask(world, 'SigningInfo', { address: owner })).toMatchObject({ missed: 1n });
    expect(ask(world, 'SigningInfo', { address: ownerOf(9) })).toMatchObject({ name: 'not_found' });
  });

  test('Changes and Change show the count as it stands, and the votes while open', () => {
    const world = new World([4n, 4n, 4n]);
    world.propose(1, '{}');
    world.vote(2, 1n);
    expect(ask(world, 'Change', { change: 1n })).toMatchObject({
      change: { id: 1n, yesPower: 4n, totalPower: 12n, change: { outcome: 'open' } },
      votes: [{ voter: ownerOf(2), yes: true }],
    });
    world.block([], [], 1000n);
    expect(ask(world, 'Changes', {}).changes).toMatchObject([
      { id: 1n, yesPower: 4n, change: { outcome: 'failed', parameters: { module: 'trust' } } },
    ]);
    expect(ask(world, 'Change', { change: 2n })).toMatchObject({ name: 'not_found' });
  });

  test('PlannedUpgrade and Params', () => {
    const world = new World([4n]);
    expect(ask(world, 'PlannedUpgrade', {})).toEqual({ upgrade: undefined });
    world.proposeUpgrade(1, 99n);
    world.vote(1, 1n);
    expect(ask(world, 'PlannedUpgrade', {})).toEqual({
      upgrade: { change: 1n, height: 99n, appVersion: 2n },
    });
    expect(ask(world, 'Params', {}).parameters).toMatchObject({ maxUnbondings: 2n });
  });
});
