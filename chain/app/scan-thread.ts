/** The thread that answers queries which may read much; see `scans.ts`. */
import { pino } from 'pino';
import { Piscina } from 'piscina';
import type { Context } from '../../modules/_kernel/decider.ts';
import { sdk } from '../../modules/_kernel/refusals.ts';
import { type BlockSignal, givingWay } from '../abci/right-of-way.ts';
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

/** What a thread is begun with. */
export interface ScanThread {
  /** Folder of the store. */
  readonly path: string;
  readonly blocks: BlockSignal;
}

const { path, blocks } = Piscina.workerData as ScanThread;
const reader = await StoreReader.open(path);
const giveWay = givingWay(blocks);
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
      giveWay,
    };
    known = { modules: joined, handlers: scanningQueries(source) };
  }
  return known.handlers;
}
