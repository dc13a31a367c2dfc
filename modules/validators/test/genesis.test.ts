import { toBase64 } from '../../_kernel/json.ts';
import { defaultGenesis, exportState, importState } from '../genesis.ts';
import { evidenceAgeProblem, parametersProblem } from '../parameters.ts';
import { largestTotalBond } from '../types.ts';
import { hub, keyOf, ownerOf, parameters, World } from './world.ts';

const validator = (n: number, more: object = {}) => ({
  owner: ownerOf(n),
  pubKey: toBase64(keyOf(n)),
  bondUhub: String(n * Number(hub)),
  ...more,
});

const genesis = (more: object = {}) => ({
  parameters,
  validators: [validator(1), validator(2)],
  ...more,
});

test('genesis tells consensus its first set, in the order of keys', () => {
  const events = importState(genesis());
  const updates = [1, 2].map((n) => ({ pubKey: keyOf(n), power: BigInt(n) }));
  const sorted = updates.toSorted((a, b) => Buffer.compare(a.pubKey, b.pubKey));
  expect(events.at(-1)).toEqual({ type: 'ValidatorSetChanged', updates: sorted });
});

test('genesis tells consensus only the strongest, as a block would', () => {
  const world = new World([2n, 2n, 1n, 2n], { maxValidators: '2' });
  expect(world.consensus.size).toBe(2);
  expect(world.end().events).toEqual([]);
});

test('a chain with every kind of thing survives export and import', () => {
  const world = new World([6n, 5n, 4n, 3n], { maxUnbondings: '5' });
  world.unbond(1, hub);
  world.propose(1, '{"noticeMs":"1"}');
  world.proposeUpgrade(2, 90n);
  for (const n of [1, 2, 3, 4]) world.vote(n, 2n);
  world.vote(2, 1n, false);
  for (let missed = 0; missed < 4; missed += 1) world.block([4, 3].slice(0, missed < 2 ? 2 : 1));
  const exported = exportState(world.view);
  expect(exported).toMatchObject({
    unbondings: [{ id: '1' }],
    changes: [{ outcome: 'open', votes: [{ yes: false }] }, { outcome: 'passed' }],
    plannedUpgrade: { change: '2', height: '90', appVersion: '2' },
    nextUnbonding: '2',
    nextChange: '3',
  });
  expect(exported.validators.map(({ stage }) => stage)).toContain('jailed');
  expect(exported.validators.some(({ missedHeights }) => missedHeights?.length === 2)).toBe(true);
  const again = new World([1n]);
  for (const key of again.scenario.state.dump().split('\n')) {
    again.scenario.state.delete(Buffer.from(key.split('=')[0] ?? '', 'hex'));
  }
  again.scenario.given(...importState(JSON.parse(JSON.stringify(exported))));
  expect(again.scenario.state.dump()).toBe(world.scenario.state.dump());
});

test.each([
  ['nobody with power', { validators: [] }, 'app_state.validators.validators: nobody has power'],
  [
    'only jailed validators',
    { validators: [validator(1, { stage: 'jailed', jailedUntilMs: '1' })] },
    'nobody has power',
  ],
  ['an owner twice', { validators: [validator(1), validator(1)] }, 'validators[1]'],
  [
    'a key twice',
    { validators: [validator(1), validator(2, { pubKey: toBase64(keyOf(1)) })] },
    'stands here twice',
  ],
  ['a short key', { validators: [validator(1, { pubKey: 'AAAA' })] }, 'has 3 bytes, not 32'],
  ['an unknown stage', { validators: [validator(1, { stage: 'asleep' })] }, 'is asleep, none of'],
  [
    'too much bonded',
    { validators: [validator(1), validator(2, { bondUhub: String(largestTotalBond) })] },
    'validators[1]: brings the bonds to',
  ],
  [
    'an unbonding time below the evidence age',
    { parameters: { ...parameters, unbondingMs: '499' } },
    'unbondingMs 499 is below the evidence age 500',
  ],
  [
    'a window not above the misses allowed',
    { parameters: { ...parameters, maxMissedBlocks: '10' } },
    'maxMissedBlocks 10 is not below missWindowBlocks 10',
  ],
  ['a misspelt field', { validatrs: [] }, 'unknown field validatrs'],
])('a genesis with %s is refused by its path', (_title, more, message) => {
  expect(() => importState(genesis(more))).toThrow(message);
});

test('an unbonding time below the age of evidence of consensus is refused', () => {
  expect(evidenceAgeProblem(genesis(), 500n)).toBeUndefined();
  expect(evidenceAgeProblem(genesis(), 501n)).toContain(
    'evidenceAgeMs 500 is below that of consensus, 501',
  );
});

test('the default needs validators', () => {
  expect(() => importState(defaultGenesis)).toThrow('nobody has power');
});

test('a change of parameters is checked one by one, whatever the others are', () => {
  expect(parametersProblem({ jailMs: '0' })).toBeUndefined();
  expect(parametersProblem({ maxValidators: '201' })).toContain('is 201, above 200');
  expect(parametersProblem({ evidenceAgeMs: '1' })).toContain('set by genesis for good');
  expect(parametersProblem({ jailMs: 5 })).toContain('validators.jailMs');
  expect(parametersProblem(['jailMs'])).toContain('is not an object');
});
