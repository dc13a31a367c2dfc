/** `artel liquid` as people type it: two folders, a relay, files and pictures. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Relay } from '../../../liquid/relay/relay.ts';
import { CliHome, type CliRun } from './cli.ts';

const today = Math.floor(Date.now() / 86_400_000);
const idOf = (n: number): string => createHash('sha1').update(`${n}`).digest('hex');
const csvOf = (from: number, to: number, last = today): string =>
  Array.from(
    { length: to - from },
    (_, i) => `${idOf(from + i)},${last - ((from + i) % 20)},handshake\n`,
  ).join('');

let home: CliHome;
let relay: Relay;
let folder: string;
let url: string;

beforeAll(async () => {
  home = await CliHome.create();
  folder = await mkdtemp(join(tmpdir(), 'artel-liquid-cli-'));
  relay = await Relay.start({
    host: '127.0.0.1',
    port: 0,
    isOpen: true,
    logger: pino({ level: 'silent' }),
  });
  url = `ws://127.0.0.1:${relay.port}`;
});

afterAll(async () => {
  await relay.stop();
  await home.remove();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const liquid = (...args: readonly string[]): Promise<CliRun> => home.run(['liquid', ...args]);

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await liquid(...args, '--json');
  if (code !== 0) throw new Error(`ended with ${code}: ${err}`);
  return JSON.parse(out) as T;
}

async function filled(name: string, csv: string): Promise<string> {
  await writeFile(at(`${name}.csv`), csv);
  await json('import', '--db', at(name), '--csv', at(`${name}.csv`));
  return at(name);
}

const rootsOf = (db: string): Promise<{ windowRoot: string; days: Record<string, string> }> =>
  json('roots', '--db', db);

/** Serves until somebody has come; the text of its QR is there once it has stdout's first line. */
async function meet(
  producer: string,
  consumer: string,
  { serving = [], syncing = [] }: { serving?: readonly string[]; syncing?: readonly string[] } = {},
): Promise<{ readonly served: CliRun; readonly synced: CliRun }> {
  const png = at(`qr-${Math.random()}.png`);
  const served = liquid(
    'serve',
    '--db',
    producer,
    '--relay',
    url,
    '--png',
    png,
    ...serving,
    '--json',
  );
  const isThere = async (): Promise<boolean> => (await readFile(png).catch(() => '')).length > 0;
  const ended = served.then(() => true);
  while (!(await isThere())) {
    if (await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20, false))]))
      break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const synced = await liquid('sync', '--db', consumer, '--qr-image', png, ...syncing, '--json');
  return { served: await served, synced };
}

test('two people who scan each other’s QR have one root, and the answer says what it took', async () => {
  const [a, b] = [await filled('a', csvOf(0, 600)), await filled('b', csvOf(20, 620))];
  const shown = await json<{ id: string; qr: string }>('show', '--db', b, '--png', at('b.png'));
  const { served, synced } = await meet(a, b, {
    serving: ['--consumer-qr-image', at('b.png')],
    syncing: ['--mark'],
  });
  expect([served.err, served.code, synced.code]).toEqual([expect.anything(), 0, 0]);
  const told = JSON.parse(synced.out);
  expect(told).toMatchObject({ rounds: 2, code: 'ok', refused: 0 });
  expect(told.given).toBeGreaterThanOrEqual(20);
  expect(Object.keys(told).slice(0, 8)).toEqual([
    'sent',
    'received',
    'rounds',
    'gained',
    'given',
    'root',
    'peerRoot',
    'code',
  ]);
  const [ours, theirs] = [await rootsOf(a), await rootsOf(b)];
  expect(ours).toEqual(theirs);
  expect(told.root).toBe(ours.windowRoot);
  expect(Object.keys(ours.days)).toHaveLength(31);
  const again = await liquid('serve', '--db', a, '--relay', url, '--consumer-qr', shown.qr);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('was used before') });
});

test('whom to let in must be said, and where to meet', async () => {
  const db = at('alone');
  expect(await liquid('serve', '--db', db, '--relay', url)).toMatchObject({
    code: 2,
    err: expect.stringContaining('whom to let in is not said'),
  });
  expect(await liquid('serve', '--db', db, '--open')).toMatchObject({
    code: 2,
    err: expect.stringContaining('where to meet is not said'),
  });
});

