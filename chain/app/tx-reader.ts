/**
 * From bytes to commands: the strict decoder joined with the modules' messages, and a short memory.
 */

import { canonicalTx } from '../../modules/_kernel/canonical-tx.ts';
import type { Tagged } from '../../modules/_kernel/decider.ts';
import type { MessageWire } from '../../modules/_kernel/module.ts';
import { RecentMap } from '../../modules/_kernel/recent.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import { fields } from '../../proto/generated/fields.ts';
import {
  type ParsedTx,
  TxDecoder,
  type TxFee,
  type TxLimits,
  transactionId,
} from '../tx/decode.ts';
import type { AnyModule } from './composition.ts';

/** A message as the command that its module decides. */
export interface Command {
  readonly module: string;
  // biome-ignore lint/suspicious/noExplicitAny: each message has types of its own.
  readonly wire: MessageWire<any, Tagged>;
  readonly command: Tagged;
  readonly signers: readonly string[];
}

/** A transaction that has been parsed whole: its commands stand ready. */
export interface Transaction {
  readonly parsed: ParsedTx;
  readonly commands: readonly Command[];
  readonly feeUhub: bigint;
  readonly gasLimit: number;
}

export interface ReadTransaction {
  readonly ok: true;
  readonly tx: Transaction;
}

/**
 * Bounds of the host, whatever the parameters say: the accounts module's own limits on memo and
 * signatures are rules and lie below these.
 */
const outerLimits = { maxMessages: 1_000, maxMemoBytes: 65_536, maxSignatures: 64 };

/** Where genesis sets no limit of a block's bytes. */
const largestTx = 1_048_576;

/** Transactions whose reading is remembered: what CheckTx read, the block does not read again. */
const remembered = 20_000;

export class TxReader {
  readonly #decoder: TxDecoder;
  readonly #wires: ReadonlyMap<
    string,
    { readonly module: string; readonly wire: MessageWire<unknown, Tagged> }
  >;
  readonly #limits: TxLimits;
  readonly #maxGas: bigint;
  readonly #recent = new RecentMap<string, ReadTransaction>(remembered);

  constructor(
    modules: ReadonlyMap<string, AnyModule>,
    { maxBytes, maxGas }: { readonly maxBytes: number; readonly maxGas: bigint },
  ) {
    const wires = [...modules.values()].flatMap(({ name, messages }) =>
      messages.map((wire) => [wire.typeUrl, { module: name, wire }] as const),
    );
    this.#wires = new Map(wires);
    this.#decoder = new TxDecoder(
      wires.map(([, { wire }]) => wire),
      fields,
    );
    const maxTxBytes = maxBytes === 0 ? largestTx : Math.min(maxBytes, largestTx);
    this.#limits = { ...outerLimits, maxTxBytes };
    this.#maxGas = maxGas;
  }

  /** The transaction with its commands; depends on the bytes and the genesis alone. */
  read(bytes: Uint8Array): ReadTransaction | Refusal {
    const id = transactionId(bytes);
    const known = this.#recent.get(id);
    if (known !== undefined) return known;
    const parsed = this.#decoder.decode(bytes, this.#limits, id);
    if (!parsed.ok) return parsed;
    const read = this.#transaction(bytes, parsed);
    if (read.ok) this.#recent.set(id, read);
    return read;
  }

  #transaction(bytes: Uint8Array, parsed: ParsedTx): ReadTransaction | Refusal {
    const feeUhub = feeOf(parsed.fee);
    if (typeof feeUhub !== 'bigint') return feeUhub;
    const gasLimit = gasLimitOf(parsed.fee.gasLimit, this.#maxGas);
    if (typeof gasLimit !== 'number') return gasLimit;
    const commands: Command[] = [];
    for (const [index, { type, content }] of parsed.messages.entries()) {
      const known = this.#wires.get(type.typeUrl);
      if (known === undefined) return sdk.unknown_request({ what: `unknown ${type.typeUrl}` });
      const { module, wire } = known;
      const read = wire.parse(content);
      if (!read.ok) return { ...read, message: `message ${index}: ${read.message}` };
      commands.push({ module, wire, command: read.command, signers: wire.signers(content) });
    }
    if (commands.some(({ wire }) => wire.unsigned !== undefined)) {
      const problem = notCanonical(bytes, parsed, commands);
      if (problem !== undefined) return problem;
    }
    return { ok: true, tx: { parsed, commands, feeUhub, gasLimit } };
  }
}

/** A message that nobody signs has one encoding: bytes that differ from it are no transaction. */
function notCanonical(
  bytes: Uint8Array,
  { messages }: ParsedTx,
  [command]: readonly Command[],
): Refusal | undefined {
  const [message] = messages;
  const unsigned = command?.wire.unsigned;
  if (message !== undefined && command !== undefined && unsigned !== undefined) {
    const only = canonicalTx({ ...command.wire, unsigned }, message.content);
    if (Buffer.compare(bytes, only) === 0) return undefined;
  }
  return sdk.tx_decode({
    what:
      'a message that nobody signs stands alone, without memo, timeout, fee or signer and with ' +
      'the gas limit of its kind: tx parse error',
  });
}

function feeOf({ coins }: TxFee): bigint | Refusal {
  const foreign = coins.find(({ denom }) => denom !== 'uhub');
  if (foreign !== undefined) {
    return sdk.invalid_coins({
      what: `fees are paid in uhub, not in ${foreign.denom}: invalid coins`,
    });
  }
  return coins[0]?.amount ?? 0n;
}

function gasLimitOf(limit: bigint, maxGas: bigint): number | Refusal {
  const most = maxGas === 0n ? BigInt(Number.MAX_SAFE_INTEGER) : maxGas;
  if (limit <= most) return Number(limit);
  return sdk.invalid_gas_limit({ what: `gas limit ${limit} is above ${most}: invalid gas limit` });
}
