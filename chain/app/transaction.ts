/**
 * One transaction: parse, admit (fee, sequence, signatures), run its messages. All or nothing for
 * the messages; once admitted, fee and sequence count whatever becomes of them.
 */
import { TxMsgData } from 'cosmjs-types/cosmos/base/abci/v1beta1/abci';
import type { Event, ExecTxResult } from 'cosmjs-types/tendermint/abci/types';
import type { Context } from '../../modules/_kernel/decider.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import { abciEvents, base64, conventional } from '../events/abci.ts';
import { Overlay, type Suspending, settle } from '../store/overlay.ts';
import type { Authenticator } from './authenticate.ts';
import type { AnyModule, Fact } from './composition.ts';
import { Meter, OutOfGas } from './gas.ts';
import type { Machine } from './machine.ts';
import type { Command, ReadTransaction, Transaction, TxReader } from './tx-reader.ts';

export interface TransactionOutcome {
  /** False: it must not stand in a block; nothing was charged. */
  readonly admitted: boolean;
  readonly refusal?: Refusal;
  /** Nobody signed and nobody pays. */
  readonly unsigned?: true;
  readonly gasWanted: number;
  readonly gasUsed: number;
  /** Bytes of TxMsgData; empty after a refusal. */
  readonly data: Uint8Array;
  readonly facts: readonly Fact[];
  readonly events: readonly Event[];
}

type Admitted =
  | { readonly ok: true; readonly facts: readonly Fact[]; readonly meter: Meter }
  | { readonly ok: false; readonly refusal: Refusal; readonly meter: Meter };

type Ran =
  | { readonly ok: true; readonly facts: readonly Fact[] }
  | { readonly ok: false; readonly refusal: Refusal };

/** Decoding and signature cost of a transaction that is only simulated is that of a real one. */
const simulatedGas = Number.MAX_SAFE_INTEGER;
const leastFeeUhub = 1n;

export class Transactions {
  readonly #modules: ReadonlyMap<string, AnyModule>;
  readonly #machine: Machine;
  readonly #reader: TxReader;
  readonly #authenticator: Authenticator;

  constructor(o: {
    readonly modules: ReadonlyMap<string, AnyModule>;
    readonly machine: Machine;
    readonly reader: TxReader;
    readonly authenticator: Authenticator;
  }) {
    this.#modules = o.modules;
    this.#machine = o.machine;
    this.#reader = o.reader;
    this.#authenticator = o.authenticator;
  }

  /** Parses a transaction and its commands; the last ones read are remembered. */
  parse(bytes: Uint8Array): ReadTransaction | Refusal {
    return this.#reader.read(bytes);
  }

  /** Gas limit of a transaction; 0 for one that can't be read. */
  gasLimitOf(bytes: Uint8Array): bigint {
    const read = this.#reader.read(bytes);
    return read.ok ? BigInt(read.tx.gasLimit) : 0n;
  }

