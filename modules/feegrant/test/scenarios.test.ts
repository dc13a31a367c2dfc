import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { Scenario, scenarioContext } from '../../_kernel/harness.ts';
import { timeMs, uhub } from '../../_kernel/units.ts';
import { feegrant } from '../module.ts';
import type { Allowance, FeegrantEvent, UseAllowance } from '../types.ts';

const [bakery, mill, worker] = [1, 2, 3].map((byte) =>
  addressFromBytes(new Uint8Array(20).fill(byte)),
) as [Address, Address, Address];
const now = scenarioContext.timeMs;
const claim = '/artel.coupons.v1.MsgClaim';
const parties = { granter: bakery, grantee: worker };

function allowance(fields: Partial<Allowance> = {}): Allowance {
  const none = { spendLimitUhub: undefined, expiresAtMs: undefined, period: undefined };
  return { ...none, messages: [], ...fields };
}

function granted(fields: Partial<Allowance> = {}) {
  const event: FeegrantEvent = {
    type: 'AllowanceGranted',
    ...parties,
    allowance: allowance(fields),
  };
  return new Scenario(feegrant, undefined).given(event);
}

function use(feeUhub: bigint, fields: Partial<UseAllowance> = {}): UseAllowance {
  return { type: 'UseAllowance', ...parties, feeUhub: uhub(feeUhub), messages: [claim], ...fields };
}

function left(scenario: ReturnType<typeof granted>): Allowance | undefined {
  return scenario.view.allowances.get(worker, bakery);
}

describe('granting and revoking', () => {
  const grant = { type: 'GrantAllowance', ...parties } as const;

  test('an allowance stands under both accounts until it is revoked', () => {
    const scenario = new Scenario(feegrant, undefined);
    const given = allowance({ spendLimitUhub: 5n });
    const { events, timers } = scenario.when({ ...grant, allowance: given });
    expect(events).toEqual([{ type: 'AllowanceGranted', ...parties, allowance: given }]);
    expect(timers).toEqual([]);
    expect(left(scenario)).toEqual(given);
    expect(scenario.violations()).toEqual([]);
    expect(scenario.when({ type: 'RevokeAllowance', ...parties }).events).toEqual([
      { type: 'AllowanceRevoked', ...parties },
    ]);
    expect([...scenario.view.allowances.range(), ...scenario.view.granted.range()]).toEqual([]);
  });

  test('one that expires is set to be removed at its end', () => {
    const given = allowance({ expiresAtMs: now });
    const { timers } = new Scenario(feegrant, undefined).when({ ...grant, allowance: given });
    expect(timers).toEqual([{ atMs: now, command: { type: 'ExpireAllowance', ...parties } }]);
  });

  test('a second one for the same account is refused', () => {
    expect(granted().when({ ...grant, allowance: allowance() }).refused).toBe('invalid_request');
  });

  test('other accounts are no hindrance', () => {
    const scenario = granted();
    for (const other of [
      { granter: mill, grantee: worker },
      { granter: bakery, grantee: mill },
      { granter: worker, grantee: bakery },
    ]) {
      const command = { type: 'GrantAllowance', ...other, allowance: allowance() } as const;
      expect(scenario.when(command).refused).toBeUndefined();
    }
    expect([...scenario.view.allowances.range()]).toHaveLength(4);
    expect(scenario.violations()).toEqual([]);
  });

  test('X-6 one that ends before the block is refused as invalid_duration', () => {
    const over = allowance({ expiresAtMs: now - 1n });
    const { refused } = new Scenario(feegrant, undefined).when({ ...grant, allowance: over });
    expect(refused).toBe('invalid_duration');
  });

  test('X-6 what was never granted can not be revoked: no_allowance', () => {
    const { refused } = granted().when({ type: 'RevokeAllowance', granter: mill, grantee: worker });
    expect(refused).toBe('no_allowance');
  });
});

describe('the end', () => {
  const expire = { type: 'ExpireAllowance', ...parties } as const;

  test('the timer removes what is over', () => {
    const scenario = granted({ expiresAtMs: now });
    expect(scenario.when(expire).events).toEqual([{ type: 'AllowanceExpired', ...parties }]);
    expect(left(scenario)).toBeUndefined();
    expect(scenario.violations()).toEqual([]);
  });

  test('the timer of an allowance before leaves its successor alone', () => {
    expect(granted({ expiresAtMs: now + 1n }).when(expire).events).toEqual([]);
    expect(granted().when(expire).events).toEqual([]);
    expect(new Scenario(feegrant, undefined).when(expire).events).toEqual([]);
  });
});

