/** Folders, a relay and a cutting wire for tests of whole meetings. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { self } from '../../core/claims.ts';
import { type Day, dayOf, dayOfUnixSeconds } from '../../core/days.ts';
import { type Id, idOfBytes } from '../../core/id.ts';
import { Relay, type RelayOptions } from '../../relay/relay.ts';
import { Folder, type FolderOptions, unixNow } from '../folder.ts';

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
      limits: { roomsPerAddress: 1_000, opensPerMinute: 10_000 },
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
