/**
 * `artel liquid demo`: three people with a process each, and a relay. They serve each other in a
 * circle; then two of them, with a million marks each, sync what differs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { present } from '../../../modules/_kernel/assert.ts';
import { type Progress, progressOn } from '../../demo/progress.ts';
import { type CliContext, CliError } from '../context.ts';
import { formatTable } from '../output.ts';
import { parseCount } from '../values.ts';
import { answer, told } from './liquid-folder.ts';

const people = ['A', 'B', 'C'] as const;
type Person = (typeof people)[number];

/** Who serves whom: the circle of the source's figure. */
const circle: readonly (readonly [producer: Person, consumer: Person])[] = [
  ['A', 'B'],
  ['B', 'C'],
  ['C', 'A'],
];
const days = 28;

export function demoCommand(context: CliContext): Command {
  const command = new Command('demo')
    .description(
      'three processes and a relay: a circle of services, then a sync of two large registries',
    )
    .option('--ids <n>', 'marks that each of the two has', '1000000')
    .option('--different <n>', 'of them, marks that the other lacks', '1000')
    .option('--json', 'answer with one JSON document on one line, as -o json')
    .addHelpText('after', '\nExample:\n  artel liquid demo --ids 50000');
  return command.action((options: { ids: string; different: string }) =>
    told(async () => {
      const ids = parseCount('--ids', options.ids, 1);
      const different = parseCount('--different', options.different);
      if (different > ids) throw new CliError('more marks would differ than there are');
      await using stage = await Stage.open(context);
      const known = await playCircle(stage);
      const sync = await playLarge(stage, ids, different);
      answer(context, command, { known, sync }, undefined);
    }),
  );
}

interface SyncAnswer {
  readonly sent: number;
  readonly received: number;
  readonly rounds: number;
  readonly gained: number;
  readonly given: number;
  readonly seconds: number;
  readonly root: string;
  readonly code: string;
}

const noMore = { serving: [], syncing: [] };

/** Folders, relay and processes of one run; all of it goes in the end. */
class Stage {
  readonly progress: Progress;
  readonly #context: CliContext;
  readonly #path: string;
  readonly #running = new Set<ChildProcess>();
  #relay = '';

  private constructor(context: CliContext, path: string) {
    this.#context = context;
    this.#path = path;
    this.progress = progressOn(context.stderr, () => performance.now());
  }

