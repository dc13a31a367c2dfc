/** A bakery from order to output by the command line; explain, prices, registered hours. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localMnemonic } from '../../client/keys.ts';
import { startTestChain, type TestChain } from '../../dev/test-chain.ts';
import { forPeople } from '../for-people.ts';
import { CliHome, type CliRun } from './cli.ts';

let chain: TestChain & AsyncDisposable;
let home: CliHome;
let worker: string;

beforeAll(async () => {
  chain = await startTestChain();
  home = await CliHome.create();
  for (const [index, name] of ['bakery', 'mill', 'mira'].entries()) {
    const args = ['keys', 'recover', name, '--index', String(index), '--keyring', 'test'];
    expect(await home.run(args, { input: `${localMnemonic}\n` })).toMatchObject({ code: 0 });
  }
  worker = (await artel('keys', 'show', 'mira', '-a')).out.trim();
});
afterAll(async () => {
  await chain.close();
  await home.remove();
});

function artel(...args: readonly string[]): Promise<CliRun> {
  return home.run([...args, '--keyring', 'test', '--node', chain.rpcUrl]);
}

async function told(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await artel(...args);
  expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
  return out;
}

async function json(...args: readonly string[]): Promise<Record<string, never>> {
  return JSON.parse(await told(...args, '-o', 'json')) as Record<string, never>;
}

const act = (...args: readonly string[]): Promise<unknown> =>
  json('tx', 'production', ...args, '--from', 'bakery', '-y');

/** Bread of 2 hours from 1,000 ms of flour each third. */
beforeAll(async () => {
  const founding = ['--kind', 'steady', '--consumption', 'c2i', '--from', 'bakery', '-y'];
  await json('tx', 'trust', 'found', 'Bakery', ...founding);
  await act('define-type', '1', 'Bread', 'loaf');
  await act('define-type', '1', 'Oven', 'piece', '--durability-unit', 'uses');
  await act(
    'collectivize',
    '1',
    '2',
    '1',
    '3000',
    '--label',
    'exclusive',
    '--source',
    'appropriation',
  );
  await act('order', '1', '1', '1', '3', '2100-01-01T00:00:00Z', '--label', 'exclusive');
  await act('estimate', '1', '1s');
  await act('start', '1');
  const { production } = await json('query', 'production', 'production', '1');
  const started = BigInt((production as unknown as { started_at_ms: string }).started_at_ms);
  await chain.engine.advanceTime(5_000n);
  const at = (ms: bigint): string => new Date(Number(started + ms)).toISOString();
  await act('register-workload', '1', worker, at(0n), at(1_000n));
  await act('allocate-means', '1', '1');
  await act('deallocate-means', '1', '2');
  const lines = [{ type: '1', quantity: '3', valueMs: '1s' }];
  await act('output', '1', '--lines', JSON.stringify(lines));
  await act('write-off', '2', '1', 'burnt', '2');
}, 60_000);

test('labour time is shown as h:mm:ss, and as milliseconds to programs', async () => {
  expect(await told('query', 'production', 'lot', '2')).toMatch(/value {2,}0:00:00\.667\n/);
  const { lot } = await json('query', 'production', 'lot', '2');
  expect(lot).toMatchObject({ value_ms: '667', quantity: '2' });
  expect(forPeople({ value_ms: '27000500', started_at_ms: '0', grace_ms: '5400000' })).toEqual({
    ...{ value: '7:30:00.500', started_at: '', grace: '1h30m' },
  });
});

test('points of time are dates, choices are words, also in events and refusals', async () => {
  expect(await told('query', 'coupons', 'segment')).toMatch(/after {2,}20\d\d-.*\nend {2,}20\d\d-/);
  expect(await told('query', 'production', 'lots', '--owner', '1')).toContain('exclusive');
  const estimate = ['tx', 'production', 'estimate', '2', '7h30m', '--from', 'bakery', '-y'];
  await act('order', '1', '1', '1', '3', '2100-01-01T00:00:00Z', '--label', 'exclusive');
  expect(await told(...estimate)).toContain('event   Estimated estimate=2 order=2 value=7:30:00');
  const late = ['order', '1', '1', '1', '3', '2020-01-01T00:00:00Z', '--label', 'exclusive'];
  const { err } = await artel('tx', 'production', ...late, '--from', 'bakery', '-y');
  expect(err).toMatch(/delivery at 2020-01-01T00:00:00.000Z is not after the block at 20\d\d-/);
});

