/** Refusals of the chain by codespace and code: their names, and what the sender can do. */
import { type RefusalRule, sdk } from '../../modules/_kernel/refusals.ts';
import { refusals as accounts } from '../../modules/accounts/refusals.ts';
import { refusals as bank } from '../../modules/bank/refusals.ts';
import { refuse as coupons } from '../../modules/coupons/refusals.ts';
import { refusals as feegrant } from '../../modules/feegrant/refusals.ts';
import { refuse as production } from '../../modules/production/refusals.ts';
import { refuse as trust } from '../../modules/trust/refusals.ts';
import { refusals as validators } from '../../modules/validators/refusals.ts';

const tables: readonly Readonly<Record<string, { readonly rule: RefusalRule }>>[] = [
  sdk,
  accounts,
  bank,
  feegrant,
  validators,
  trust,
  production,
  coupons,
];

/** What CometBFT refuses before the application is asked, under the codes of the Cosmos SDK. */
const mempool: readonly (RefusalRule & { readonly pattern: RegExp })[] = [
  {
    codespace: 'sdk',
    code: 19,
    name: 'tx_in_mempool_cache',
    remedy: 'It was sent before: look for it by its hash (artel query tx HASH).',
    pattern: /tx already exists in cache/,
  },
  {
    codespace: 'sdk',
    code: 20,
    name: 'mempool_is_full',
    remedy: 'Wait for some blocks, then send it again.',
    pattern: /mempool is full/,
  },
  { ...sdk.tx_too_large.rule, pattern: /Tx too large/ },
];

/** The refusal behind an error of CometBFT's broadcast methods; undefined for any other error. */
export function mempoolRefusal(error: unknown, hash: string): Refused | undefined {
  const text = error instanceof Error ? error.message : String(error);
  const rule = mempool.find(({ pattern }) => pattern.test(text));
  if (rule === undefined) return undefined;
  const { codespace, code, pattern } = rule;
  const sentence = /"data":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? pattern.source;
  return new Refused({ codespace, code, log: sentence }, { hash });
}

const byCode = new Map(
  [
    ...tables.flatMap((table) => Object.values(table)),
    ...mempool.map(({ pattern: _pattern, ...rule }) => ({ rule })),
  ].map(({ rule }) => [`${rule.codespace}/${rule.code}`, rule]),
);

/** Name and remedy of a refusal; undefined for a code of a later version. */
export function refusalRule(codespace: string, code: number): RefusalRule | undefined {
  return byCode.get(`${codespace}/${code}`);
}

/** All refusals that this version knows, by codespace and code. */
export function allRefusals(): readonly RefusalRule[] {
  return [...byCode.values()];
}

/** The chain said no to a transaction or a query. */
export class Refused extends Error {
  readonly codespace: string;
  readonly code: number;
  /** Name of the refusal, such as `insufficient_funds`; the code where it is not known here. */
  readonly refusal: string;
  /** The chain's sentence with the values compared. */
  readonly sentence: string;
  readonly remedy: string | undefined;
  /** Hash of the transaction, where it is known. */
  readonly transactionHash: string | undefined;
  /** Height of the block that holds it; undefined where it did not get that far. */
  readonly height: number | undefined;

  constructor(
    answer: { readonly codespace: string; readonly code: number; readonly log: string },
    transaction: { readonly hash?: string; readonly height?: number } = {},
  ) {
    const rule = refusalRule(answer.codespace, answer.code);
    const refusal = rule?.name ?? `code_${answer.code}`;
    // The node ends its log with the name, for clients that show nothing else.
    const sentence = answer.log.replace(` (${answer.codespace}/${refusal})`, '');
    super(`${answer.codespace}/${refusal} (${answer.code}): ${sentence}`);
    this.name = 'Refused';
    this.codespace = answer.codespace;
    this.code = answer.code;
    this.refusal = refusal;
    this.sentence = sentence;
    this.remedy = rule?.remedy;
    this.transactionHash = transaction.hash;
    this.height = transaction.height;
  }
}
