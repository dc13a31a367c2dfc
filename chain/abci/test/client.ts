/** CometBFT's side of the socket, for tests: sends requests or raw bytes, collects the answers. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { BinaryWriter } from 'cosmjs-types/binary';
import type { DeepPartial } from 'cosmjs-types/helpers';
import { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import { FrameReader } from '../frames.ts';

export type PartialRequest = DeepPartial<Request>;

export function encodeRequest(request: PartialRequest): Uint8Array {
  const full = Request.fromPartial(request);
  return Request.encode(full, BinaryWriter.create().fork()).ldelim().finish();
}

export class AbciClient {
  readonly socket: Socket;
  readonly answers: Response[] = [];
  /** Sizes of the chunks that came; how well answers are coalesced. */
  readonly chunks: number[] = [];
  readonly closed: Promise<void>;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const frames = new FrameReader();
    socket.on('data', (chunk: Uint8Array) => {
      this.chunks.push(chunk.length);
      for (const frame of frames.push(chunk)) this.answers.push(Response.decode(frame));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => undefined);
    socket.once('close', () => this.#wake());
  }

  static async open(address: string): Promise<AbciClient> {
    const url = new URL(address);
    const socket =
      url.protocol === 'unix:'
        ? connect(url.pathname)
        : connect({ host: url.hostname, port: Number(url.port) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new AbciClient(socket);
  }

  send(...requests: PartialRequest[]): void {
    this.socket.write(Buffer.concat(requests.map(encodeRequest)));
  }

  /** The first `count` answers, once they are there; fewer where the connection ends before. */
  async wait(count: number): Promise<Response[]> {
    await this.#until(count);
    return this.answers.slice(0, count);
  }

  /** One request and a flush, as CometBFT makes a synchronous call. */
  async call(request: PartialRequest): Promise<Response> {
    const at = this.answers.length;
    this.send(request, { flush: {} });
    await this.#until(at + 2);
    const answer = this.answers[at];
    if (answer === undefined) throw new Error('the connection ended without an answer');
    return answer;
  }

  async #until(count: number): Promise<void> {
    while (this.answers.length < count && !this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