  /**
   * Executes a transaction of a block; the block's overlay takes what counts. Transactions that
   * nobody signs are numbered within the block.
   */
  execute(
    head: Suspending,
    block: Overlay,
    context: Context,
    bytes: Uint8Array,
    unsignedBefore = 0,
  ): Promise<TransactionOutcome> {
    return settle(head, () => {
      const read = this.#reader.read(bytes);
      if (!read.ok) return inadmissible(read, 0, 0);
      const { tx } = read;
      const unsigned = unsignedOf(tx);
      if (unsigned === undefined) {
        return block.attempt(() => this.#execute(block, context, tx), isAdmitted);
      }
      if (unsignedBefore >= unsigned.mostInBlock) return tooMany(tx, unsigned.mostInBlock);
      return block.attempt(() => this.#executeUnsigned(block, context, tx), isAdmitted);
    });
  }

  /** A wrong one has no place in a block: there is nobody to charge. */
  #executeUnsigned(block: Overlay, context: Context, tx: Transaction): TransactionOutcome {
    const meter = new Meter();
    const ran = this.run(block, context, tx, meter);
    if (!ran.ok) return inadmissible(ran.refusal, tx.gasLimit, tx.gasLimit);
    return { ...this.#outcome(tx, [], ran, meter.used), unsigned: true };
  }

  #execute(
    overlay: Overlay,
    context: Context,
    tx: Transaction,
    mode: 'verify' | 'simulate' = 'verify',
  ): TransactionOutcome {
    const admitted = this.admit(overlay, context, tx, mode);
    if (!admitted.ok) return inadmissible(admitted.refusal, tx.gasLimit, admitted.meter.used);
    const ran = overlay.attempt(() => this.run(overlay, context, tx, admitted.meter), isOk);
    return this.#outcome(tx, admitted.facts, ran, admitted.meter.used);
  }

  /**
   * What a transaction would do and use, with any signature: the state stays as it is. Wallets
   * simulate
   * without a fee to learn the gas that it follows from, so the work of charging one counts
   * nevertheless, unless the payer could not afford even the least.
   */
  simulate(reader: Suspending, context: Context, bytes: Uint8Array): Promise<TransactionOutcome> {
    return settle(reader, () => {
      const read = this.#reader.read(bytes);
      if (!read.ok) return inadmissible(read, 0, 0);
      const { tx } = read;
      if (tx.feeUhub > 0n) return this.#simulated(reader, context, tx);
      const paying = this.#simulated(reader, context, { ...tx, feeUhub: leastFeeUhub });
      return paying.refusal === undefined ? paying : this.#simulated(reader, context, tx);
    });
  }

  #simulated(reader: Suspending, context: Context, tx: Transaction): TransactionOutcome {
    const unbounded = { ...tx, gasLimit: simulatedGas };
    const outcome = this.#execute(new Overlay(reader), context, unbounded, 'simulate');
    return { ...outcome, gasWanted: tx.gasLimit };
  }

  /** Fee, sequences and signatures; within an attempt, which is to fail after a refusal. */
  admit(
    overlay: Overlay,
    context: Context,
    tx: Transaction,
    mode: 'verify' | 'simulate' = 'verify',
  ): Admitted {
    if (unsignedOf(tx) !== undefined) return { ok: true, facts: [], meter: new Meter() };
    const meter = new Meter(tx.gasLimit);
    const { result, facts } = this.#metered(overlay, context, meter, () =>
      this.#authenticator.admit(this.#machine, tx, meter, mode),
    );
    if (result !== undefined) return { ok: false, refusal: result, meter };
    return { ok: true, facts, meter };
  }

  /** Runs the messages; within an attempt, which is to fail after a refusal. */
  run(overlay: Overlay, context: Context, tx: Transaction, meter: Meter): Ran {
    const { result, facts } = this.#metered(overlay, context, meter, () =>
      this.#commands(tx, meter),
    );
    if (result !== undefined) return { ok: false, refusal: result };
    return { ok: true, facts };
  }

  #commands({ commands }: Transaction, meter: Meter): Refusal | undefined {
    let index = 0;
    for (const { module, wire, command } of commands) {
      meter.charge(Number(wire.weight));
      const refusal = this.#machine.command(module, command, index);
      if (refusal !== undefined) return inMessage(refusal, index);
      index += 1;
    }
    return undefined;
  }

  /** Runs work on the machine; out of gas is a refusal like any other. */
  #metered(
    overlay: Overlay,
    context: Context,
    meter: Meter,
    work: () => Refusal | undefined,
  ): { readonly result: Refusal | undefined; readonly facts: readonly Fact[] } {
    try {
      return this.#machine.on(overlay, context, meter, work);
    } catch (error) {
      if (!(error instanceof OutOfGas)) throw error;
      const what = `gas limit ${error.limit}, at least ${error.used} needed: out of gas`;
      return { result: sdk.out_of_gas({ what }), facts: [] };
    }
  }

  #outcome(
    tx: Transaction,
    admission: readonly Fact[],
    ran: Ran,
    gasUsed: number,
  ): TransactionOutcome {
    const facts = ran.ok ? [...admission, ...ran.facts] : admission;
    return {
      admitted: true,
      ...(ran.ok ? {} : { refusal: ran.refusal }),
      gasWanted: tx.gasLimit,
      gasUsed: Math.min(gasUsed, tx.gasLimit),
      data: ran.ok ? messageData(tx, ran.facts) : new Uint8Array(),
      facts,
      events: [
        ...(tx.parsed.signers.length > 0 ? txEvents(tx) : []),
        ...messageEvents(tx),
        ...abciEvents(this.#modules, facts),
      ],
    };
  }
}

