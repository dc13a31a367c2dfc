/** The module's refusals, numbered for good, in the order of the guards. */
import { defineRefusals } from '../_kernel/refusals.ts';

interface Owner {
  readonly owner: string;
}
interface Bonds {
  readonly bondUhub: bigint;
  readonly leastUhub: bigint;
}

export const refusals = defineRefusals('validators', {
  already_registered: {
    code: 2,
    sentence: ({ owner, stage }: Owner & { readonly stage: string }) =>
      `${owner} has a validator already; it is ${stage}`,
    remedy: 'Bond to it, or register with another account.',
  },
  key_used: {
    code: 3,
    sentence: ({ key, owner }: Owner & { readonly key: string }) =>
      `the consensus key of ${key} belongs to the validator of ${owner}`,
    remedy: 'Make a new consensus key: a key is used once.',
  },
  bad_proof: {
    code: 4,
    sentence: ({ key, owner }: Owner & { readonly key: string }) =>
      `the proof is not the signature of ${key} over the registration of ${owner} on this chain`,
    remedy: 'Sign the registration with the consensus key.',
  },
  bond_too_small: {
    code: 5,
    sentence: ({ bondUhub, leastUhub }: Bonds) =>
      `a bond of ${bondUhub}uhub is below the least, ${leastUhub}uhub`,
    remedy: 'Bond more, or unbond all.',
  },
  too_much_bonded: {
    code: 6,
    sentence: (d: { readonly totalUhub: bigint; readonly mostUhub: bigint }) =>
      `all bonds together would be ${d.totalUhub}uhub, above ${d.mostUhub}uhub`,
    remedy: 'Bond less.',
  },
  unknown_validator: {
    code: 7,
    sentence: ({ owner }: Owner) => `${owner} has no validator`,
    remedy: 'Register it first.',
  },
  validator_removed: {
    code: 8,
    sentence: ({ owner }: Owner) => `the validator of ${owner} was removed for good`,
    remedy: 'Register with another account and key.',
  },
  exceeds_bond: {
    code: 9,
    sentence: (d: { readonly amountUhub: bigint; readonly bondUhub: bigint }) =>
      `${d.amountUhub}uhub is more than the bond, ${d.bondUhub}uhub`,
    remedy: 'Unbond at most the bond.',
  },
  last_validator: {
    code: 10,
    sentence: ({ owner }: Owner) => `the validator of ${owner} is the last one with power`,
    remedy: 'Wait until another validator has power.',
  },
  too_many_unbondings: {
    code: 11,
    sentence: ({ open, most }: { readonly open: number; readonly most: bigint }) =>
      `${open} unbondings are open, ${most} are allowed`,
    remedy: 'Wait until one of them is paid out.',
  },
  not_jailed: {
    code: 12,
    sentence: ({ owner, stage }: Owner & { readonly stage: string }) =>
      `the validator of ${owner} is not jailed, it is ${stage}`,
    remedy: 'Only a jailed validator can be called back.',
  },
  jail_not_over: {
    code: 13,
    sentence: ({ untilMs, timeMs }: { readonly untilMs: bigint; readonly timeMs: bigint }) =>
      `jailed until ${untilMs}, block time is ${timeMs} (ms)`,
    remedy: 'Wait until the jail time is over.',
  },
  not_a_validator: {
    code: 14,
    sentence: ({ owner }: Owner) => `${owner} has no validator with power`,
    remedy: 'Only validators with power propose and vote.',
  },
  change_open: {
    code: 15,
    sentence: ({ owner, change }: Owner & { readonly change: bigint }) =>
      `change ${change} of ${owner} is still open`,
    remedy: 'Wait until it is closed.',
  },
  malformed_change: {
    code: 16,
    sentence: ({ problem }: { readonly problem: string }) => problem,
    remedy: 'Propose parameters of one module as a JSON object, or an upgrade.',
  },
  upgrade_too_early: {
    code: 17,
    sentence: (d: { readonly upgradeHeight: bigint; readonly height: bigint }) =>
      `the upgrade at height ${d.upgradeHeight} is not after this height, ${d.height}`,
    remedy: 'Choose a height after the end of the vote.',
  },
  unknown_change: {
    code: 18,
    sentence: ({ change }: { readonly change: bigint }) => `there is no change ${change}`,
    remedy: 'Query the changes.',
  },
  change_closed: {
    code: 19,
    sentence: ({ change, outcome }: { readonly change: bigint; readonly outcome: string }) =>
      `change ${change} is closed: it has ${outcome}`,
    remedy: 'Propose it again.',
  },
  vote_unchanged: {
    code: 20,
    sentence: (d: { readonly change: bigint; readonly yes: boolean }) =>
      `the vote on change ${d.change} is ${d.yes ? 'yes' : 'no'} already`,
    remedy: 'A second vote must differ from the first.',
  },
  malformed_parameters: {
    code: 21,
    sentence: ({ problem }: { readonly problem: string }) => problem,
    remedy: 'Give a JSON object of parameters with decimal texts.',
  },
});
