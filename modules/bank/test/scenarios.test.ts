import { addressFromBytes, moduleAddress } from '../../_kernel/address.ts';
import { Scenario } from '../../_kernel/harness.ts';
import { uhub } from '../../_kernel/units.ts';
import { bank } from '../module.ts';
import type { BankCommand, Output } from '../types.ts';

const ada = addressFromBytes(new Uint8Array(20).fill(1));
const ben = addressFromBytes(new Uint8Array(20).fill(2));
const eve = addressFromBytes(new Uint8Array(20).fill(3));
const pool = moduleAddress('bonded_pool');
const fees = moduleAddress('fee_collector');

/** Ada has 5, Ben 7; Eve has nothing. */
function given() {
  return new Scenario(bank, undefined).given(
    { type: 'Minted', recipient: ada, amountUhub: uhub(5n) },
    { type: 'Minted', recipient: ben, amountUhub: uhub(7n) },
  );
}

function send(amount: bigint, recipient = ben): BankCommand {
  return { type: 'Send', sender: ada, recipient, amountUhub: uhub(amount) };
}

function multiSend(amount: bigint, ...outputs: readonly Output[]): BankCommand {
  return { type: 'MultiSend', sender: ada, amountUhub: uhub(amount), outputs };
}

const output = (recipient: typeof ada, amount: bigint): Output => ({
  recipient,
  amountUhub: uhub(amount),
});

describe('what moves', () => {
  test('a sent amount leaves the sender and reaches the recipient', () => {
    const scenario = given();
    expect(scenario.when(send(2n)).events).toEqual([
      { type: 'Transferred', sender: ada, recipient: ben, amountUhub: 2n, reason: 'send' },
    ]);
    expect(scenario.view.balances.get(ada)).toBe(3n);
    expect(scenario.view.balances.get(ben)).toBe(9n);
  });

  test('a balance that is sent whole leaves no row', () => {
    const scenario = given();
    scenario.when(send(5n));
    expect(scenario.view.balances.has(ada)).toBe(false);
    expect(scenario.violations()).toEqual([]);
  });

  test('sending to oneself, even all, changes nothing', () => {
    const scenario = given();
    const before = scenario.state.dump();
    expect(scenario.when(send(5n, ada)).events).toHaveLength(1);
    expect(scenario.state.dump()).toBe(before);
  });

  test('one input pays many outputs, a recipient as often as it stands there', () => {
    const scenario = given();
    const command = multiSend(4n, output(ben, 1n), output(eve, 2n), output(ben, 1n));
    const outcome = scenario.when(command);
    expect(outcome.events.map(({ type }) => type)).toEqual(Array(3).fill('Transferred'));
    expect([ada, ben, eve].map((who) => scenario.view.balances.get(who))).toEqual([1n, 9n, 2n]);
  });

  test('modules pay to and from their own addresses', () => {
    const scenario = given();
    const facts = { type: 'Transfer', amountUhub: uhub(2n), reason: 'bond' } as const;
    scenario.when({ ...facts, from: ada, to: pool });
    scenario.when({ ...facts, from: pool, to: eve });
    expect([ada, pool, eve].map((who) => scenario.view.balances.get(who))).toEqual([
      3n,
      undefined,
      2n,
    ]);
  });

  test('what is burned leaves the supply', () => {
    const scenario = given();
    const outcome = scenario.when({ type: 'Burn', from: ada, amountUhub: uhub(5n) });
    expect(outcome.events).toEqual([{ type: 'Burned', holder: ada, amountUhub: 5n }]);
    expect(scenario.view.supply.get()).toBe(7n);
    expect(scenario.violations()).toEqual([]);
  });

  test('modules move and burn nothing of 0 uhub', () => {
    const none = uhub(0n);
    const transfer = { type: 'Transfer', from: eve, to: ada, reason: 'fee' } as const;
    expect(given().when({ ...transfer, amountUhub: none }).events).toEqual([]);
    expect(given().when({ type: 'Burn', from: eve, amountUhub: none }).events).toEqual([]);
  });
});

describe('what is refused', () => {
  const tooMuch = 'spendable balance 5uhub is smaller than 6uhub: insufficient funds';
  const refused: readonly [title: string, BankCommand, name: string, message: string][] = [
    [
      'input_output_mismatch',
      multiSend(3n, output(ben, 2n)),
      'input_output_mismatch',
      '3uhub and 2uhub',
    ],
    ['a send to the bond pool', send(1n, pool), 'unauthorized', 'is not allowed to receive funds'],
    ['a send to the fee collector', send(1n, fees), 'unauthorized', fees],
    ['an output to the bond pool', multiSend(1n, output(pool, 1n)), 'unauthorized', pool],
    ['to send more than the balance', send(6n), 'insufficient_funds', tooMuch],
    ['outputs above the balance', multiSend(6n, output(ben, 6n)), 'insufficient_funds', tooMuch],
    [
      'a transfer above the balance',
      { type: 'Transfer', from: ada, to: eve, amountUhub: uhub(6n), reason: 'fee' },
      'insufficient_funds',
      tooMuch,
    ],
    [
      'to burn more than the balance',
      { type: 'Burn', from: ada, amountUhub: uhub(6n) },
      'insufficient_funds',
      tooMuch,
    ],
  ];

  test.each(refused)('X-6 bank refuses %s', (_title, command, name, message) => {
    const outcome = given().when(command);
    expect(outcome).toMatchObject({ events: [], refused: name });
    expect(outcome.message).toContain(message);
  });

  test('the guards stand in order: the sum, the recipient, the balance', () => {
    const refusedBy = (command: BankCommand) => given().when(command).refused;
    expect(refusedBy(multiSend(9n, output(pool, 8n)))).toBe('input_output_mismatch');
    expect(refusedBy(multiSend(9n, output(pool, 9n)))).toBe('unauthorized');
    expect(refusedBy(multiSend(9n, output(ben, 9n)))).toBe('insufficient_funds');
  });
});
