import { addressFromBytes } from '../../_kernel/address.ts';
import { Scenario } from '../../_kernel/harness.ts';
import { uhub } from '../../_kernel/units.ts';
import { bank } from '../module.ts';

const ada = addressFromBytes(new Uint8Array(20).fill(1));
const ben = addressFromBytes(new Uint8Array(20).fill(2));

function ask(path: string, request: object): unknown {
  const query = bank.queries.find((candidate) => candidate.path.endsWith(`/${path}`));
  if (query === undefined) throw new Error(`no query ${path}`);
  const scenario = new Scenario(bank, undefined).given({
    type: 'Minted',
    recipient: ada,
    amountUhub: uhub(5n),
  });
  const asked = query.request.decode(query.request.encode(request).finish());
  const answer = query.answer(scenario.view, asked, scenario.context, undefined);
  if (!answer.ok) return answer;
  return query.response.decode(query.response.encode(answer.response).finish());
}

test('a transfer has the conventional events of wallets', () => {
  const { conventional } = bank.events.Transferred;
  const facts = { sender: ada, recipient: ben, amountUhub: uhub(12n), reason: 'send' };
  expect(conventional?.({ type: 'Transferred', ...facts })).toEqual([
    {
      type: 'coin_spent',
      attributes: [
        ['spender', ada],
        ['amount', '12uhub'],
      ],
    },
    {
      type: 'coin_received',
      attributes: [
        ['receiver', ben],
        ['amount', '12uhub'],
      ],
    },
    {
      type: 'transfer',
      attributes: [
        ['recipient', ben],
        ['sender', ada],
        ['amount', '12uhub'],
      ],
    },
  ]);
});

test('a burn has the conventional events of wallets', () => {
  const burned = { type: 'Burned', holder: ada, amountUhub: uhub(3n) } as const;
  expect(bank.events.Burned.conventional?.(burned).map(({ type }) => type)).toEqual([
    'coin_spent',
    'burn',
  ]);
});

test('Balance answers 0 of what nobody has', () => {
  const coin = (denom: string, amount: string) => ({ balance: { denom, amount } });
  expect(ask('Balance', { address: ada, denom: 'uhub' })).toEqual(coin('uhub', '5'));
  expect(ask('Balance', { address: ben, denom: 'uhub' })).toEqual(coin('uhub', '0'));
  expect(ask('Balance', { address: ada, denom: 'uatom' })).toEqual(coin('uatom', '0'));
  expect(ask('Balance', { address: 'artel1', denom: 'uhub' })).toMatchObject({
    name: 'invalid_address',
  });
});

test.each(['AllBalances', 'SpendableBalances'])('%s lists what is there', (path) => {
  const request = { address: ada, resolveDenom: false };
  expect(ask(path, request)).toMatchObject({ balances: [{ denom: 'uhub', amount: '5' }] });
  expect(ask(path, { ...request, address: ben })).toMatchObject({ balances: [] });
  expect(ask(path, { ...request, address: '' })).toMatchObject({ name: 'invalid_address' });
});

test('the supply is answered in total and by denom', () => {
  const coin = { denom: 'uhub', amount: '5' };
  expect(ask('TotalSupply', {})).toMatchObject({ supply: [coin] });
  expect(ask('SupplyOf', { denom: 'uhub' })).toEqual({ amount: coin });
  expect(ask('SupplyOf', { denom: 'uatom' })).toEqual({ amount: { denom: 'uatom', amount: '0' } });
});

test('metadata tells how wallets show the token', () => {
  const metadata = { base: 'uhub', display: 'hub', symbol: 'HUB' };
  expect(ask('DenomMetadata', { denom: 'uhub' })).toMatchObject({ metadata });
  expect(ask('DenomsMetadata', {})).toMatchObject({ metadatas: [metadata] });
  expect(ask('DenomMetadata', { denom: 'uatom' })).toMatchObject({ ok: false, name: 'not_found' });
  expect(ask('Params', {})).toEqual({ params: { sendEnabled: [], defaultSendEnabled: true } });
});
