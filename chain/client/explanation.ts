/**
 * Where the value of a lot comes from, as a node says it; or proved: every record that it was
 * computed from is proved, and the explanation computed from these again, here.
 */
import { present } from '../../modules/_kernel/assert.ts';
import { MemoryState } from '../../modules/_kernel/memory-state.ts';
import { view } from '../../modules/_kernel/tables.ts';
import { production } from '../../modules/production/module.ts';
import {
  QueryExplainRequest,
  QueryExplainResponse,
} from '../../proto/generated/artel/production/v1/query.ts';
import type { VerifiedHeader } from './header.ts';
import type { ArtelNode } from './node.ts';
import { provableHeight, proveUnder, verifiedHeader } from './proved.ts';

export const explainPath = '/artel.production.v1.Query/Explain';

export interface Explanation extends QueryExplainResponse {
  readonly height: number;
  /** Of a proved one: how many records, and the header that they were proved under. */
  readonly proof?: { readonly records: number; readonly header: VerifiedHeader };
}

export async function explanationOf(
  node: ArtelNode,
  lot: bigint,
  height?: number,
): Promise<Explanation> {
  const { response, height: at } = await node.query(
    explainPath,
    QueryExplainRequest,
    QueryExplainResponse,
    { lot },
    height,
  );
  return { ...response, height: at };
}

/** @throws where a proof does not hold, or the records say something else than the node. */
export async function provedExplanation(
  node: ArtelNode,
  lot: bigint,
  height?: number,
): Promise<Explanation> {
  const at = height ?? (await provableHeight(node));
  const header = await verifiedHeader(node, at + 1);
  const said = await explanationOf(node, lot, at);
  const records = new MemoryState();
  for (const key of said.keys) {
    const { value } = await proveUnder(node, { store: production.name, key }, at, header);
    if (value !== undefined) records.set(key, value);
  }
  const again = recomputed(records, lot);
  if (!sameBytes(bytesOf(said), bytesOf(again))) {
    throw new Error(`the records of lot ${lot} are proved, and say otherwise than the node`);
  }
  return { ...again, height: at, proof: { records: said.keys.length, header } };
}

/** The query of the module itself, on the proved records and nothing else. */
function recomputed(records: MemoryState, lot: bigint): QueryExplainResponse {
  const query = present(
    production.queries.find(({ path }) => path === explainPath),
    'the query Explain',
  );
  const answered = query.answer(view(production.tables, records), { lot }, asked, asked);
  if (!answered.ok) throw new Error(answered.message);
  return answered.response as QueryExplainResponse;
}

/** Explaining needs neither the block nor other modules. */
const asked = undefined as never;

function bytesOf({ lots, productions, keys }: QueryExplainResponse): Uint8Array {
  return QueryExplainResponse.encode({ lots, productions, keys }).finish();
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
