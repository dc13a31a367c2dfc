/**
 * The ABCI 2.0 socket server: CometBFT opens four connections, none of which says what it is, and
 * the application behind them answers whatever arrives where. See docs/ARCHITECTURE.md, Engines.
 */
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Request } from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import type { Application } from './application.ts';
import { withBarrier } from './barrier.ts';
import { Connection } from './connection.ts';
import { listenOn, parseEndpoint } from './endpoint.ts';
import { breathe, Lane } from './lane.ts';
import type { RequestKind } from './requests.ts';
import { answer, answeredByException, consensusOnly, encodeAnswer, lanes } from './requests.ts';

/** CometBFT opens four; a few more are other tools. */
const maxConnections = 32;

export interface AbciServerOptions {
  readonly application: Application;
  readonly logger: Logger;
  /**
   * Called once, when a defect means that the node must stop: the answer `exception` is on its way
   * and nothing more will be answered. The caller closes the server, then the rest, and exits.
   */
  readonly onFatal: (error: unknown) => void;
}

export class AbciServer {
  readonly #application: Application;
  readonly #logger: Logger;
  readonly #onFatal: (error: unknown) => void;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #consensus = new Lane();
  readonly #mempool = new Lane();
  /** The connection that last carried a consensus request. */
  #consensusConnection: Connection | undefined;
  #lastId = 0;
  #stopped = false;
  #address = '';

  private constructor(options: AbciServerOptions) {
    this.#application = withBarrier(options.application, options.logger);
    this.#logger = options.logger;
    this.#onFatal = options.onFatal;
    this.#server = createServer((socket) => this.#connect(socket));
    this.#server.maxConnections = maxConnections;
  }

  /**
   * Listens on `unix:///path` (made with mode 0600; a dead socket there is replaced) or
   * `tcp://127.0.0.1:port` (port 0 picks one). Throws an Error in words where that can't be.
   *
   * @example await AbciServer.listen('unix:///home/me/.artel/abci.sock', { application, logger,
   * onFatal })
   */
  static async listen(address: string, options: AbciServerOptions): Promise<AbciServer> {
    const server = new AbciServer(options);
    server.#address = await listenOn(server.#server, parseEndpoint(address));
    server.#server.on('error', (error) => server.#fatal(error));
    server.#logger.info({ address: server.#address }, 'ABCI server listens');
    return server;
  }

  /** Where it listens, as CometBFT's `proxy_app` takes it. */
  get address(): string {
    return this.#address;
  }

  /** Ends all connections; resolves when the work under way has settled and the socket is gone. */
  async close(): Promise<void> {
    this.#stopped = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.close();
    await Promise.all([closed, this.#consensus.idle(), this.#mempool.idle()]);
  }

  #connect(socket: Socket): void {
    this.#lastId += 1;
    const connection = new Connection(this.#lastId, socket, this.#serve, this.#logger);
    this.#connections.add(connection);
    this.#logger.debug({ connection: connection.id }, 'connection opened');
    socket.on('close', () => {
      this.#connections.delete(connection);
      this.#logger.debug({ connection: connection.id }, 'connection closed');
      if (this.#consensusConnection === connection) {
        void this.#consensus.run(() => this.#guarded(() => this.#reset(undefined)));
      }
    });
  }

  /** Bound, because connections hold it. Resolves to no answer where none must be written. */
  readonly #serve = (
    connection: Connection,
    kind: RequestKind,
    request: Request,
  ): Promise<Uint8Array | undefined> => {
    const run = (): Promise<Uint8Array | undefined> => this.#run(connection, kind, request);
    switch (lanes[kind]) {
      case 'consensus':
        return this.#consensus.run(run);
      case 'mempool':
        return this.#mempool.run(run);
      case 'free':
        return run();
    }
  };

  /** Never rejects: a defect ends the server before the next request in the lane begins. */
  async #run(
    connection: Connection,
    kind: RequestKind,
    request: Request,
  ): Promise<Uint8Array | undefined> {
    await breathe();
    // What a vanished CometBFT asked for and nobody began is not done: its successor asks again.
    if (connection.closed) return undefined;
    return this.#guarded(
      async () => {
        if (consensusOnly.has(kind) && this.#consensusConnection !== connection) {
          this.#reset(connection);
        }
        return encodeAnswer(await answer(this.#application, request));
      },
      answeredByException.has(kind) ? connection : undefined,
    );
  }

  #reset(connection: Connection | undefined): void {
    this.#consensusConnection = connection;
    this.#application.connectionsReset();
  }

  /** Runs `work` unless the node is stopping; a defect stops it, and `told` is sent `exception`. */
  async #guarded<T>(work: () => T | Promise<T>, told?: Connection): Promise<T | undefined> {
    if (this.#stopped) return undefined;
    try {
      return await work();
    } catch (error) {
      if (told !== undefined && !this.#stopped) told.closeWith(await exception(error));
      this.#fatal(error);
      return undefined;
    }
  }

  #fatal(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#logger.fatal({ err: error }, 'the node must stop');
    this.#onFatal(error);
  }
}

/** The answer after which CometBFT stops too. */
function exception(error: unknown): Promise<Uint8Array> {
  const text = error instanceof Error ? error.message : String(error);
  return encodeAnswer({ exception: { error: text } });
}
