/**
 * An embedded chain with its RPC server: what `artel dev` runs and what tests of the chain start.
 */
import type { Logger } from 'pino';
import { type BlockStorage, openBlockStorage } from './block-log.ts';
import type { OpenApplication } from './chain-runner.ts';
import { type BlockProduction, Engine } from './engine.ts';
import { ChainFeed } from './feed.ts';
import type { GenesisDoc } from './genesis-doc.ts';
import type { MempoolLimits } from './mempool.ts';
import { startRpcServer } from './rpc/server.ts';
import type { Clock } from './time.ts';

export interface DevChainOptions {
  readonly genesis: GenesisDoc;
  readonly openApplication: OpenApplication;
  readonly clock: Clock;
  readonly log: Logger;
  readonly production?: BlockProduction;
  readonly mempool?: Partial<MempoolLimits>;
  /** Folder for the blocks; left out, they are kept in memory. */
  readonly blocksFolder?: string;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0, a free one, unless given. */
  readonly port?: number;
}

export interface DevChain {
  readonly engine: Engine;
  readonly feed: ChainFeed;
  /** `http://host:port`. */
  readonly rpcUrl: string;
  close(): Promise<void>;
}

/** @throws Error with code EADDRINUSE where the port is taken. */
export async function startDevChain(options: DevChainOptions): Promise<DevChain> {
  const feed = new ChainFeed();
  const storage: BlockStorage | undefined =
    options.blocksFolder === undefined ? undefined : await openBlockStorage(options.blocksFolder);
  let engine: Engine | undefined;
  try {
    engine = await Engine.open({
      genesis: options.genesis,
      openApplication: options.openApplication,
      clock: options.clock,
      log: options.log,
      production: options.production ?? { kind: 'on-demand' },
      ...(storage && { storage }),
      ...(options.mempool && { mempool: options.mempool }),
      onBlock: (record) => feed.add(record),
      onRewind: (height) => feed.rewind(height),
    });
    const server = await startRpcServer(
      { engine, feed },
      { host: options.host ?? '127.0.0.1', port: options.port ?? 0, log: options.log },
    );
    return {
      engine,
      feed,
      rpcUrl: server.url,
      async close() {
        await server.close();
        await engine?.close();
      },
    };
  } catch (error) {
    if (engine === undefined) await storage?.close();
    else await engine.close();
    throw error;
  }
}
