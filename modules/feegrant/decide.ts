/** The rules of fee grants, as in the Cosmos SDK's x/feegrant. */
import { accept, type Decide } from '../_kernel/decider.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { timeMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { refusals } from './refusals.ts';
import type { Allowance, FeegrantCommand, FeegrantEvent, Period, UseAllowance } from './types.ts';

export const decide: Decide<typeof tables, FeegrantCommand, FeegrantEvent> = {
  GrantAllowance(view, { granter, grantee, allowance }, { timeMs: now }) {
    const { expiresAtMs } = allowance;
    if (view.allowances.has(grantee, granter)) {
      return sdk.invalid_request({
        what: `${granter} has an allowance for ${grantee}: fee allowance already exists`,
      });
    }
    if (expiresAtMs !== undefined && expiresAtMs < now) {
      return refusals.invalid_duration({
        what: `the allowance ends at ${expiresAtMs} ms, before this block at ${now} ms`,
      });
    }
    const command = { type: 'ExpireAllowance', granter, grantee };
    const timers = expiresAtMs === undefined ? [] : [{ atMs: timeMs(expiresAtMs), command }];
    return accept([{ type: 'AllowanceGranted', granter, grantee, allowance }], timers);
  },

  RevokeAllowance(view, { granter, grantee }) {
    if (!view.allowances.has(grantee, granter)) return refusals.no_allowance({ granter, grantee });
    return accept([{ type: 'AllowanceRevoked', granter, grantee }]);
  },

  UseAllowance(view, command, { timeMs: now }) {
    const { granter, grantee, feeUhub } = command;
    const allowance = view.allowances.get(grantee, granter);
    if (allowance === undefined) return refusals.no_allowance({ granter, grantee });
    const period = allowance.period && periodAt(allowance.period, allowance.spendLimitUhub, now);
    const problem = problemWith(command, { ...allowance, period }, now);
    if (problem !== undefined) return problem;
    const left = lessBy(feeUhub, { ...allowance, period });
    return accept([{ type: 'AllowanceUsed', granter, grantee, spentUhub: feeUhub, left }]);
  },

  /** An allowance granted anew may have another end, and a timer of its own. */
  ExpireAllowance(view, { granter, grantee }, { timeMs: now }) {
    const expiresAtMs = view.allowances.get(grantee, granter)?.expiresAtMs;
    if (expiresAtMs === undefined || expiresAtMs > now) return accept([]);
    return accept([{ type: 'AllowanceExpired', granter, grantee }]);
  },
};

/** The period as it stands at a use: a new one begins there, on time or with the late use. */
function periodAt(period: Period, spendLimitUhub: bigint | undefined, now: bigint): Period {
  if (now < period.resetsAtMs) return period;
  const next = period.resetsAtMs + period.lengthMs;
  const { limitUhub } = period;
  return {
    ...period,
    canSpendUhub:
      spendLimitUhub !== undefined && spendLimitUhub < limitUhub ? spendLimitUhub : limitUhub,
    resetsAtMs: next < now ? now + period.lengthMs : next,
  };
}

function problemWith(
  { granter, feeUhub, messages }: UseAllowance,
  { expiresAtMs, messages: allowed, period, spendLimitUhub }: Allowance,
  now: bigint,
): Refusal | undefined {
  const message = messages.find((url) => allowed.length > 0 && !allowed.includes(url));
  if (message !== undefined) return refusals.message_not_allowed({ granter, message });
  if (expiresAtMs !== undefined && expiresAtMs < now) {
    return refusals.fee_limit_expired({ granter, expiredMs: expiresAtMs });
  }
  if (period !== undefined && feeUhub > period.canSpendUhub) {
    const left = period.canSpendUhub;
    return refusals.fee_limit_exceeded({ granter, fee: feeUhub, left, period: true });
  }
  if (spendLimitUhub !== undefined && feeUhub > spendLimitUhub) {
    const left = spendLimitUhub;
    return refusals.fee_limit_exceeded({ granter, fee: feeUhub, left, period: false });
  }
  return undefined;
}

/** What is left after a fee; undefined where nothing is. */
function lessBy(feeUhub: bigint, allowance: Allowance): Allowance | undefined {
  const { spendLimitUhub, period } = allowance;
  if (spendLimitUhub === feeUhub) return undefined;
  return {
    ...allowance,
    spendLimitUhub: spendLimitUhub === undefined ? undefined : spendLimitUhub - feeUhub,
    period: period && { ...period, canSpendUhub: period.canSpendUhub - feeUhub },
  };
}
