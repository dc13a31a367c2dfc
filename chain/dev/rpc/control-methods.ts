/**
 * The methods of the embedded engine alone: making blocks, moving time, going back, dumping and
 * loading.
 */
import { readDumpFile, writeDumpFile } from '../dump-file.ts';
import { formatTime } from '../time.ts';
import { hex, type Json } from './json.ts';
import type { RpcContext, RpcMethods } from './methods.ts';
import type { Arguments } from './params.ts';

const mostBlocksAtOnce = 100_000n;

export const controlMethods: RpcMethods = {
  artel_mine: {
    params: { n: 'number' },
    call: async (context, args) => {
      const count = args.integer('n') ?? 1n;
      if (count < 1n || count > mostBlocksAtOnce) {
        throw new Error(`n is ${count}, expected 1 to ${mostBlocksAtOnce} blocks`);
      }
      await context.engine.mine(Number(count));
      return latest(context);
    },
  },
  artel_advanceTime: {
    params: { ms: 'number' },
    call: async (context, args) => {
      const ms = args.integer('ms');
      if (ms === undefined) throw new Error('ms is missing: by how many milliseconds?');
      await context.engine.advanceTime(ms);
      return latest(context);
    },
  },
  artel_snapshot: {
    params: {},
    call: async (context) => {
      const id = await context.engine.snapshot();
      return { id, ...latest(context) };
    },
  },
  artel_revert: {
    params: { id: 'string' },
    call: async (context, args) => {
      await context.engine.revert(args.text('id'));
      return latest(context);
    },
  },
  artel_dump: {
    params: { path: 'string' },
    call: async (context, args) => {
      const path = requirePath(args);
      await writeDumpFile(path, context.engine);
      return { path, ...latest(context) };
    },
  },
  artel_load: {
    params: { path: 'string' },
    call: async (context, args) => {
      await context.engine.load(await readDumpFile(requirePath(args)));
      return latest(context);
    },
  },
};

function requirePath(args: Arguments): string {
  const path = args.text('path');
  if (path === '') throw new Error('path is missing: which file?');
  return path;
}

/** Where the chain stands after a control. */
function latest({ engine }: RpcContext): { [name: string]: Json } {
  const { lastHeight, lastBlockTime, appHash, chainId } = engine.state;
  return {
    chain_id: chainId,
    height: String(lastHeight),
    time: formatTime(lastBlockTime),
    app_hash: hex(appHash),
  };
}
