/** Refusals of the chain by codespace and code: their names, and what the sender can do. */
import { type RefusalRule, sdk } from '../../modules/_kernel/refusals.ts';
import { refusals as accounts } from '../../modules/accounts/refusals.ts';
import { refusals as bank } from '../../modules/bank/refusals.ts';
import { refuse as trust } from '../../modules/trust/refusals.ts';
import { refusals as validators } from '../../modules/validators/refusals.ts';

const tables: readonly Readonly<Record<string, { readonly rule: RefusalRule }>>[] = [
  sdk,
  accounts,
  bank,
  validators,
  trust,
];

const byCode = new Map(
  tables
    .flatMap((table) => Object.values(table))
    .map(({ rule }) => [`${rule.codespace}/${rule.code}`, rule]),
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
