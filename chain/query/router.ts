/**
 * abci_query: gRPC paths of the modules, raw keys with proofs, simulation, and what the node knows
 * of itself. Answers carry the height they speak of; absence is said in the words that CosmJS
 * matches.
 */
import type { RequestQuery, ResponseQuery } from 'cosmjs-types/tendermint/abci/types';
import type { Context } from '../../modules/_kernel/decider.ts';
import type { Query } from '../../modules/_kernel/module.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import { HeightNotAvailable } from '../store/errors.ts';

/** An answer's bytes, or why there is none. */
export type Answer =
  | { readonly ok: true; readonly value: Uint8Array; readonly proof?: Proof }
  | Refusal;

export interface Proof {
  readonly key: Uint8Array;
  readonly ops: readonly {
    readonly type: string;
    readonly key: Uint8Array;
    readonly data: Uint8Array;
  }[];
}

/** What a handler is asked: the rest of the path, the data, and whether to prove. */
export interface Asked {
  readonly path: string;
  readonly data: Uint8Array;
  readonly height: bigint;
  readonly prove: boolean;
}

export type Handler = (asked: Asked) => Promise<Answer>;

/** Longest data of a query, in bytes: a simulated transaction is the largest thing asked. */
const longestData = 1_100_000;

/** Routes by exact path first, then by the longest prefix that ends in a slash. */
export class QueryRouter {
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(handlers: ReadonlyMap<string, Handler>) {
    this.#handlers = handlers;
  }

  /** Answers a query whose height has been settled to one that exists. */
  async answer(request: RequestQuery, height: bigint): Promise<ResponseQuery> {
    const { path, data, prove } = request;
    const handler = handlerOf(this.#handlers, path);
    if (data.length > longestData) {
      return refused(sdk.tx_too_large({ what: `query of ${data.length} bytes` }), height);
    }
    if (handler === undefined) {
      return refused(sdk.unknown_request({ what: `unknown query path ${path}` }), height);
    }
    const answer = await answered(handler, { path, data, height, prove });
    if (!answer.ok) return refused(answer, height);
    return {
      ...empty(height),
      value: answer.value,
      key: answer.proof?.key ?? new Uint8Array(),
      ...(answer.proof === undefined ? {} : { proofOps: { ops: [...answer.proof.ops] } }),
    };
  }
}

/** A query may take so much of a processor; then its asker is told to ask for less. */
export const longestScanMs = 5_000;

/** A query that reads longer than it may. */
export class ScanTooLong extends Error {
  constructor(limitMs: number) {
    super(`the query reads for more than ${limitMs / 1_000} s: ask for fewer rows, by pages`);
    this.name = 'ScanTooLong';
  }
}

/** Asks a handler; what the asker can mend is an answer, not a defect. */
export async function answered(handler: Handler, asked: Asked): Promise<Answer> {
  try {
    return await handler(asked);
  } catch (error) {
    if (error instanceof HeightNotAvailable || error instanceof ScanTooLong) {
      return sdk.invalid_request({ what: error.message });
    }
    throw error;
  }
}

/** The handler of a path: that of the very path, or of the longest beginning of it. */
export function handlerOf(
  handlers: ReadonlyMap<string, Handler>,
  path: string,
): Handler | undefined {
  const exact = handlers.get(path);
  if (exact !== undefined) return exact;
  const beginnings = [...handlers.keys()].filter(
    (key) => key.endsWith('/') && path.startsWith(key),
  );
  const [longest] = beginnings.sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : handlers.get(longest);
}

/** A refusal as a query's answer. CosmJS takes `code = NotFound` for null. */
export function refused(refusal: Refusal, height: bigint): ResponseQuery {
  const absent = refusal.codespace === 'sdk' && absentNames.has(refusal.name);
  const log = absent
    ? `rpc error: code = NotFound desc = ${refusal.message}`
    : `${refusal.message} (${refusal.codespace}/${refusal.name})`;
  return { ...empty(height), code: refusal.code, codespace: refusal.codespace, log };
}

const absentNames: ReadonlySet<string> = new Set(['not_found', 'key_not_found', 'unknown_address']);

function empty(height: bigint): ResponseQuery {
  return {
    code: 0,
    log: '',
    info: '',
    index: 0n,
    key: new Uint8Array(),
    value: new Uint8Array(),
    height,
    codespace: '',
  };
}

/** A module's query as a handler; `run` lends it a view of the state at the height. */
export function moduleQuery(
  // biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
  query: Query<any, any, any, any>,
  run: <T>(height: bigint, work: (read: Reading) => T) => Promise<T>,
): Handler {
  return async ({ data, height }) => {
    let request: unknown;
    try {
      request = query.request.decode(data);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return sdk.tx_decode({ what: `request of ${query.path}: ${problem}` });
    }
    const answered = await run(height, ({ view, context, ports }) =>
      query.answer(view, request, context, ports),
    );
    if (!answered.ok) return answered;
    return { ok: true, value: query.response.encode(answered.response).finish() };
  };
}

export interface Reading {
  // biome-ignore lint/suspicious/noExplicitAny: the view of whichever module is asked.
  readonly view: any;
  // biome-ignore lint/suspicious/noExplicitAny: its ports.
  readonly ports: any;
  readonly context: Context;
}
