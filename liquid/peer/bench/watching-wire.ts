/** A TCP proxy before a relay that notes when how much passes which way, as the relay sees it. */
import { connect, createServer } from 'node:net';
import type { Seen } from './privacy.ts';

export interface WatchingWire {
  readonly port: number;
  /** What has passed since the last call, without the upgrade and what joins the room. */
  take(): Seen[];
  close(): void;
}

/** Sits between a consumer and the relay; one connection at a time. */
export async function watchingWire(relayPort: number): Promise<WatchingWire> {
  let seen: Seen[] = [];
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: relayPort, host: '127.0.0.1', noDelay: true });
    const heard = { producer: 0, consumer: 0 };
    const watch = (to: Seen['to'], bytes: number): void => {
      heard[to] += 1;
      // The first piece each way is the upgrade.
      if (heard[to] > 1) seen.push({ ms: performance.now(), to, bytes });
    };
    near.on('data', (data: Buffer) => {
      watch('producer', data.length);
      far.write(data);
    });
    far.on('data', (data: Buffer) => {
      watch('consumer', data.length);
      near.write(data);
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.end());
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    take: () => {
      const startMs = seen[0]?.ms ?? 0;
      const frames = seen.map((frame) => ({ ...frame, ms: frame.ms - startMs }));
      seen = [];
      return frames;
    },
    close: () => server.close(),
  };
}
