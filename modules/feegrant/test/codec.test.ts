import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { MemoryState } from '../../_kernel/memory-state.ts';
import { draft, view } from '../../_kernel/tables.ts';
import { messages, standardAllowance } from '../codec.ts';
import { evolve } from '../evolve.ts';
import { exportState, importState } from '../genesis.ts';
import { tables } from '../keys.ts';
import type { Allowance, FeegrantEvent } from '../types.ts';

const [granter, grantee] = [1, 2].map((byte) =>
  addressFromBytes(new Uint8Array(20).fill(byte)),
) as [Address, Address];
const [grant, revoke] = messages as [(typeof messages)[0], (typeof messages)[1]];
const coin = (amount: string, denom = 'uhub') => [{ denom, amount }];
const second = (seconds: bigint, nanos = 0) => ({ seconds, nanos });

const basic = (fields: Partial<BasicAllowance>): Any => ({
  typeUrl: '/cosmos.feegrant.v1beta1.BasicAllowance',
  value: BasicAllowance.encode(BasicAllowance.fromPartial(fields)).finish(),
});
const periodic = (fields: Partial<PeriodicAllowance>): Any => ({
  typeUrl: '/cosmos.feegrant.v1beta1.PeriodicAllowance',
  value: PeriodicAllowance.encode(PeriodicAllowance.fromPartial(fields)).finish(),
});
const allowed = (allowance: Any | undefined, allowedMessages: string[]): Any => ({
  typeUrl: '/cosmos.feegrant.v1beta1.AllowedMsgAllowance',
  value: AllowedMsgAllowance.encode(
    AllowedMsgAllowance.fromPartial({ ...(allowance && { allowance }), allowedMessages }),
  ).finish(),
});
const day = { period: second(86_400n), periodSpendLimit: coin('9') };

function parse(allowance: Any | undefined) {
  return grant.parse({ granter, grantee, ...(allowance && { allowance }) });
}

describe('what is refused whatever the state', () => {
  const wrong: readonly [title: string, allowance: Any | undefined, name: string][] = [
    ['no allowance', undefined, 'invalid_request'],
    ['another type', { typeUrl: '/x.Y', value: new Uint8Array() }, 'invalid_request'],
    ['another denom', basic({ spendLimit: coin('1', 'uatom') }), 'invalid_coins'],
    ['nothing to spend', basic({ spendLimit: coin('0') }), 'invalid_coins'],
    ['a negative amount', basic({ spendLimit: coin('-1') }), 'invalid_coins'],
    ['an amount of 2^64', basic({ spendLimit: coin('18446744073709551616') }), 'invalid_coins'],
    ['two coins', basic({ spendLimit: [...coin('1'), ...coin('2')] }), 'invalid_coins'],
    ['a time before 1970', basic({ expiration: second(-1n) }), 'invalid_duration'],
    ['a time after 9999', basic({ expiration: second(253_402_300_800n) }), 'invalid_duration'],
    ['nanoseconds of a second', basic({ expiration: second(0n, 1e9) }), 'invalid_duration'],
    ['negative nanoseconds', basic({ expiration: second(0n, -1) }), 'invalid_duration'],
    ['a period without length', periodic({ ...day, period: second(0n) }), 'invalid_duration'],
    ['a period below 1 ms', periodic({ ...day, period: second(0n, 999_999) }), 'invalid_duration'],
    ['a period without limit', periodic({ period: day.period }), 'invalid_coins'],
    ['a wrong rest of a period', periodic({ ...day, periodCanSpend: coin('x') }), 'invalid_coins'],
    ['more than the limit', periodic({ ...day, periodCanSpend: coin('10') }), 'invalid_coins'],
    ['a wrong reset', periodic({ ...day, periodReset: second(-5n) }), 'invalid_duration'],
    [
      'a wrong basic part',
      periodic({ ...day, basic: BasicAllowance.fromPartial({ spendLimit: coin('0') }) }),
      'invalid_coins',
    ],
    ['no message', allowed(basic({}), []), 'no_messages'],
    ['a message twice', allowed(basic({}), ['/a', '/a']), 'invalid_request'],
    [
      'too many messages',
      allowed(
        basic({}),
        Array.from({ length: 65 }, (_, index) => `/${index}`),
      ),
      'invalid_request',
    ],
    ['messages without limits', allowed(undefined, ['/a']), 'invalid_request'],
    ['a list in a list', allowed(allowed(basic({}), ['/a']), ['/a']), 'invalid_request'],
  ];
  test.each(wrong)('X-6 %s', (_title, allowance, name) => {
    expect(parse(allowance)).toMatchObject({ ok: false, name });
  });

  test('X-6 addresses that are none, and a grant to oneself', () => {
    const allowance = basic({});
    expect(grant.parse({ granter: 'x', grantee, allowance })).toMatchObject({ code: 7 });
    expect(grant.parse({ granter, grantee: '', allowance })).toMatchObject({ code: 7 });
    expect(grant.parse({ granter, grantee: granter, allowance })).toMatchObject({ code: 7 });
    expect(revoke.parse({ granter: 'x', grantee })).toMatchObject({ code: 7 });
    expect(revoke.parse({ granter, grantee: 'x' })).toMatchObject({ code: 7 });
  });
});

