/** The standard messages of cosmos.bank: bytes -> commands, once. Only coins of uhub are taken. */
import type { Input, Output } from 'cosmjs-types/cosmos/bank/v1beta1/bank';
import { MsgMultiSend, MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import type { Coin } from 'cosmjs-types/cosmos/base/v1beta1/coin';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import { type MessageWire, type Parsed, parsed } from '../_kernel/module.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import { isUint64, type Uhub, uhub } from '../_kernel/units.ts';
import { refusals } from './refusals.ts';
import { denom, type MultiSend, type Send } from './types.ts';

export const send: MessageWire<MsgSend, Send> = {
  typeUrl: '/cosmos.bank.v1beta1.MsgSend',
  codec: MsgSend,
  aminoType: 'cosmos-sdk/MsgSend',
  toAmino: ({ fromAddress, toAddress, amount }) => ({
    from_address: fromAddress,
    to_address: toAddress,
    amount: amount.map(aminoCoin),
  }),
  signers: ({ fromAddress }) => [fromAddress],
  parse(message): Parsed<Send> {
    const sender = addressIn('from', message.fromAddress);
    if (isRefusal(sender)) return sender;
    const recipient = addressIn('to', message.toAddress);
    if (isRefusal(recipient)) return recipient;
    const amountUhub = amountIn(message.amount);
    if (isRefusal(amountUhub)) return amountUhub;
    return parsed({ type: 'Send', sender, recipient, amountUhub });
  },
  weight: 2_000n,
  responseUrl: '/cosmos.bank.v1beta1.MsgSendResponse',
};

export const multiSend: MessageWire<MsgMultiSend, MultiSend> = {
  typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend',
  codec: MsgMultiSend,
  aminoType: 'cosmos-sdk/MsgMultiSend',
  toAmino: ({ inputs, outputs }) => ({
    inputs: inputs.map(aminoParty),
    outputs: outputs.map(aminoParty),
  }),
  signers: ({ inputs }) => [...new Set(inputs.map(({ address }) => address))],
  parse({ inputs, outputs }): Parsed<MultiSend> {
    const [input] = inputs;
    if (input === undefined) return refusals.no_inputs();
    if (inputs.length > 1) return refusals.multiple_senders({ inputs: inputs.length });
    if (outputs.length === 0) return refusals.no_outputs();
    const sender = addressIn('input', input.address);
    if (isRefusal(sender)) return sender;
    const amountUhub = amountIn(input.coins);
    if (isRefusal(amountUhub)) return amountUhub;
    const parsedOutputs: { readonly recipient: Address; readonly amountUhub: Uhub }[] = [];
    for (const { address, coins } of outputs) {
      const recipient = addressIn('output', address);
      if (isRefusal(recipient)) return recipient;
      const amount = amountIn(coins);
      if (isRefusal(amount)) return amount;
      parsedOutputs.push({ recipient, amountUhub: amount });
    }
    return parsed({ type: 'MultiSend', sender, amountUhub, outputs: parsedOutputs });
  },
  weight: 2_000n,
  responseUrl: '/cosmos.bank.v1beta1.MsgMultiSendResponse',
};

/** As wallets print it: `12uhub`. */
export function coinText(amountUhub: bigint): string {
  return `${amountUhub}${denom}`;
}

function addressIn(role: string, text: string): Address | Refusal {
  const address = parseAddress(text);
  if (isAddress(address)) return address;
  return sdk.invalid_address({
    what: `${role} address "${text}" ${address.problem}: invalid address`,
  });
}

/** The amount of exactly one positive coin of uhub. */
function amountIn(coins: readonly Coin[]): Uhub | Refusal {
  const [coin] = coins;
  if (coin === undefined || coins.length > 1) {
    return invalidCoins(`${coins.length} coins, exactly 1 is due`);
  }
  if (coin.denom !== denom) return invalidCoins(`denom "${coin.denom}" is not ${denom}`);
  const amount = /^(0|[1-9]\d{0,19})$/.test(coin.amount) ? BigInt(coin.amount) : -1n;
  if (!isUint64(amount)) {
    return invalidCoins(`amount "${coin.amount}" is not a whole number below 2^64`);
  }
  if (amount === 0n) return invalidCoins('amount 0uhub is not positive');
  return uhub(amount);
}

function invalidCoins(problem: string): Refusal {
  return sdk.invalid_coins({ what: `${problem}: invalid coins` });
}

function aminoCoin({ denom: name, amount }: Coin) {
  return { denom: name, amount };
}

function aminoParty({ address, coins }: Input | Output) {
  return { address, coins: coins.map(aminoCoin) };
}
