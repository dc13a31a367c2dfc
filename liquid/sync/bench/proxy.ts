/**
 * A TCP proxy that knows nothing of what passes but WebSocket's frames: it counts their bytes with
 * headers after the upgrade, holds each for a time, and cuts the connection after so many bytes.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class MeasuringProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Bytes of WebSocket frames both ways. */
  bytes = 0;
  /** Milliseconds for which each frame is held. */
  hold = 0;
  /** The connection ends when so many bytes more have passed. */
  cutAfter = Number.POSITIVE_INFINITY;
  onConnection: () => void = () => undefined;

  private constructor(target: () => number) {
    this.#server = createServer((near) => {
      this.onConnection();
      const far = connect(target(), '127.0.0.1');
      this.#carry(near, far);
      this.#carry(far, near);
    });
  }

  /** `target`: the port that the next connection is carried to. */
  static async start(target: () => number): Promise<MeasuringProxy> {
    const proxy = new MeasuringProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    let isUpgraded = false;
    let waiting = Buffer.alloc(0);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      setTimeout(() => to.destroy(), this.hold + 50);
    });
    from.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      if (!isUpgraded) {
        const end = waiting.indexOf('\r\n\r\n');
        if (end < 0) return;
        to.write(waiting.subarray(0, end + 4));
        waiting = waiting.subarray(end + 4);
        isUpgraded = true;
      }
      for (;;) {
        const length = frameLength(waiting);
        if (length === undefined || waiting.length < length) break;
        this.#pass(waiting.subarray(0, length), from, to);
        waiting = waiting.subarray(length);
      }
    });
  }

  #pass(frame: Buffer, from: Socket, to: Socket): void {
    const passing = frame.subarray(0, Math.max(0, this.cutAfter));
    this.cutAfter -= frame.length;
    this.bytes += passing.length;
    const deliver = (): void => {
      if (!to.destroyed) to.write(passing);
      if (passing.length === frame.length) return;
      from.destroy();
      to.destroy();
    };
    if (this.hold === 0) deliver();
    else setTimeout(deliver, this.hold);
  }
}

/** RFC 6455: of the frame that begins here, header and mask included. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const mask = ((bytes[1] as number) & 128) === 0 ? 0 : 4;
  const short = (bytes[1] as number) & 127;
  if (short < 126) return 2 + mask + short;
  if (short === 126) return bytes.length < 4 ? undefined : 4 + mask + bytes.readUInt16BE(2);
  return bytes.length < 10 ? undefined : 10 + mask + Number(bytes.readBigUInt64BE(2));
}
