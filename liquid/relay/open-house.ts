/** A relay of one's own for one meeting, where the two can reach each other without another's. */
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { accepted, type Result, refusals } from '../core/refusals.ts';
import { type Pass, passOf } from './first-frame.ts';
import { Relay } from './relay.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `host:port`; port 0 is any free one. */
export function parseListen(text: string): Result<Listen> {
  const [, host, port] = /^(?:\[?([^\]]+)\]?):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    return refusals.malformed({ field: 'address', expected: 'host:port', actual: `"${text}"` });
  }
  return accepted({ host, port: Number(port) });
}

export interface OpenHouse {
  readonly port: number;
  /** Only with it is a room opened. */
  readonly pass: Pass;
  stop(): Promise<void>;
}

export async function openHouse({ host, port }: Listen): Promise<OpenHouse> {
  const secret = new Uint8Array(randomBytes(32));
  const logger = pino({ level: 'silent' });
  const relay = await Relay.start({ host, port, secret, isOpen: false, logger });
  const pass = passOf(secret, new Uint8Array(randomBytes(8)), 0xffffffff);
  return { port: relay.port, pass, stop: () => relay.stop(1_000) };
}