/** Bytes of TxMsgData: the response to each message, made of its facts. */
function messageData({ commands }: Transaction, facts: readonly Fact[]): Uint8Array {
  const msgResponses = commands.map(({ wire }, index) => {
    const own = wire.respond && facts.filter(({ messageIndex }) => messageIndex === index);
    const value = own && wire.respond?.(own.map(({ event }) => event));
    return { typeUrl: wire.responseUrl, value: value ?? new Uint8Array() };
  });
  return TxMsgData.encode({ data: [], msgResponses }).finish();
}

/** `tx.*`: one event each, as wallets and indexers know them. */
function txEvents({ parsed, feeUhub }: Transaction): readonly Event[] {
  const { signers, fee } = parsed;
  const payer = fee.granter ?? fee.payer ?? signers[0]?.address ?? '';
  const events = [
    conventional('tx', [
      ['fee', `${feeUhub}uhub`],
      ['fee_payer', payer],
    ]),
  ];
  for (const { address, sequence } of signers) {
    events.push(conventional('tx', [['acc_seq', `${address}/${sequence}`]]));
  }
  for (const { signature } of signers) {
    events.push(conventional('tx', [['signature', base64(signature)]]));
  }
  return events;
}

/** One `message` event a message, so that AND conditions meet inside it; also after a refusal. */
function messageEvents({ commands }: Transaction): readonly Event[] {
  return commands.map(({ module, wire, signers }, index) => {
    const attributes = [
      ['action', wire.typeUrl],
      ['sender', signers[0] ?? ''],
      ['module', module],
    ] as const;
    return conventional('message', attributes, index);
  });
}

function isAdmitted({ admitted }: TransactionOutcome): boolean {
  return admitted;
}

function isOk({ ok }: { readonly ok: boolean }): boolean {
  return ok;
}

function inMessage(refusal: Refusal, index: number): Refusal {
  return { ...refusal, message: `message ${index}: ${refusal.message}` };
}

/** What a transaction of nobody is to the host; undefined where somebody signs. */
export function unsignedOf({ commands }: Transaction): Command['wire']['unsigned'] {
  return commands[0]?.wire.unsigned;
}

function tooMany({ gasLimit }: Transaction, most: number): TransactionOutcome {
  const what = `the block has ${most} transactions that nobody signs already`;
  return inadmissible(sdk.invalid_request({ what }), gasLimit, 0);
}

function inadmissible(refusal: Refusal, gasWanted: number, gasUsed: number): TransactionOutcome {
  const none = { data: new Uint8Array(), facts: [], events: [] };
  return { admitted: false, refusal, gasWanted, gasUsed, ...none };
}

/**
 * One line for a refusal: its sentence and its name. What to do about it is the client's to say.
 */
export function logOf({ message, codespace, name }: Refusal): string {
  return codespace === 'sdk' ? message : `${message} (${codespace}/${name})`;
}

export function txResult(outcome: TransactionOutcome): ExecTxResult {
  const { refusal, data, gasWanted, gasUsed, events } = outcome;
  return {
    code: refusal?.code ?? 0,
    codespace: refusal?.codespace ?? '',
    log: refusal === undefined ? '' : logOf(refusal),
    data,
    info: '',
    gasWanted: BigInt(gasWanted),
    gasUsed: BigInt(gasUsed),
    events: [...events],
  };
}