describe('using', () => {
  test('a basic allowance falls by each fee, and is gone when spent', () => {
    const scenario = granted({ spendLimitUhub: 10n });
    expect(scenario.when(use(4n)).events).toEqual([
      { type: 'AllowanceUsed', ...parties, spentUhub: 4n, left: allowance({ spendLimitUhub: 6n }) },
    ]);
    expect(scenario.when(use(7n)).refused).toBe('fee_limit_exceeded');
    expect(scenario.when(use(6n)).events).toEqual([
      { type: 'AllowanceUsed', ...parties, spentUhub: 6n, left: undefined },
    ]);
    expect(left(scenario)).toBeUndefined();
    expect(scenario.violations()).toEqual([]);
  });

  test('one without a limit stays as it is', () => {
    const scenario = granted();
    scenario.when(use(1_000_000_000n));
    expect(left(scenario)).toEqual(allowance());
  });

  test('it counts up to its last moment', () => {
    const scenario = granted({ expiresAtMs: now });
    expect(scenario.when(use(1n)).refused).toBeUndefined();
    expect(scenario.at({ timeMs: timeMs(now + 1n) }).when(use(1n)).refused).toBe(
      'fee_limit_expired',
    );
  });

  const period = { lengthMs: 1000n, limitUhub: 10n, canSpendUhub: 3n, resetsAtMs: now + 1n };
  const at = (ms: bigint) => ({ timeMs: timeMs(now + ms) });

  test('before its reset a period has what it can still spend', () => {
    const scenario = granted({ period });
    expect(scenario.when(use(4n)).message).toContain('the 3uhub');
    expect(scenario.when(use(4n)).message).toContain('in this period');
    scenario.when(use(3n));
    expect(left(scenario)?.period).toEqual({ ...period, canSpendUhub: 0n });
    expect(scenario.when(use(1n)).refused).toBe('fee_limit_exceeded');
  });

  test('at its reset a new period begins, one length after the last', () => {
    const scenario = granted({ period });
    scenario.at(at(1n)).when(use(10n));
    expect(left(scenario)?.period).toEqual({
      ...period,
      canSpendUhub: 0n,
      resetsAtMs: now + 1_001n,
    });
  });

  test('a use at the end of the next period still falls into the one after the last', () => {
    const scenario = granted({ period });
    scenario.at(at(1_001n)).when(use(1n));
    expect(left(scenario)?.period?.resetsAtMs).toBe(now + 1_001n);
    scenario.when(use(2n));
    expect(left(scenario)?.period).toMatchObject({ canSpendUhub: 8n, resetsAtMs: now + 2_001n });
  });

  test('after a pause longer than a period the next one begins with the use', () => {
    const scenario = granted({ period });
    scenario.at(at(1_002n)).when(use(1n));
    expect(left(scenario)?.period).toMatchObject({ canSpendUhub: 9n, resetsAtMs: now + 2_002n });
  });

  test('a period has no more than what is left in all', () => {
    const scenario = granted({ period, spendLimitUhub: 5n }).at(at(1n));
    expect(scenario.when(use(6n)).message).toContain('the 5uhub');
    scenario.when(use(4n));
    expect(left(scenario)).toMatchObject({ spendLimitUhub: 1n, period: { canSpendUhub: 1n } });
    scenario.when(use(1n));
    expect(left(scenario)).toBeUndefined();
  });

  test('a new period has its limit, however much is left in all', () => {
    const scenario = granted({ period, spendLimitUhub: 50n }).at(at(1n));
    expect(scenario.when(use(11n)).message).toContain('the 10uhub');
  });

  test('what is left in all binds within a period, too', () => {
    const scenario = granted({ period, spendLimitUhub: 2n });
    expect(scenario.when(use(3n)).message).toContain('the 2uhub');
    expect(scenario.when(use(3n)).message).not.toContain('period');
  });

  test('an allowance for certain messages pays for no other', () => {
    const scenario = granted({ messages: [claim] });
    expect(scenario.when(use(1n)).refused).toBeUndefined();
    const both = use(1n, { messages: [claim, '/artel.trust.v1.MsgSignTrust'] });
    expect(scenario.when(both).message).toContain('/artel.trust.v1.MsgSignTrust');
    expect(scenario.when(both).refused).toBe('message_not_allowed');
  });

  test('X-6 the guards of a use come in the order of the README', () => {
    const stranger = use(9n, { granter: mill, messages: ['/x'] });
    const scenario = granted({ spendLimitUhub: 1n, expiresAtMs: now - 1n, messages: [claim] });
    expect(scenario.when(stranger).refused).toBe('no_allowance');
    expect(scenario.when(use(9n, { messages: ['/x'] })).refused).toBe('message_not_allowed');
    expect(scenario.when(use(9n)).refused).toBe('fee_limit_expired');
    expect(granted({ spendLimitUhub: 1n }).when(use(9n)).refused).toBe('fee_limit_exceeded');
  });
});
