/**
 * CheckTx: what a transaction must pass to stand in the mempool. Lives from one Commit to the next.
 */
import type { ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import { present } from '../../modules/_kernel/assert.ts';
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import type { Parsed } from '../../modules/_kernel/module.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import { type HeadReader, Overlay, settle } from '../store/overlay.ts';
import type { Chain } from './chain.ts';
import { logOf, unsignedOf } from './transaction.ts';
import type { ReadTransaction, Transaction } from './tx-reader.ts';

export interface GasPrice {
  readonly num: bigint;
  readonly den: bigint;
}

export class CheckState {
  readonly #chain: Chain;
  readonly #head: HeadReader;
  readonly #minGasPrice: GasPrice;
  readonly #context: Context;
  /** Sequences and fees of the transactions admitted since the last block. */
  readonly #admitted: Overlay;
  /** Of messages that nobody signs, by subject: the right ones, and those that wait. */
  readonly #due = new Map<string, Parsed<Tagged>>();
  readonly #waiting = new Set<string>();

  constructor(chain: Chain, head: HeadReader, minGasPrice: GasPrice) {
    this.#chain = chain;
    this.#head = head;
    this.#minGasPrice = minGasPrice;
    this.#context = chain.nextContext();
    this.#admitted = new Overlay(head);
  }

  /**
   * Admission counts for later transactions; the commands are decided on top and undone again. A
   * recheck asks for admission only: whether a command still holds is the block's business.
   */
  check(read: ReadTransaction | Refusal, isRecheck: boolean): Promise<ResponseCheckTx> {
    return settle(this.#head, () => {
      if (!read.ok) return answer(read, 0, 0);
      const { tx } = read;
      if (unsignedOf(tx) !== undefined) return this.#unsigned(tx);
      const tooLow = this.#feeTooLow(tx.feeUhub, tx.gasLimit);
      if (tooLow !== undefined) return answer(tooLow, tx.gasLimit, 0);
      return this.#admitted.attempt(() => this.#check(tx, isRecheck), isPassed);
    });
  }

  #check(tx: Transaction, isRecheck: boolean): ResponseCheckTx {
    const { transactions } = this.#chain;
    const overlay = this.#admitted;
    const admitted = transactions.admit(overlay, this.#context, tx);
    if (!admitted.ok) return answer(admitted.refusal, tx.gasLimit, admitted.meter.used);
    if (!isRecheck) {
      const run = () => transactions.run(overlay, this.#context, tx, admitted.meter);
      const dry = overlay.attempt(run, never);
      if (!dry.ok) return answer(dry.refusal, tx.gasLimit, admitted.meter.used);
    }
    return answer(undefined, tx.gasLimit, admitted.meter.used);
  }

  /**
   * Compared with what its module has computed for the subject: once a block, whatever is sent. A
   * second one of a subject is refused until the next block.
   */
  #unsigned({ commands, gasLimit }: Transaction): ResponseCheckTx {
    const { module, wire, command } = present(commands[0], 'the one message of nobody');
    const unsigned = present(wire.unsigned, 'how to judge it');
    const subject = `${module} ${unsigned.subject(command)}`;
    const { machine } = this.#chain;
    const due =
      this.#due.get(subject) ??
      machine.reading(this.#head, this.#context, () =>
        unsigned.due(machine.view(module), command, this.#context, machine.ports(module)),
      );
    if (!due.ok) return answer(due, gasLimit, 0);
    this.#due.set(subject, due);
    const wrong = unsigned.differs(due.command, command);
    if (wrong !== undefined) return answer(wrong, gasLimit, 0);
    if (this.#waiting.has(subject)) return answer(alreadyWaiting, gasLimit, 0);
    this.#waiting.add(subject);
    return answer(undefined, gasLimit, 0);
  }

  #feeTooLow(feeUhub: bigint, gasLimit: number): Refusal | undefined {
    const { num, den } = this.#minGasPrice;
    const least = (BigInt(gasLimit) * num + den - 1n) / den;
    if (feeUhub >= least) return undefined;
    return sdk.insufficient_fee({
      what: `fee ${feeUhub}uhub is below ${least}uhub for ${gasLimit} gas: insufficient fee`,
    });
  }
}

function isPassed({ code }: ResponseCheckTx): boolean {
  return code === 0;
}

const never = (): boolean => false;

const alreadyWaiting = sdk.invalid_request({
  what: 'the same message waits for a block already: tx already exists in cache',
});

function answer(refusal: Refusal | undefined, gasWanted: number, gasUsed: number): ResponseCheckTx {
  return {
    code: refusal?.code ?? 0,
    codespace: refusal?.codespace ?? '',
    log: refusal === undefined ? '' : logOf(refusal),
    data: new Uint8Array(),
    info: '',
    gasWanted: BigInt(gasWanted),
    gasUsed: BigInt(gasUsed),
    events: [],
  };
}
