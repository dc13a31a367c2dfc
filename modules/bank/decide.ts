/** The rules of the bank: tokens move, they don't appear. */
import type { Address } from '../_kernel/address.ts';
import { accept, type Decide } from '../_kernel/decider.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import type { Uhub } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { balanceOf } from './queries.ts';
import { refusals } from './refusals.ts';
import { type BankCommand, type BankEvent, moduleHolders, type Transferred } from './types.ts';

export const decide: Decide<typeof tables, BankCommand, BankEvent> = {
  Send(view, { sender, recipient, amountUhub }) {
    if (moduleHolders.includes(recipient)) return mayNotReceive(recipient);
    if (balanceOf(view, sender) < amountUhub) return insufficient(view, sender, amountUhub);
    return accept([{ type: 'Transferred', sender, recipient, amountUhub, reason: 'send' }]);
  },

  MultiSend(view, { sender, amountUhub, outputs }) {
    const paidOut = outputs.reduce((sum, output) => sum + output.amountUhub, 0n);
    if (paidOut !== amountUhub) {
      return refusals.input_output_mismatch({ input: amountUhub, outputs: paidOut });
    }
    const blocked = outputs.find(({ recipient }) => moduleHolders.includes(recipient));
    if (blocked !== undefined) return mayNotReceive(blocked.recipient);
    if (balanceOf(view, sender) < amountUhub) return insufficient(view, sender, amountUhub);
    const transfers = outputs.map(
      (output): Transferred => ({ type: 'Transferred', sender, ...output, reason: 'multi_send' }),
    );
    return accept(transfers);
  },

  Transfer(view, { from, to, amountUhub, reason }) {
    if (amountUhub === 0n) return accept([]);
    if (balanceOf(view, from) < amountUhub) return insufficient(view, from, amountUhub);
    return accept([{ type: 'Transferred', sender: from, recipient: to, amountUhub, reason }]);
  },

  Burn(view, { from, amountUhub }) {
    if (amountUhub === 0n) return accept([]);
    if (balanceOf(view, from) < amountUhub) return insufficient(view, from, amountUhub);
    return accept([{ type: 'Burned', holder: from, amountUhub }]);
  },
};

function mayNotReceive(recipient: Address): Refusal {
  return sdk.unauthorized({ what: `${recipient} is not allowed to receive funds: unauthorized` });
}

/** Wallets match this text. */
function insufficient(view: View<typeof tables>, holder: Address, amountUhub: Uhub): Refusal {
  const balance = balanceOf(view, holder);
  return sdk.insufficient_funds({
    what: `spendable balance ${balance}uhub is smaller than ${amountUhub}uhub: insufficient funds`,
  });
}
