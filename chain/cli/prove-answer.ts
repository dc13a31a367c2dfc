/**
 * Answers that are proved: the record, and in words what was verified and what was taken on trust.
 */
import { toProtoNames } from '../client/generated.ts';
import type { ArtelNode } from '../client/node.ts';
import { getProved, type ProvedRecord, type RecordName, recordOf } from '../client/proved.ts';
import type { CliContext } from './context.ts';
import { formatAnswer, formatJson } from './output.ts';
import { print, type Settings } from './settings.ts';
import { trustInWords } from './trust-option.ts';
import { formatHex } from './values.ts';

/** The record that a query reads, decoded from the bytes that were proved. */
export async function proveAnswer(
  context: CliContext,
  settings: Settings,
  node: ArtelNode,
  query: { readonly path: string; readonly request: unknown },
  height: number | undefined,
): Promise<void> {
  const { decode, ...name } = recordOf(query.path, query.request);
  const proved = await getProved(node, name, height);
  const record = proved.value === undefined ? null : decode(proved.value);
  printProved(context, settings, node, proved, toProtoNames(JSON.parse(formatJson(record))));
}

/** A raw record. */
export async function proveRecord(
  context: CliContext,
  settings: Settings,
  node: ArtelNode,
  name: RecordName,
  height: number | undefined,
): Promise<void> {
  const proved = await getProved(node, name, height);
  const value = proved.value === undefined ? null : formatHex(proved.value);
  printProved(context, settings, node, proved, value);
}

function printProved(
  context: CliContext,
  settings: Settings,
  { trust }: ArtelNode,
  proved: ProvedRecord,
  record: unknown,
): void {
  const { header, hash, signedPower, totalPower } = proved.header;
  const value = {
    store: proved.store,
    key: formatHex(proved.key),
    record,
    height: proved.height,
    proof: {
      verified: true,
      app_hash: formatHex(header.appHash).toUpperCase(),
      header_height: header.height,
      header_hash: formatHex(hash).toUpperCase(),
      signed_power: signedPower,
      total_power: totalPower,
      ...(trust && { trusted_height: trust.height }),
    },
  };
  const found = record === null ? '(proved to be absent)' : formatAnswer(record);
  print(context, settings, value, `${found}\n\n${inWords(proved)}\n${trustInWords(trust)}`);
}

function inWords({ store, height, value, header }: ProvedRecord): string {
  const what = value === undefined ? 'that the record is absent' : 'the record';
  return [
    `proof verified: ${what}, in store ${store} after block ${height}, follows from the app hash`,
    `in header ${header.header.height}, which ${header.signedPower} of ${header.totalPower} voting power signed.`,
  ].join('\n');
}
