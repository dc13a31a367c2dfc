/** `artel liquid` as processes of their own: TLS by files, metrics, ends, and what goes wrong. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hex } from '../../../liquid/core/bytes.ts';
import { digestBytes, parseProducerDigest } from '../../../liquid/core/qr.ts';
import { Folder } from '../../../liquid/peer/folder.ts';
import {
  cuttingWire,
  idOf,
  mark,
  rootOf as rootOfFolder,
} from '../../../liquid/peer/test/party.ts';
import { joinRoom } from '../../../liquid/relay/carrier.ts';

const main = join(import.meta.dirname, '../main.ts');
const pems = join(import.meta.dirname, '../../../liquid/relay/test');
const cert = join(pems, 'localhost.cert.pem');
const today = Math.floor(Date.now() / 86_400_000);

let folder: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-liquid-process-'));
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all([...running].map((child) => once(child, 'close')));
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

class Program {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #out = '';
  #err = '';
  readonly ended: Promise<Ended>;

  /** `shell`: what a shell does first, in the same process. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, shell?: string) {
    const command = [process.execPath, '--no-warnings', main, 'liquid', ...args];
    const all =
      shell === undefined ? command : ['sh', '-c', `${shell}; exec "$@"`, 'sh', ...command];
    this.#child = spawn(all[0] ?? '', all.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ARTEL_HOME: at('home'), NODE_EXTRA_CA_CERTS: cert, ...env },
    });
    running.add(this.#child);
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('a program without its streams');
    stdout.on('data', (part) => {
      this.#out += part;
    });
    stderr.on('data', (part) => {
      this.#err += part;
    });
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.ended = once(this.#child, 'close').then(([code]) => {
      running.delete(this.#child);
      return { code: code as number | null, out: this.#out, err: this.#err };
    });
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`it ended early: ${(await this.ended).err}`);
    return value;
  }

  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

const run = (...args: readonly string[]): Promise<Ended> => new Program(args).ended;

/** A folder with the marks of these numbers. PERF: made here; a program takes a while to start. */
async function filled(name: string, from: number, to: number): Promise<string> {
  await using folder = await Folder.open(at(name));
  await mark(folder, from, to);
  return at(name);
}

async function rootOf(db: string): Promise<string> {
  await using folder = await Folder.open(db);
  return rootOfFolder(folder);
}

const serving = (db: string, relay: string, ...more: readonly string[]): Program =>
  new Program(['serve', '--db', db, '--relay', relay, '--print-qr-text', '--json', ...more]);