const kept: readonly [title: string, any: Any, Allowance][] = [
  [
    'no limit at all',
    basic({}),
    { spendLimitUhub: undefined, expiresAtMs: undefined, period: undefined, messages: [] },
  ],
  [
    'a limit and an end, to the millisecond',
    basic({ spendLimit: coin('18446744073709551615'), expiration: second(5n, 7_000_000) }),
    { spendLimitUhub: 2n ** 64n - 1n, expiresAtMs: 5_007n, period: undefined, messages: [] },
  ],
  [
    'a period for one message',
    allowed(periodic({ ...day, periodCanSpend: coin('4'), periodReset: second(8n) }), [
      '/artel.coupons.v1.MsgClaim',
    ]),
    {
      spendLimitUhub: undefined,
      expiresAtMs: undefined,
      period: { lengthMs: 86_400_000n, limitUhub: 9n, canSpendUhub: 4n, resetsAtMs: 8_000n },
      messages: ['/artel.coupons.v1.MsgClaim'],
    },
  ],
];

describe('allowances that are kept', () => {
  test.each(kept)('%s: as it came, so it is shown', (_title, any, allowance) => {
    expect(parse(any)).toEqual({
      ok: true,
      command: { type: 'GrantAllowance', granter, grantee, allowance },
    });
    expect(standardAllowance(allowance)).toEqual(any);
  });

  test.each(kept)('%s: genesis takes it in and out', (_title, _any, allowance) => {
    const events: readonly FeegrantEvent[] = [
      { type: 'AllowanceGranted', granter, grantee, allowance },
    ];
    const state = new MemoryState();
    const write = evolve.AllowanceGranted;
    for (const event of events) write(draft(tables, state), event as never);
    const exported = exportState(view(tables, state));
    expect(importState(JSON.parse(JSON.stringify(exported)))).toEqual(events);
  });

  test('a genesis with a field too much, twice the same pair or nothing left is refused', () => {
    const row = { granter, grantee };
    const take = (...allowances: readonly unknown[]) => importState({ allowances });
    expect(take(row)).toHaveLength(1);
    expect(() => take(row, row)).toThrow('app_state.feegrant.allowances[1]: stands here twice');
    expect(() => take({ ...row, spendLimit: '1' })).toThrow('unknown field spendLimit');
    expect(() => take({ ...row, spendLimitUhub: '0' })).toThrow('nothing left');
    expect(() => take({ granter, grantee: granter })).toThrow('granted to its granter');
    const period = { lengthMs: '1', limitUhub: '1', canSpendUhub: '1', resetsAtMs: '0' };
    expect(take({ ...row, period })).toHaveLength(1);
    expect(() => take({ ...row, period: { ...period, lengthMs: '0' } })).toThrow('no length');
    expect(() => take({ ...row, period: { ...period, canSpendUhub: '2' } })).toThrow('its limit');
  });
});

test("amino JSON is the Cosmos SDK's", () => {
  const inner = periodic({
    ...day,
    basic: { spendLimit: coin('7'), expiration: second(1_767_225_600n, 120_000_000) },
    periodReset: second(951_827_696n),
  });
  const value = { granter, grantee, allowance: allowed(inner, ['/a']) };
  expect(grant.toAmino(value)).toEqual({
    granter,
    grantee,
    allowance: {
      type: 'cosmos-sdk/AllowedMsgAllowance',
      value: {
        allowance: {
          type: 'cosmos-sdk/PeriodicAllowance',
          value: {
            basic: { spend_limit: coin('7'), expiration: '2026-01-01T00:00:00.12Z' },
            period: '86400000000000',
            period_spend_limit: coin('9'),
            period_can_spend: [],
            period_reset: '2000-02-29T12:34:56Z',
          },
        },
        allowed_messages: ['/a'],
      },
    },
  });
  expect(revoke.toAmino({ granter, grantee })).toEqual({ granter, grantee });
});
