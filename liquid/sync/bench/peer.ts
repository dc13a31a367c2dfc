/**
 * One side of a measured sync: a process of its own with its registry on disk, told by messages
 * what to do. It answers each with a value, and with the CPU time that the process took for it.
 */
import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { equal, fromHex, hex } from '../../core/bytes.ts';
import type { SourceId } from '../../core/claims.ts';
import { type Day, dayOf } from '../../core/days.ts';
import { type Id, idOfBytes } from '../../core/id.ts';
import { generateKeyPair } from '../../core/keys.ts';
import { platformSha256 } from '../../peer/folder.ts';
import { defaultPolicy } from '../../registry/policy.ts';
import { Registry } from '../../registry/registry.ts';
import { LevelStore } from '../../store/level.ts';
import { drive } from '../drive.ts';
import { offerSession } from '../offer.ts';
import { PairMemory } from '../pairs.ts';
import { openSession } from '../session.ts';
import type { Outcome, Session } from '../types.ts';
import { answerOther, askOther, type Other } from './others.ts';
import { openSocket, overSocket } from './socket.ts';

export const today = dayOf(20_600);
const now = (): number => today * 86_400 + 43_200;
const sha256 = (message: Uint8Array): Uint8Array => hash('sha256', message, 'buffer');
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const terms = { give: true, take: true, maxBytes: 2 ** 32 - 1 };
const pairs = {
  producer: generateKeyPair('ed25519', new Uint8Array(32).fill(1)),
  consumer: generateKeyPair('ed25519', new Uint8Array(32).fill(2)),
};

export type Command =
  /** An empty registry, or that of a folder that a peer before has left. */
  | { readonly do: 'open'; readonly maxAge: number; readonly folder?: string }
  /** Marks of the numbers from `from` on, over so many days; `dated`: days later than else. */
  | { readonly do: 'insert'; readonly from: number; readonly to: number; readonly dated?: number }
  | { readonly do: 'offer'; readonly warm: boolean }
  | {
      readonly do: 'sync';
      readonly digest: string;
      readonly port: number;
      readonly warm: boolean;
      /** Numbers of marks to insert when the connection has been lost for the first time. */
      readonly meanwhile?: readonly [from: number, to: number];
    }
  | { readonly do: 'outcome' }
  | { readonly do: 'ask'; readonly other: Other; readonly port: number }
  | { readonly do: 'takeBack' }
  | { readonly do: 'root' }
  /** The folder is removed, or left for another. */
  | { readonly do: 'close'; readonly leave?: boolean };

/** The same id for the same number, in every process. */
export function idOf(n: number): Id {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, n);
  return idOfBytes(sha256(bytes).slice(0, 20));
}

class Peer {
  readonly #folder: string;
  readonly #store: LevelStore;
  readonly #registry: Registry;
  readonly #server: WebSocketServer;
  readonly #memory = new PairMemory();
  #session: Session | undefined;
  #outcome: Promise<Outcome | undefined> = Promise.resolve(undefined);
  #source: SourceId | undefined;

  private constructor(folder: string, store: LevelStore, registry: Registry) {
    this.#folder = folder;
    this.#store = store;
    this.#registry = registry;
    this.#server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 2 ** 26 });
    this.#server.on('connection', (socket) => void this.#serve(socket));
  }

  static async open(maxAge: number, left?: string): Promise<Peer> {
    const folder = left ?? (await mkdtemp(join(tmpdir(), 'liquid-bench-')));
    const store = await LevelStore.open(folder);
    const registry = await Registry.open(store, {
      policy: { ...defaultPolicy, maxAge, maxFresh: 2 ** 31 },
      random: () => randomBytes(4).readUInt32BE(),
      sha256: platformSha256,
    });
    return new Peer(folder, store, registry);
  }

  async do(command: Command): Promise<unknown> {
    switch (command.do) {
      case 'insert':
        return this.#insert(command);
      case 'offer':
        return this.#offer(command.warm);
      case 'sync':
        return this.#sync(command);
      case 'outcome':
        return this.#outcome;
      case 'ask':
        return this.#ask(command);
      case 'takeBack':
        return this.#source === undefined ? 0 : this.#registry.takeBack(this.#source);
      case 'root':
        return hex(this.#registry.windowRoot(this.#window));
      default:
        return this.#close(command.do === 'close' && command.leave === true);
    }
  }

  get #window() {
    const { maxAge } = this.#registry.policy;
    return { first: dayOf(today - maxAge), count: maxAge + 1 };
  }