test('JSON with a field that there is not, or without a list, is refused, not passed over', async () => {
  const send = (...args: readonly string[]) =>
    artel('tx', 'production', ...args, '--from', 'bakery', '-y');
  const lines = [{ type: '1', quantity: '3', value: '1s' }];
  expect(await send('output', '1', '--lines', JSON.stringify(lines))).toMatchObject({
    code: 2,
    err: expect.stringContaining('MsgOutput.lines[0] has no field "value"; it has type, quantity'),
  });
  const order = ['order', '1', '1', '1', '3', '2100-01-01T00:00:00Z', '--label', 'exclusive'];
  expect(await send(...order, '--refs', '1')).toMatchObject({
    code: 2,
    err: expect.stringContaining('MsgOrder.refs is 1, expected a list'),
  });
});

test('parameters are proposed with durations as people write them', async () => {
  await act('propose-parameters', '1', '{"vote_limit_ms": "500h"}');
  const { ballots } = await json('query', 'production', 'ballots');
  expect(ballots).toMatchObject([{ json: '{"voteLimitMs":"1800000000"}' }]);
});

test('what can not be typed points to the help of its command', async () => {
  const { code, err } = await artel('query', 'production', 'lots', '--collective', '1');
  expect(code).toBe(2);
  expect(err).toContain(
    "unknown option '--collective'\n  hint: See `artel query production lots --help`",
  );
});

describe('2-N5 explain', () => {
  test('prints each step as a table, with the fraction and who keeps the remainder', async () => {
    const table = await told('query', 'production', 'explain', '3');
    expect(table.split('\n').map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      'STEP exact (ms) BOOKED booked (ms) REMAINDER',
      'lot 3: 1 of 3 at 1000 ms, split off lot 2 1000/3 0:00:00.333 333 lot 2',
      'lot 2: 3 out of production 1 1000 0:00:01 1000',
      'lot 1: 1 collectivized, at value 0 0 0:00:00 0',
      'production 1: lot 1 used from 0 to 2 0 0:00:00 0 lot 1',
      'production 1: work 0:00:01 1000',
      'production 1: its output, lot 2 at 1000 0:00:01 1000',
      '',
    ]);
  });

  test('draws the graph for Graphviz, and as SVG', async () => {
    const dot = await told('query', 'production', 'explain', '3', '--dot');
    expect(dot).toContain('lot2 -> lot3 [label="split 333 ms (1000/3)"];');
    expect(dot).toContain('lot1 -> production1 [label="means 0 ms"];');
    const svg = await told('query', 'production', 'explain', '3', '--svg');
    expect(svg).toMatch(/<svg [\s\S]*production 1[\s\S]*<\/svg>/);
  });

  test('proves each record that it was computed from', async () => {
    const proved = await json('query', 'production', 'explain', '3', '--prove');
    expect(proved).toMatchObject({ proof: { verified: true } });
    expect((proved as unknown as { proof: { records: number } }).proof.records).toBeGreaterThan(8);
    expect(await told('query', 'production', 'explain', '3', '--prove')).toContain(
      'computed again from them, the value is the same.',
    );
  });

  test('refuses two formats, and a lot that is not there', async () => {
    const two = await artel('query', 'production', 'explain', '3', '--dot', '--svg');
    expect(two).toMatchObject({ code: 2 });
    expect(two.err).toContain('--dot and --svg are two formats');
    const none = await artel('query', 'production', 'explain', '99');
    expect(none.code).toBe(1);
    expect(none.err).toContain('there is no lot 99');
  });
});