  static async open(context: CliContext): Promise<Stage> {
    const stage = new Stage(context, await mkdtemp(join(tmpdir(), 'artel-liquid-')));
    const relay = stage.#start(['relay', '--open-relay', '--listen', '127.0.0.1:0', '--json']);
    const { relay: url } = JSON.parse(await firstLine(relay)) as { relay: string };
    stage.#relay = url;
    return stage;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  folder(person: string): string {
    return join(this.#path, person);
  }

  /** Runs one command to its end; its answer as JSON. */
  async run<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await wholeOutput(this.#start(args))) as T;
  }

  /** The producer shows a QR, the consumer scans it; what either of them was told in the end. */
  async meet(
    producer: string,
    consumer: string,
    { serving = [], syncing = [] }: Record<'serving' | 'syncing', readonly string[]> = noMore,
  ): Promise<{ producer: SyncAnswer; consumer: SyncAnswer }> {
    const to = ['--relay', this.#relay, '--print-qr-text', '--json'];
    const server = this.#start(['serve', '--db', this.folder(producer), ...to, ...serving]);
    const closed = once(server, 'close');
    const lines = createInterface({ input: outputOf(server) })[Symbol.asyncIterator]();
    const qr = await nextLine(lines, server);
    const scan = ['sync', '--db', this.folder(consumer), '--qr', qr, '--json', ...syncing];
    const [told, answered] = await Promise.all([
      this.run<SyncAnswer>(scan),
      nextLine(lines, server),
    ]);
    await closed;
    return { consumer: told, producer: JSON.parse(answered) as SyncAnswer };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) child.kill('SIGTERM');
    await Promise.all([...this.#running].map((child) => once(child, 'close')));
    await rm(this.#path, { recursive: true, force: true });
  }

  #start(args: readonly string[]): ChildProcess {
    this.signal.throwIfAborted();
    const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', main, 'liquid', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.signal,
    });
    let said = '';
    child.stderr?.on('data', (part: Buffer) => {
      said += part.toString();
    });
    child.on('error', () => child.kill());
    this.#running.add(child);
    child.on('close', (code) => {
      this.#running.delete(child);
      if (code !== 0 && !this.signal.aborted && args[0] !== 'relay')
        this.#context.stderr.write(said);
    });
    return child;
  }
}

/**
 * Each act: the consumer shows who they are, is served, and scans the producer; both mark each
 * other and take over what the other has collected.
 */
async function playCircle(stage: Stage): Promise<Record<Person, string>> {
  const ids = {} as Record<Person, string>;
  for (const person of people) {
    const db = ['--db', stage.folder(person), '--json'];
    const made = await stage.run<{ id: string }[]>(['keys', 'new', ...db]);
    ids[person] = present(made[0], 'a key').id;
  }
  stage.progress.begin('acts of the circle', circle.length);
  let known = {} as Record<Person, string>;
  const acts: string[][] = [];
  for (const [producer, consumer] of circle) {
    const show = ['show', '--db', stage.folder(consumer), '--key', ids[consumer], '--json'];
    const { qr } = await stage.run<{ qr: string }>(show);
    await stage.meet(producer, consumer, {
      serving: ['--consumer-qr', qr, '--mark'],
      syncing: ['--mark'],
    });
    known = await knownTo(stage, ids);
    acts.push([`${producer} serves ${consumer}`, ...people.map((person) => known[person])]);
    stage.progress.step();
  }
  stage.progress.end();
  stage.progress.say(formatTable(['act', 'A knows', 'B knows', 'C knows'], acts));
  return known;
}

/** Whom of the others each one knows. */
async function knownTo(
  stage: Stage,
  ids: Readonly<Record<Person, string>>,
): Promise<Record<Person, string>> {
  const { Folder } = await import('../../../liquid/peer/folder.ts');
  const { idOfBytes } = await import('../../../liquid/core/id.ts');
  const known = {} as Record<Person, string>;
  for (const person of people) {
    await using folder = await Folder.open(stage.folder(person));
    const others = people.filter((other) => other !== person);
    const found = await Promise.all(
      others.map(async (other) => {
        const id = idOfBytes(new Uint8Array(Buffer.from(ids[other], 'hex')));
        return (await folder.registry.find(id, folder.today)) === undefined ? '' : other;
      }),
    );
    known[person] = found.join('');
  }
  return known;
}

async function playLarge(stage: Stage, ids: number, different: number) {
  const common = new Uint8Array(randomBytes(20 * (ids - different)));
  for (const person of ['large-A', 'large-B']) {
    await fill(stage, person, [common, new Uint8Array(randomBytes(20 * different))]);
  }
  stage.progress.say('syncing...');
  const { producer, consumer } = await stage.meet('large-A', 'large-B');
  if (producer.root !== consumer.root) throw new CliError('the roots differ after the sync');
  return {
    ids,
    different,
    bytes: consumer.sent + consumer.received,
    round_trips: consumer.rounds,
    seconds: consumer.seconds,
    gained: consumer.gained,
    given: consumer.given,
    root_of_a: producer.root,
    root_of_b: consumer.root,
  };
}

async function fill(stage: Stage, person: string, parts: readonly Uint8Array[]): Promise<void> {
  const { Folder } = await import('../../../liquid/peer/folder.ts');
  const { bringIn } = await import('../../../liquid/peer/bring-in.ts');
  const { self } = await import('../../../liquid/core/claims.ts');
  const { dayOf } = await import('../../../liquid/core/days.ts');
  const { idOfBytes } = await import('../../../liquid/core/id.ts');
  await using folder = await Folder.open(stage.folder(person));
  const { today } = folder;
  function* offers() {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += 20) {
        const day = dayOf(today - (present(part[at + 19], 'a byte') % days));
        const id = idOfBytes(part.slice(at, at + 20));
        yield { provenance: 'handshake' as const, id, day };
      }
    }
  }
  const total = parts.reduce((sum, part) => sum + part.length / 20, 0);
  stage.progress.begin(`marks of ${person}`, total);
  await bringIn(folder, self, offers(), (count) => {
    stage.signal.throwIfAborted();
    stage.progress.step(count);
  });
  stage.progress.end();
}

function outputOf({ stdout }: ChildProcess): NodeJS.ReadableStream {
  return present(stdout ?? undefined, 'standard output');
}

async function firstLine(child: ChildProcess): Promise<string> {
  return nextLine(createInterface({ input: outputOf(child) })[Symbol.asyncIterator](), child);
}

async function nextLine(lines: AsyncIterator<string>, child: ChildProcess): Promise<string> {
  const { done, value } = await lines.next();
  if (done !== true) return value;
  throw new CliError(`a process of the demo ended early: ${child.spawnargs.slice(3).join(' ')}`);
}

async function wholeOutput(child: ChildProcess): Promise<string> {
  let out = '';
  child.stdout?.on('data', (part: Buffer) => {
    out += part.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return out;
  throw new CliError(`a process of the demo failed: ${child.spawnargs.slice(3).join(' ')}`);
}