test('a consumer whose QR the producer did not scan is told apart', async () => {
  const [a, b] = [await filled('c', csvOf(0, 10)), await filled('d', csvOf(5, 20))];
  const { qr } = await json<{ qr: string }>('show', '--db', at('somebody'));
  const { served, synced } = await meet(a, b, { serving: ['--consumer-qr', qr] });
  expect(served).toMatchObject({ code: 1, err: expect.stringContaining('not the one whose QR') });
  expect(synced.code).toBe(1);
  expect(JSON.parse(synced.out)).toMatchObject({ gained: 0, code: 'stopped' });
});

test('without a relay the producer takes the connection itself', async () => {
  const [a, b] = [await filled('e', csvOf(0, 30)), await filled('f', csvOf(10, 40))];
  const png = at('direct.png');
  const serving = liquid('serve', '--db', a, '--listen', '127.0.0.1:0', '--open', '--png', png);
  while ((await readFile(png).catch(() => '')).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await json('sync', '--db', b, '--qr-image', png)).toMatchObject({
    code: 'ok',
    gained: 10,
  });
  expect((await serving).code).toBe(0);
  expect(await rootsOf(a)).toEqual(await rootsOf(b));
});

test.each<[string, readonly string[], number, RegExp]>([
  ['a QR that is none', ['--qr', 'HELLO'], 2, /must be/],
  ['no QR', [], 2, /no QR is given/],
  ['a picture that is none', ['--qr-image', 'package.json'], 2, /image must be/],
  ['a picture that is not there', ['--qr-image', 'none.png'], 2, /no such file/],
])('%s is told in one sentence', async (_what, args, code, sentence) => {
  const run = await liquid('sync', '--db', at('g'), ...args);
  expect(run).toMatchObject({ code, out: '', err: expect.stringMatching(sentence) });
  expect(run.err.split('\n').length).toBeLessThanOrEqual(3);
});

test('a relay that is not there is tried three times, and told', async () => {
  const served = await liquid('serve', '--db', at('h'), '--relay', '127.0.0.1:1', '--open');
  expect(served).toMatchObject({ code: 1, err: expect.stringContaining('ECONNREFUSED') });
});

test('0-N5 what a file or printed pages carry makes the registry that a live sync makes', async () => {
  const [a, b, live, filed, paper] = await Promise.all([
    filled('n-a', csvOf(0, 90)),
    filled('n-b', csvOf(60, 120)),
    filled('n-live', csvOf(60, 120)),
    filled('n-file', csvOf(60, 120)),
    filled('n-paper', csvOf(60, 120)),
  ]);
  await meet(a, live, { serving: ['--open', '--no-take'], syncing: ['--no-give'] });
  await json('export', '--db', a, '--file', at('a.liquid'));
  expect(await json('verify', at('a.liquid'))).toMatchObject({ ids: 90 });
  expect(await json('import', '--db', filed, '--file', at('a.liquid'))).toMatchObject({
    added: 60,
    refused: [],
  });
  await json('export', '--db', a, '--pages', at('a.html'));
  const { qrPng } = await import('../../../liquid/qr/draw.ts');
  const { pagesOf } = await import('../../../liquid/peer/exchange-file.ts');
  const texts = pagesOf(new Uint8Array(await readFile(at('a.liquid'))));
  expect((await readFile(at('a.html'), 'utf8')).match(/<svg/g)).toHaveLength(texts.length);
  const pages = texts.map((_, i) => at(`page${i}.png`));
  await Promise.all(texts.map((text, i) => writeFile(pages[i] ?? '', qrPng(text, 4))));
  const missing = await liquid('import', '--db', paper, '--pages', ...pages.slice(1));
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('without 1') });
  await json('import', '--db', paper, '--pages', ...pages.toReversed());
  const expected = await rootsOf(live);
  expect(await rootsOf(b)).not.toEqual(expected);
  expect(await rootsOf(filed)).toEqual(expected);
  expect(await rootsOf(paper)).toEqual(expected);
});