test('2-P12 the price list names goods, units and the price of one', async () => {
  await act('shelve', '2', '2');
  const table = await told('query', 'production', 'prices', '1');
  expect(table).toContain('PRODUCT_TYPE  NAME   UNIT  UNITS  VALUE        PRICE');
  expect(table).toContain('1  Bread  loaf      2  0:00:00.667  0:00:00.333');
  await act('unshelve', '1', '1', '2');
});

describe('2-P16 registered hours', () => {
  const asked = async (...args: readonly string[]): Promise<CliRun> => {
    const { workload } = await json('query', 'production', 'workload', '1');
    const { segment } = workload as unknown as { segment: string };
    return artel('query', 'production', 'registered-hours', '1', segment, ...args);
  };

  test('are CSV with named columns, and names that the key of the collective opens', async () => {
    await asked('--from', 'bakery', '--name', `${worker}=Mira`);
    const { code, out } = await asked('--from', 'bakery', '--csv');
    expect(code).toBe(0);
    const [header, row] = out.split('\r\n');
    expect(header).toBe('workload,production,name,wallet,from,to,amount_ms,stage');
    expect(row).toMatch(
      new RegExp(`^1,1,Mira,${worker},\\d{4}-\\d\\d-\\d\\dT[^,]+Z,[^,]+Z,1000,registered$`),
    );
    expect((await asked('--from', 'bakery')).out).toContain('Mira');
  });

  test('the list is sealed: another key opens nothing of it, nor may it ask', async () => {
    const path = join(home.path, 'registered-hours', '1.json');
    const sealed = await readFile(path, 'utf8');
    expect(sealed).not.toContain('Mira');
    expect(sealed).not.toContain(worker);
    const stranger = await asked('--from', 'mill');
    expect(stranger.code).toBe(1);
    expect(stranger.err).toMatch(/collective 1 is signed for by \S+, not by \S+/);
    const founding = ['--kind', 'steady', '--consumption', 'c2c', '--from', 'mill', '-y'];
    await json('tx', 'trust', 'found', 'Mill', ...founding);
    await writeFile(join(home.path, 'registered-hours', '2.json'), sealed);
    const moved = await artel(
      ...['query', 'production', 'registered-hours', '2', '1', '--from', 'mill'],
    );
    expect(moved.code).toBe(1);
    expect(moved.err).toContain('this key does not open');
  });
});

test('2-P16 statistics of a type are told by segment', async () => {
  const table = await told('query', 'production', 'statistics', '1');
  expect(table).toMatch(/produced +3\n/);
  expect(table).toMatch(/produced_time +0:00:01\n/);
  const csv = await told('query', 'production', 'statistics', '1', '--csv');
  expect(csv.split('\r\n')).toEqual([
    'segment,collectivized,produced,produced_ms,handed_over,handed_over_ms,written_off,written_off_ms',
    expect.stringMatching(/^\d+,0,3,1000,0,0,1,333$/),
    '',
  ]);
  const { segments } = await json('query', 'production', 'statistics', '1');
  expect(segments).toMatchObject([
    { sums: { produced: '3', produced_ms: '1000', written_off: '1', written_off_ms: '333' } },
  ]);
});

test('2-P16 owners of a collective are told since its founding, as CSV with named columns', async () => {
  const founding = ['--kind', 'steady', '--consumption', 'c2c', '--from', 'mill', '-y'];
  const before = await json('query', 'trust', 'collectives');
  const id = `${(before as unknown as { collectives: readonly unknown[] }).collectives.length + 1}`;
  await json('tx', 'trust', 'found', 'Wood', ...founding);
  await json('tx', 'trust', 'update', id, '--name', 'Woodshop', '--from', 'mill', '-y');
  await json('tx', 'trust', 'update', id, '--owner', 'mira', '--from', 'mill', '-y');
  const [mill, csv] = [
    (await artel('keys', 'show', 'mill', '-a')).out.trim(),
    await told('query', 'trust', 'owners', id, '--csv'),
  ];
  const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';
  expect(csv).toMatch(
    new RegExp(
      `^since,height,owner,transaction\r\n${time},,${mill},\r\n${time},\\d+,${worker},[0-9A-F]{64}\r\n$`,
    ),
  );
  expect(await told('query', 'trust', 'owners', id)).toContain(worker);
});
