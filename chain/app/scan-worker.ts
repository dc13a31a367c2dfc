/** The thread that answers queries which may read much; see `scans.ts`. */
import { setPriority } from 'node:os';
import { pino } from 'pino';
import { Piscina } from 'piscina';
import type { Context } from '../../modules/_kernel/decider.ts';
import { sdk } from '../../modules/_kernel/refusals.ts';
import { scanningQueries } from '../query/handlers.ts';
import { type Answer, type Asked, answered, type Handler, handlerOf } from '../query/router.ts';
import { StoreReader } from '../store/store-reader.ts';
import { compose } from './app.ts';

export interface ScanTask {
  readonly asked: Asked;
  /** Names of the chain's modules. */
  readonly modules: readonly string[];
  /** Of the height that is asked. */
  readonly context: Context;
}

/** Behind everything that makes blocks: on Linux this is the thread's own priority. */
const lowPriority = 10;
if (process.platform === 'linux') setPriority(lowPriority);

const reader = await StoreReader.open((Piscina.workerData as { readonly path: string }).path);
const composed = compose(pino({ level: 'silent' }));
let known:
  | { readonly modules: string; readonly handlers: ReadonlyMap<string, Handler> }
  | undefined;
/** Of the one task that is under way. */
let context: Context;

/** What the pool calls, once at a time. */
export async function answer(task: ScanTask): Promise<Answer> {
  context = task.context;
  const { asked } = task;
  const handler = handlerOf(handlersOf(task.modules), asked.path);
  return handler === undefined
    ? sdk.unknown_request({ what: `unknown query path ${asked.path}` })
    : answered(handler, asked);
}

function handlersOf(names: readonly string[]): ReadonlyMap<string, Handler> {
  const joined = names.join();
  if (known?.modules !== joined) {
    const modules = composed.composition.modules.filter(({ name }) => names.includes(name));
    const source = {
      modules,
      machine: composed.machineOf(modules),
      at: (height: bigint) => reader.at(height),
      contextAt: () => context,
    };
    known = { modules: joined, handlers: scanningQueries(source) };
  }
  return known.handlers;
}
