/** The bank: one token, its balances and its supply. */
import * as wire from '../../proto/generated/artel/bank/v1/event.ts';
import type { Address } from '../_kernel/address.ts';
import type { ConventionalEvent, Module } from '../_kernel/module.ts';
import type { Uhub } from '../_kernel/units.ts';
import { coinText, multiSend, send } from './codec.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { queries } from './queries.ts';
import type { BankCommand, BankEvent, Burned, Minted, Transferred } from './types.ts';

/** For clients, which see of a module what this file shows. */
export { denom } from './types.ts';

export const bank: Module<typeof tables, BankCommand, BankEvent> = {
  name: 'bank',
  tables,
  decide,
  evolve,
  events: {
    Transferred: { codec: wire.Transferred, conventional: conventionalTransfer, quiet: isFee },
    Minted: { codec: wire.Minted, conventional: conventionalMint },
    Burned: { codec: wire.Burned, conventional: conventionalBurn },
  },
  messages: [send, multiSend],
  timers: {},
  queries,
  invariants,
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};

/** `tx.fee` and `tx.fee_payer` say the same. */
function isFee({ reason }: Transferred): boolean {
  return reason === 'fee';
}

function conventionalTransfer(event: Transferred): readonly ConventionalEvent[] {
  const { sender, recipient, amountUhub } = event;
  const attributes = [
    ['recipient', recipient],
    ['sender', sender],
    ['amount', coinText(amountUhub)],
  ] as const;
  return [
    spent(sender, amountUhub),
    received(recipient, amountUhub),
    { type: 'transfer', attributes },
  ];
}

function conventionalMint({ recipient, amountUhub }: Minted): readonly ConventionalEvent[] {
  return [received(recipient, amountUhub)];
}

function conventionalBurn({ holder, amountUhub }: Burned): readonly ConventionalEvent[] {
  const attributes = [
    ['burner', holder],
    ['amount', coinText(amountUhub)],
  ] as const;
  return [spent(holder, amountUhub), { type: 'burn', attributes }];
}

function spent(spender: Address, amountUhub: Uhub): ConventionalEvent {
  return {
    type: 'coin_spent',
    attributes: [
      ['spender', spender],
      ['amount', coinText(amountUhub)],
    ],
  };
}

function received(receiver: Address, amountUhub: Uhub): ConventionalEvent {
  return {
    type: 'coin_received',
    attributes: [
      ['receiver', receiver],
      ['amount', coinText(amountUhub)],
    ],
  };
}
