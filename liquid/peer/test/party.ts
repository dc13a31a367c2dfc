/** Folders, a relay and a cutting wire for tests of whole meetings. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { hex } from '../../core/bytes.ts';
import { self } from '../../core/claims.ts';
import { commonWindow, type Day, dayOf, dayOfUnixSeconds } from '../../core/days.ts';
import { type Id, idOfBytes } from '../../core/id.ts';
import { generateKeyPair, type KeyPair } from '../../core/keys.ts';
import { digestBytes } from '../../core/qr.ts';
import { Relay, type RelayOptions } from '../../relay/relay.ts';
import { Folder, type FolderOptions, unixNow } from '../folder.ts';
import { type Met, type ServeOptions, serve, sync } from '../meet.ts';

export const silent = pino({ level: 'silent' });
export const bothWays = { give: true, take: true, maxBytes: 1 << 28 };
export const today: Day = dayOfUnixSeconds(unixNow());

/** The same id for the same number. */
export function idOf(n: number): Id {
  return idOfBytes(new Uint8Array(createHash('sha256').update(`id ${n}`).digest()).slice(0, 20));
}

/** Marks of the owner, of the numbers from `from` up to `to`, spread over 28 days before `last`. */
export async function mark(folder: Folder, from: number, to: number, last = today): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const offers = numbers.map((n) => {
    return { provenance: 'manual' as const, id: idOf(n), day: dayOf(last - (n % 28)) };
  });
  await folder.registry.accept(self, offers, folder.today);
}

/** What a test has opened, closed in one go. */
export class Place {
  readonly #path: string;
  readonly #open: Folder[] = [];
  readonly relay: Relay;

  private constructor(path: string, relay: Relay) {
    this.#path = path;
    this.relay = relay;
  }

  static async create(options: Partial<RelayOptions> = {}): Promise<Place> {
    const path = await mkdtemp(join(tmpdir(), 'liquid-place-'));
    const relay = await Relay.start({
      host: '127.0.0.1',
      port: 0,
      isOpen: true,
      logger: silent,
      ...options,
    });
    return new Place(path, relay);
  }

  /** What a QR says of the relay. */
  get relayText(): string {
    return `127.0.0.1:${this.relay.port}`;
  }

  get url(): string {
    return `ws://${this.relayText}`;
  }

  async folder(name: string, options: FolderOptions = {}): Promise<Folder> {
    const folder = await Folder.open(join(this.#path, name), options);
    this.#open.push(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay.stop();
    for (const folder of this.#open) await folder.close();
    await rm(this.#path, { recursive: true, force: true });
  }
}

/** Of the 31 days before `last`. */
export function rootOf({ registry }: Folder, last = today): string {
  return hex(registry.windowRoot(commonWindow(last, 30, 30)));
}

export function bytesOf(text: string): Uint8Array {
  const bytes = digestBytes(text);
  if (!bytes.ok) throw new Error(bytes.message);
  return bytes.value;
}

export interface MeetOptions {
  readonly serve?: Partial<ServeOptions>;
  readonly hideTime?: boolean;
  /** Who the two are; by default new keys. */
  readonly own?: { readonly producer: KeyPair; readonly consumer: KeyPair };
  /** Where either side connects to; by default the relay. */
  readonly producerUrl?: string;
  readonly consumerUrl?: string;
}

/** A producer shows a QR, a consumer scans it. */
export async function meet(
  place: Place,
  producer: Folder,
  consumer: Folder,
  options: MeetOptions = {},
): Promise<{ readonly producer: Met; readonly consumer: Met }> {
  const own = options.own?.consumer ?? generateKeyPair('ed25519');
  const { hideTime } = options;
  const signal = AbortSignal.timeout(100_000);
  const shown = Promise.withResolvers<string>();
  const serving = serve({
    folder: producer,
    url: options.producerUrl ?? place.url,
    relay: place.relayText,
    own: options.own?.producer ?? generateKeyPair('ed25519'),
    consumer: own.publicKey,
    terms: bothWays,
    validSeconds: 120,
    hideTime,
    signal,
    onOffer: shown.resolve,
    ...options.serve,
  });
  serving.catch(shown.reject);
  const digest = bytesOf(await shown.promise);
  const url = options.consumerUrl ?? place.url;
  const syncing = sync({ folder: consumer, url, own, digest, terms: bothWays, hideTime, signal });
  const [met, synced] = await Promise.all([serving, syncing]);
  return { producer: met, consumer: synced };
}

/** A TCP proxy that cuts its connections once so many bytes have passed, both ways together. */
export async function cuttingWire(
  port: number,
  cutsAt: readonly number[],
): Promise<{ port: number; cuts: () => number; close: () => void }> {
  let [passed, cuts] = [0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', cut);
      from.on('close', () => to.end());
      from.on('data', (data: Buffer) => {
        const left = (cutsAt[cuts] ?? Number.POSITIVE_INFINITY) - passed;
        passed += data.length;
        if (data.length < left) {
          to.write(data);
          return;
        }
        cuts += 1;
        to.write(data.subarray(0, left), cut);
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cuts: () => cuts,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
