/** Row 2-P16 for wallets: the statement as table, CSV with named columns, and JSON. */
import { pino } from 'pino';
import { type ArtelChain, startArtelChain } from '../../dev/artel-chain.ts';
import { CliHome } from './cli.ts';
import { withCollectives } from './labour-genesis.ts';

/** The second test account. */
const wallet = 'artel15yk64u7zc9g9k2yr2wmzeva5qgwxps6ynxkunl';
const atMs = 1_767_225_600_000n;

const entries = [
  { atMs, kind: 'ENTRY_KIND_CLAIM', number: '5', collective: '1', amountMs: '27000000' },
  { atMs: atMs + 500n, kind: 'ENTRY_KIND_CLAIM', number: '6', collective: '1', amountMs: '500' },
  {
    atMs: atMs + 86_400_000n,
    kind: 'ENTRY_KIND_APPROPRIATION',
    number: '1',
    collective: '2',
    amountMs: '5400000',
  },
].map(({ atMs: time, ...entry }) => {
  const at = { atMs: `${time}` };
  return entry.kind === 'ENTRY_KIND_CLAIM'
    ? { ...at, ...entry, segment: '672' }
    : { ...at, ...entry };
});

let home: CliHome;
let chain: ArtelChain;
beforeAll(async () => {
  home = await CliHome.create();
  chain = await startArtelChain({
    log: pino({ level: 'silent' }),
    clock: { nowMs: () => BigInt(Date.now()) },
    version: 'test',
    genesis: (doc) =>
      withCollectives(doc, {
        BalanceCarried: [{ wallet, origin: '1', amountMs: '21600500' }],
        EntryCarried: entries.map((entry) => ({ wallet, entry })),
        DebtCarried: [
          {
            component: '1',
            debtMs: '21600500',
            nextSegment: '490000',
            cause: 'DEBT_CAUSE_CARRIED',
          },
        ],
      }),
  });
  await chain.engine.mine(1);
});
afterAll(async () => {
  await chain.close();
  await home.remove();
});

async function told(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await home.run(['query', 'coupons', ...args, '--node', chain.rpcUrl]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

test('2-P16 the statement of a wallet is CSV with named columns and a running balance', async () => {
  expect(await told('statement', wallet, '--csv')).toBe(
    [
      'time,kind,number,collective,segment,amount_ms,balance_ms',
      '2026-01-01T00:00:00.000Z,claim,5,1,672,27000000,27000000',
      '2026-01-01T00:00:00.500Z,claim,6,1,672,500,27000500',
      '2026-01-02T00:00:00.000Z,appropriation,1,2,,-5400000,21600500',
      '',
    ].join('\r\n'),
  );
});

test('2-P16 the statement as a table shows labour time in hours', async () => {
  expect(await told('statement', wallet)).toBe(
    [
      'TIME                      KIND           NUMBER  COLLECTIVE  AMOUNT       BALANCE',
      '2026-01-01T00:00:00.000Z  claim               5           1  7:30:00      7:30:00',
      '2026-01-01T00:00:00.500Z  claim               6           1  0:00:00.500  7:30:00.500',
      '2026-01-02T00:00:00.000Z  appropriation       1           2  -1:30:00     6:00:00.500',
      '',
    ].join('\n'),
  );
});

test('2-P16 the statement as JSON has the columns of the CSV; an unknown wallet has none', async () => {
  const json = JSON.parse(await told('statement', wallet, '-o', 'json'));
  expect(json.wallet).toBe(wallet);
  expect(json.entries[2]).toEqual({
    time: '2026-01-02T00:00:00.000Z',
    kind: 'appropriation',
    number: '1',
    collective: '2',
    segment: '',
    amount_ms: '-5400000',
    balance_ms: '21600500',
  });
  const stranger = chain.accounts[5]?.address ?? '';
  expect(await told('statement', stranger)).toBe('nothing was claimed or spent\n');
  const both = await home.run(['query', 'coupons', 'statement', wallet, '--csv', '-o', 'json']);
  expect(both.code).toBe(2);
});

test('2-P16 balances are told by the collective they come from, and what a store takes of them', async () => {
  const balances = JSON.parse(await told('balances', wallet, '0', '-o', 'json'));
  expect(balances).toEqual({
    balances: [{ origin: '1', amount_ms: '21600500' }],
    total_ms: '21600500',
  });
  expect(JSON.parse(await told('balances', wallet, '2', '-o', 'json')).total_ms).toBe('0');
});