test('TLS by files, metrics by HTTP, and an end by SIGTERM', async () => {
  const relay = new Program([
    ...['relay', '--open-relay', '--listen', 'localhost:0', '--json', '--log-level', 'silent'],
    ...['--tls-cert', cert, '--tls-key', join(pems, 'localhost.key.pem')],
    ...['--metrics', '127.0.0.1:0'],
  ]);
  const { relay: url, metrics } = JSON.parse(await relay.line()) as Record<string, string>;
  expect(url).toMatch(/^wss:\/\/localhost:\d+$/);
  const [a, b] = await Promise.all([filled('tls-a', 0, 40), filled('tls-b', 20, 60)]);
  const server = serving(a, url ?? '');
  const qr = await server.line();
  // A QR says TLS by port 443 alone, so the other port is named.
  const synced = await run('sync', '--db', b, '--qr', qr, '--relay', url ?? '', '--json');
  expect([synced.err, synced.code]).toEqual(['', 0]);
  const told = JSON.parse(synced.out) as { root: string };
  expect(told).toMatchObject({ gained: 20, given: 20, code: 'ok' });
  expect(JSON.parse(await server.line())).toMatchObject({ root: told.root, code: 'ok' });
  expect((await server.ended).code).toBe(0);
  const text = await (await fetch(metrics ?? '')).text();
  expect(text).toMatch(/^artel_relay_rooms_joined_total 1$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
  expect((await fetch(new URL('/other', metrics ?? ''))).status).toBe(404);
  const { code, err } = await relay.stop();
  expect([code, err]).toEqual([0, '']);
  const port = Number(new URL(url ?? '').port);
  const refused = once(connect(port, 'localhost'), 'connect').then(() => 'connected');
  await expect(refused).rejects.toThrow('ECONNREFUSED');
});

describe('with a plain relay', () => {
  let relay: Program;
  let url: string;
  beforeAll(async () => {
    const listen = ['--listen', '127.0.0.1:0', '--log-level', 'silent'];
    relay = new Program(['relay', '--open-relay', ...listen, '--json']);
    url = (JSON.parse(await relay.line()) as { relay: string }).relay;
  });
  afterAll(() => relay.stop());

  test('a session passes any TCP proxy, and a QR that was used or has expired does not', async () => {
    const [a, b] = await Promise.all([filled('p-a', 0, 40), filled('p-b', 20, 60)]);
    const wire = await cuttingWire(Number(new URL(url).port), []);
    try {
      const server = serving(a, url);
      const qr = await server.line();
      const through = ['--relay', `ws://127.0.0.1:${wire.port}`];
      const synced = await run('sync', '--db', b, '--qr', qr, ...through, '--json');
      expect([synced.err, synced.code]).toEqual(['', 0]);
      expect((await server.ended).code).toBe(0);
      const again = await run('sync', '--db', b, '--qr', qr);
      expect([again.code, again.err]).toEqual([1, expect.stringContaining('was used before')]);
      const other = await run('sync', '--db', at('p-c'), '--qr', qr);
      expect([other.code, other.err]).toEqual([1, expect.stringContaining('no such room')]);
      const late = { ARTEL_TEST_NOW: String(Math.floor(Date.now() / 1000) + 3_600) };
      const expired = await new Program(['sync', '--db', b, '--qr', qr], late).ended;
      expect(expired).toMatchObject({ code: 2, err: expect.stringContaining('expired at') });
    } finally {
      wire.close();
    }
  });

  test('a stranger who joins first burns the room; nothing is kept, and a new QR helps', async () => {
    const [a, b] = await Promise.all([filled('s-a', 0, 40), filled('s-b', 20, 60)]);
    const before = await rootOf(a);
    const burned = serving(a, url);
    const bytes = digestBytes(await burned.line());
    if (!bytes.ok) throw new Error(bytes.message);
    const digest = parseProducerDigest(bytes.value, 0);
    if (!digest.ok) throw new Error(digest.message);
    const traffic = { sent: 0, received: 0 };
    const stranger = await joinRoom(url, digest.value.token, { traffic });
    await stranger.send(new Uint8Array(384).fill(7));
    const { code, out, err } = await burned.ended;
    await stranger.close();
    expect([code, err]).toEqual([1, expect.stringMatching(/new QR/)]);
    expect(JSON.parse(out.trim().split('\n')[1] ?? '')).toMatchObject({ code: 'unauthentic' });
    expect(await rootOf(a)).toBe(before);
    const server = serving(a, url);
    const synced = await run('sync', '--db', b, '--qr', await server.line(), '--json');
    expect(JSON.parse(synced.out)).toMatchObject({ code: 'ok', gained: 20 });
    expect((await server.ended).code).toBe(0);
  });
});

test('a full disk and a locked folder are told, and the registry is as it was', async () => {
  const db = await filled('full', 0, 500);
  const before = await rootOf(db);
  const more = Array.from(
    { length: 30_000 },
    (_, i) => `${hex(idOf(9_000 + i))},${today},manual\n`,
  );
  await writeFile(at('more.csv'), more.join(''));
  // No file of this process may grow beyond some hundred kilobytes: writing fails in the midst.
  const args = ['import', '--db', db, '--csv', at('more.csv')];
  const full = await new Program(args, {}, 'ulimit -f 400').ended;
  expect(full).toMatchObject({ code: 3, err: expect.stringContaining('the disk is full') });
  expect(await rootOf(db)).toBe(before);
  const verified = await run('verify', '--db', db, '--json');
  expect(JSON.parse(verified.out)).toMatchObject({ ids: 500 });

  const holder = new Program(['serve', '--db', db, '--listen', '127.0.0.1:0', '--print-qr-text']);
  await holder.line();
  const locked = await run('mark', hex(idOf(1)), '--db', db);
  expect(locked).toMatchObject({
    code: 3,
    err: expect.stringContaining('another process has it open'),
  });
  expect((await holder.stop()).code).toBe(130);
  expect(await rootOf(db)).toBe(before);
});
