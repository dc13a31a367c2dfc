/**
 * Refusals are values: a name, a number that never changes, the data compared, one sentence and
 * what to do. Each module lists its own, gap-free from 2 on; standard conditions use the Cosmos
 * SDK's codes.
 */
import { assert } from './assert.ts';

export interface Refusal {
  readonly ok: false;
  readonly codespace: string;
  readonly code: number;
  readonly name: string;
  /** One English sentence with the values compared. */
  readonly message: string;
  /** What the sender can do about it. */
  readonly remedy: string;
}

/** Tells a refusal from the value that would stand in its place. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'ok' in value && value.ok === false;
}

interface Rule<Data> {
  readonly code: number;
  readonly sentence: (data: Data) => string;
  readonly remedy: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the data's type is recovered by inference below.
type Rules = Readonly<Record<string, Rule<any>>>;

/** What clients can say about a refusal from its codespace and code alone. */
export type RefusalRule = Pick<Refusal, 'codespace' | 'code' | 'name' | 'remedy'>;

export type RefusalTable<R extends Rules> = {
  readonly [Name in keyof R]: {
    readonly rule: RefusalRule;
  } & (R[Name]['sentence'] extends () => string
    ? () => Refusal
    : (data: Parameters<R[Name]['sentence']>[0]) => Refusal);
};

/**
 * One function a refusal, in the order of the guards. Numbers start at 2 and leave no gap; a table
 * that is too long for one file goes on in another, from `first` on.
 */
export function defineRefusals<const R extends Rules>(
  codespace: string,
  rules: R,
  first = 2,
): RefusalTable<R> {
  Object.entries(rules).forEach(([name, rule], index) => {
    assert(rule.code === index + first, `refusal ${codespace}/${name} has code ${rule.code}`);
  });
  return build(codespace, rules);
}

function build<const R extends Rules>(codespace: string, rules: R): RefusalTable<R> {
  const table = Object.entries(rules).map(([name, { code, sentence, remedy }]) => {
    const rule: RefusalRule = { codespace, code, name, remedy };
    const refuse = (data: unknown): Refusal => ({ ok: false, ...rule, message: sentence(data) });
    return [name, Object.assign(refuse, { rule })];
  });
  return Object.fromEntries(table) as RefusalTable<R>;
}

interface Said {
  readonly what: string;
}
const said = ({ what }: Said): string => what;

/** The Cosmos SDK's codes (`types/errors/errors.go`), which wallets look for. */
export const sdk = build('sdk', {
  internal: { code: 1, sentence: said, remedy: 'Report it: this is a defect of the node.' },
  tx_decode: {
    code: 2,
    sentence: said,
    remedy: 'Encode the transaction again with a current client.',
  },
  unauthorized: {
    code: 4,
    sentence: said,
    remedy: 'Sign with the key of the account, for this chain id and sequence.',
  },
  insufficient_funds: {
    code: 5,
    sentence: said,
    remedy: 'Check the balance; lower the amount or the fee.',
  },
  unknown_request: { code: 6, sentence: said, remedy: 'Check the name of the message or query.' },
  invalid_address: {
    code: 7,
    sentence: said,
    remedy: 'Check the address: bech32 with the prefix artel.',
  },
  invalid_pubkey: { code: 8, sentence: said, remedy: 'Use the public key of the signing account.' },
  unknown_address: { code: 9, sentence: said, remedy: 'Send the account some tokens first.' },
  invalid_coins: {
    code: 10,
    sentence: said,
    remedy: 'Give positive amounts below 2^64 of denom uhub.',
  },
  out_of_gas: {
    code: 11,
    sentence: said,
    remedy: 'Raise the gas limit, or let --gas auto estimate it.',
  },
  memo_too_large: { code: 12, sentence: said, remedy: 'Shorten the memo.' },
  insufficient_fee: { code: 13, sentence: said, remedy: 'Raise the fee or lower the gas limit.' },
  too_many_signatures: { code: 14, sentence: said, remedy: 'Use fewer signers.' },
  no_signatures: { code: 15, sentence: said, remedy: 'Sign the transaction.' },
  invalid_request: { code: 18, sentence: said, remedy: 'Correct the field that is named.' },
  tx_too_large: { code: 21, sentence: said, remedy: 'Split the transaction.' },
  key_not_found: { code: 22, sentence: said, remedy: 'Check the id.' },
  invalid_signer: {
    code: 24,
    sentence: said,
    remedy: 'List the signers in the order of the messages.',
  },
  invalid_gas_limit: {
    code: 41,
    sentence: said,
    remedy: 'Lower the gas limit to the block maximum.',
  },
  timeout_height: { code: 30, sentence: said, remedy: 'Sign again with a later timeout height.' },
  wrong_sequence: {
    code: 32,
    sentence: said,
    remedy: 'Query the account and sign with its sequence.',
  },
  not_supported: { code: 37, sentence: said, remedy: 'Leave the feature out.' },
  not_found: { code: 38, sentence: said, remedy: 'Check the id.' },
});