test('an export that was changed anywhere is refused, and nothing of it is kept', async () => {
  const a = await filled('x', csvOf(0, 50));
  await json('export', '--db', a, '--file', at('x.liquid'));
  const bytes = await readFile(at('x.liquid'));
  for (const place of [3, 20, 24, 60, bytes.length - 70, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8((changed[place] ?? 0) ^ 1, place);
    await writeFile(at('y.liquid'), changed);
    expect(await liquid('import', '--db', at('y'), '--file', at('y.liquid'))).toMatchObject({
      code: 2,
    });
  }
  expect(await json('stats', '--db', at('y'))).toEqual({ total: 0, days: [] });
});

test('CSV goes out as it came in, and a line that is wrong is named', async () => {
  const a = await filled('csv', `id,day,provenance\n${idOf(1)},2026-01-01,manual\n${csvOf(5, 9)}`);
  await json('export', '--db', a, '--csv', at('out.csv'));
  const lines = (await readFile(at('out.csv'), 'utf8')).trim().split('\n');
  expect(lines.slice(1).toSorted()).toEqual(csvOf(5, 9).trim().split('\n').toSorted());
  await writeFile(at('bad.csv'), `${idOf(1)},${today},manual\nnonsense,1\n`);
  expect(await liquid('import', '--db', a, '--csv', at('bad.csv'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('line 2 must be'),
  });
});

test('a bad source is set aside, released, and taken back', async () => {
  const a = await filled('s', csvOf(0, 100, today - 3));
  const before = await rootsOf(a);
  await writeFile(at('bad-source.csv'), csvOf(50, 200));
  const brought = await json<{ source: number; added: number; raised: number }>(
    ...['import', '--db', a, '--csv', at('bad-source.csv'), '--as-source'],
  );
  expect(brought.added).toBe(100);
  const source = String(brought.source);
  const changed = await rootsOf(a);
  expect(changed).not.toEqual(before);
  await json('sources', 'quarantine', source, '--db', a);
  expect(await rootsOf(a)).toEqual(before);
  await json('sources', 'release', source, '--db', a);
  expect(await rootsOf(a)).toEqual(changed);
  await json('sources', 'take-back', source, '--db', a);
  expect(await rootsOf(a)).toEqual(before);
  expect(await json('verify', '--db', a)).toMatchObject({ ids: 100 });
});

test('0-N1 a mark becomes a receipt in a session, goes on to whoever asks, by wire and by file', async () => {
  const [ann, bob, eve, dan] = await Promise.all(
    ['r-ann', 'r-bob', 'r-eve', 'r-dan'].map((name) => filled(name, csvOf(0, 30))),
  );
  const [key] = await json<{ id: string }[]>('keys', 'new', '--db', ann ?? '');
  const id = key?.id ?? '';
  const made = await meet(ann ?? '', bob ?? '', {
    serving: ['--open', '--give-receipts'],
    syncing: ['--mark', '--make-receipt'],
  });
  expect(JSON.parse(made.synced.out)).toMatchObject({ code: 'ok', receipts: { made: true } });
  expect(JSON.parse(made.served.out)).toMatchObject({ receipts: { signed: true } });
  const [receipt] = await json<{ id: string }[]>('receipts', 'list', '--db', bob ?? '');
  expect(receipt).toMatchObject({ id, day: today, source: 'own' });

  await json('filter', '--db', eve ?? '', '--receipted-only', 'yes');
  const asked = await meet(bob ?? '', eve ?? '', {
    serving: ['--open', '--give-receipts'],
    syncing: ['--ask-receipts'],
  });
  expect(JSON.parse(asked.synced.out)).toMatchObject({ gained: 1, receipts: { taken: 1 } });
  expect(await json('find', id, '--db', eve ?? '')).toMatchObject([{ known: true, proven: true }]);

  await json('receipts', 'export', '--db', eve ?? '', '--file', at('all.receipts'));
  expect(await json('receipts', 'verify', at('all.receipts'))).toMatchObject([{ id, day: today }]);
  expect(await json('receipts', 'import', at('all.receipts'), '--db', dan ?? '')).toMatchObject({
    receipts: 1,
    added: 1,
    refused: [],
  });
  const forged = await readFile(at('all.receipts'));
  forged.writeUInt8((forged[100] ?? 0) ^ 1, 100);
  await writeFile(at('forged.receipts'), forged);
  for (const [name, sentence] of [
    ['forged.receipts', /valid signature/],
    ['r-ann.csv', /does not hold receipts/],
  ] as const) {
    expect(await liquid('receipts', 'import', at(name), '--db', dan ?? '')).toMatchObject({
      code: 2,
      err: expect.stringMatching(sentence),
    });
  }
});

test('0-N1 a receipt is made without a network: a draft, and the signature of the one marked', async () => {
  const [marked, marker] = [at('off-marked'), at('off-marker')];
  const { qr, id } = await json<{ qr: string; id: string }>('show', '--db', marked);
  await json('receipts', 'draft', '--qr', qr, '--file', at('a.draft'), '--db', marker);
  const stranger = await liquid(
    ...['receipts', 'sign', at('a.draft'), '--file', at('x'), '--db', marker],
  );
  expect(stranger).toMatchObject({ code: 2, err: expect.stringContaining('no key begins with') });
  await json('receipts', 'sign', at('a.draft'), '--file', at('a.receipt'), '--db', marked);
  await json('receipts', 'import', at('a.receipt'), '--own', '--db', marker);
  expect(await json('find', id, '--db', marker)).toMatchObject([{ known: true, proven: true }]);
  expect(await json('verify', '--db', marker)).toMatchObject({ receipts: 1 });
});

test('marks, look-ups, what is withheld, and the filter', async () => {
  const db = at('m');
  await json('mark', idOf(1), idOf(2), '--db', db);
  expect(await json('find', idOf(1), '--db', db)).toMatchObject([{ known: true, day: today }]);
  expect(await liquid('find', idOf(3), '--db', db)).toMatchObject({ code: 1 });
  const both = await rootsOf(db);
  await json('withhold', idOf(2), '--db', db);
  expect(await rootsOf(db)).not.toEqual(both);
  expect(await json('stats', '--db', db)).toMatchObject({ total: 2 });
  await json('tell', idOf(2), '--db', db);
  expect(await rootsOf(db)).toEqual(both);
  await json('filter', '--db', db, '--max-age', '60', '--receipted-only', 'no');
  expect(await json('filter', '--db', db)).toMatchObject({ maxAge: 60, maxFresh: 20_000 });
  const future = await liquid('mark', idOf(4), '--db', db, '--day', String(today + 2));
  expect(future).toMatchObject({ code: 1, err: expect.stringContaining('lies in the future') });
});

test('keys move between folders, and are destroyed when asked twice', async () => {
  const [key] = await json<{ id: string }[]>(
    ...['keys', 'new', '--algo', 'secp256k1', '--db', at('k1')],
  );
  const id = key?.id ?? '';
  const { out } = await liquid('keys', 'export', id, '--db', at('k1'));
  await writeFile(at('moved.key'), out);
  await json('keys', 'import', at('moved.key'), '--db', at('k2'));
  expect(await json('keys', 'list', '--db', at('k2'))).toMatchObject([{ id, algo: 'secp256k1' }]);
  expect((await liquid('keys', 'delete', id, '--db', at('k1'))).code).toBe(2);
  await json('keys', 'delete', id, '-y', '--db', at('k1'));
  expect(await json('keys', 'list', '--db', at('k1'))).toEqual([]);
});

test('a folder that another process has open says so', async () => {
  const { Folder } = await import('../../../liquid/peer/folder.ts');
  await using held = await Folder.open(at('held'));
  expect(held.today).toBe(today);
  expect(await liquid('stats', '--db', at('held'))).toMatchObject({
    code: 3,
    err: expect.stringContaining('another process has it open'),
  });
});

test('0-P9 three processes: after the third act each in the circle knows both others', async () => {
  const told = await json<{
    known: Record<string, string>;
    sync: { root_of_a: string; root_of_b: string; gained: number; given: number };
  }>('demo', '--ids', '300', '--different', '20');
  expect(told.known).toEqual({ A: 'BC', B: 'AC', C: 'AB' });
  expect(told.sync).toMatchObject({ gained: 20, given: 20, root_of_a: told.sync.root_of_b });
});