  /** As a new source, which `takeBack` then takes back. */
  async #insert({ from, to, dated = 0 }: { from: number; to: number; dated?: number }) {
    const days = Math.min(30, this.#registry.policy.maxAge);
    this.#source = await this.#registry.newSource();
    const batch = 20_000;
    for (let at = from; at < to; at += batch) {
      const offers = Array.from({ length: Math.min(batch, to - at) }, (_, i) => ({
        provenance: 'handshake' as const,
        id: idOf(at + i),
        day: Math.min(today, today - ((at + i) % days) + dated) as Day,
      }));
      await this.#registry.accept(this.#source, offers, today);
    }
    this.#registry.windowRoot(this.#window);
  }

  async #offer(warm: boolean): Promise<{ digest: string; port: number }> {
    const offer = offerSession(pairs.producer, { relay: 'bench', expiry: now() + 3600, random });
    if (!offer.ok) throw new Error(offer.message);
    const { digest, oneTimeSecret } = offer.value;
    const session = openSession({
      role: 'producer',
      digest,
      oneTimeSecret,
      own: pairs.producer,
      consumer: pairs.consumer.publicKey,
      registry: this.#registry,
      now,
      random,
      terms,
      ...(warm ? { pairs: this.#memory } : {}),
    });
    if (!session.ok) throw new Error(session.message);
    this.#session = session.value;
    return { digest: hex(digest), port: (this.#server.address() as AddressInfo).port };
  }

  /** The first frame of a connection is the token of the room, or the name of another protocol. */
  async #serve(socket: WebSocket): Promise<void> {
    const duplex = overSocket(socket);
    const frames = duplex.frames[Symbol.asyncIterator]();
    const { value: first, done } = await frames.next();
    if (done === true) return;
    if (first.length !== 17) {
      await answerOther(first, duplex, this.#registry, this.#window);
      return;
    }
    const session = this.#session as Session;
    const room = first.subarray(1);
    if (!session.rooms.some((each) => equal(each, room))) {
      await duplex.close();
      return;
    }
    const carried = { ...duplex, frames: { [Symbol.asyncIterator]: () => frames } };
    this.#outcome = drive(session, room, carried);
    // The consumer ends the connection: what it has not read yet is not to be lost.
    await this.#outcome;
  }

  /** Reconnects until there is an outcome. */
  async #sync({ digest, port, warm, meanwhile }: Command & { readonly do: 'sync' }) {
    const began = performance.now();
    const session = openSession({
      role: 'consumer',
      digest: fromHex(digest) ?? new Uint8Array(),
      own: pairs.consumer,
      registry: this.#registry,
      now,
      random,
      terms,
      ...(warm ? { pairs: this.#memory } : {}),
    });
    if (!session.ok) throw new Error(session.message);
    let connections = 0;
    let ms = 0;
    for (; session.value.outcome === undefined; connections += 1) {
      const room = session.value.rooms[connections % session.value.rooms.length] as Uint8Array;
      const duplex = await openSocket(port);
      await duplex.send(Uint8Array.of(0x12, ...room));
      await drive(session.value, room, duplex);
      ms = performance.now() - began;
      await duplex.close();
      if (connections > 0 || meanwhile === undefined) continue;
      await this.#insert({ from: meanwhile[0], to: meanwhile[1] });
    }
    return { ...session.value.outcome, connections, ms };
  }

  async #ask({ other, port }: { other: Other; port: number }) {
    const duplex = await openSocket(port);
    const took = await askOther(other, duplex, this.#registry, this.#window);
    await duplex.close();
    return took;
  }

  async #close(leave: boolean): Promise<string> {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
    await this.#store.close();
    if (!leave) await rm(this.#folder, { recursive: true });
    return this.#folder;
  }
}

if (import.meta.main) {
  // A bench that ended early leaves nobody behind.
  process.on('disconnect', () => process.exit());
  let peer: Peer | undefined;
  let last: Promise<unknown> = Promise.resolve();
  process.on('message', (command: Command) => {
    last = last.then(async () => {
      const before = process.cpuUsage();
      let value: unknown;
      if (command.do === 'open') peer = await Peer.open(command.maxAge, command.folder);
      else value = await peer?.do(command);
      const { user, system } = process.cpuUsage(before);
      const rssMiB = process.memoryUsage().rss / 2 ** 20;
      const total = process.cpuUsage();
      const totalCpuMs = (total.user + total.system) / 1000;
      process.send?.({ value, cpuMs: (user + system) / 1000, totalCpuMs, rssMiB });
      if (command.do === 'close') process.disconnect();
    });
  });
}
