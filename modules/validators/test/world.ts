/** A chain of validators in small: the module, a bank that follows its events, timers, a signer. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { Scenario, scenarioContext } from '../../_kernel/harness.ts';
import { height, type TimeMs, timeMs, uhub } from '../../_kernel/units.ts';
import { registrationBytes } from '../codec.ts';
import { importState } from '../genesis.ts';
import { validators } from '../module.ts';
import { consensusBytes } from '../power.ts';
import {
  bondPool,
  feeCollector,
  type Misbehavior,
  type RegisterValidator,
  type ValidatorsCommand,
  type ValidatorsEvent,
  type ValidatorsPorts,
} from '../types.ts';

export const hub = 1_000_000n;

export function ownerOf(n: number): Address {
  return addressFromBytes(new Uint8Array(20).fill(n));
}

export function secretOf(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

const keys = new Map<number, Uint8Array>();

export function keyOf(n: number): Uint8Array {
  const known = keys.get(n) ?? ed25519.getPublicKey(secretOf(n));
  keys.set(n, known);
  return known;
}

const proofs = new Map<string, Uint8Array>();

export function registration(
  n: number,
  bondUhub: bigint,
  key = n,
  chainId = scenarioContext.chainId,
): RegisterValidator {
  const owner = ownerOf(n);
  const signed = [n, key, chainId].join();
  const proof =
    proofs.get(signed) ?? ed25519.sign(registrationBytes(chainId, owner), secretOf(key));
  proofs.set(signed, proof);
  return { type: 'RegisterValidator', owner, pubKey: keyOf(key), proof, bondUhub: uhub(bondUhub) };
}

export function duplicateVote(n: number, atHeight = 9n): Misbehavior {
  return {
    kind: 'duplicate_vote',
    address: consensusBytes(keyOf(n)),
    height: atHeight,
    timeMs: scenarioContext.timeMs,
    totalPower: 4n,
  };
}

export const parameters = {
  unbondingMs: '1000',
  evidenceAgeMs: '500',
  minBondUhub: '1000000',
  maxValidators: '5',
  maxUnbondings: '2',
  duplicateVoteCutPpm: '100000',
  lightClientAttackCutPpm: '200000',
  missWindowBlocks: '10',
  maxMissedBlocks: '3',
  jailMs: '100',
  votingMs: '1000',
  feePeriodBlocks: '10',
};

/** Validators 1 to n with the bonds given, in hub. */
export class World {
  readonly scenario: Scenario<
    typeof validators.tables,
    ValidatorsCommand,
    ValidatorsEvent,
    ValidatorsPorts
  >;
  readonly balances = new Map<Address, bigint>();
  /** Set as consensus knows it, by public key. */
  readonly consensus = new Map<string, bigint>();
  waiting: { readonly atMs: bigint; readonly command: ValidatorsCommand }[] = [];
  parametersProblem: string | undefined;

  constructor(bondsHub: readonly bigint[], changed: object = {}) {
    const ports: ValidatorsPorts = {
      balanceUhub: (holder) => uhub(this.balances.get(holder) ?? 0n),
      problemWithParameters: () => this.parametersProblem,
    };
    this.scenario = new Scenario(validators, ports);
    const list = bondsHub.map((bond, index) => ({
      owner: ownerOf(index + 1),
      pubKey: Buffer.from(keyOf(index + 1)).toString('base64'),
      bondUhub: String(bond * hub),
    }));
    const genesis = { parameters: { ...parameters, ...changed }, validators: list };
    const events = importState(genesis);
    this.scenario.given(...events);
    this.follow(events);
    const total = bondsHub.reduce((sum, bond) => sum + bond * hub, 0n);
    this.balances.set(bondPool, total);
  }

  get view() {
    return this.scenario.view;
  }

  get nowMs(): TimeMs {
    return this.scenario.context.timeMs;
  }

  validator(n: number) {
    return this.view.validators.get(ownerOf(n));
  }

  when(command: ValidatorsCommand) {
    const outcome = this.scenario.when(command);
    this.follow(outcome.events);
    this.waiting.push(...(outcome.timers as typeof this.waiting));
    return outcome;
  }

  bond(n: number, amountUhub: bigint) {
    return this.when({ type: 'Bond', owner: ownerOf(n), amountUhub: uhub(amountUhub) });
  }

  unbond(n: number, amountUhub: bigint) {
    return this.when({ type: 'Unbond', owner: ownerOf(n), amountUhub: uhub(amountUhub) });
  }

  vote(n: number, change: bigint, yes = true) {
    return this.when({ type: 'VoteChange', voter: ownerOf(n), change, yes });
  }

  propose(n: number, json: string, module = 'trust') {
    const content = { parameters: { module, json }, upgrade: undefined };
    return this.when({ type: 'ProposeChange', proposer: ownerOf(n), summary: 'why', ...content });
  }

  proposeUpgrade(n: number, atHeight: bigint) {
    const content = { parameters: undefined, upgrade: { height: atHeight, appVersion: 2n } };
    return this.when({ type: 'ProposeChange', proposer: ownerOf(n), summary: 'why', ...content });
  }

  begin(absent: readonly number[], misbehavior: readonly Misbehavior[] = []) {
    const votes = [1, 2, 3, 4, 5, 6, 7].map((n) => ({
      address: consensusBytes(keyOf(n)),
      power: 1n,
      signed: !absent.includes(n),
    }));
    return this.when({ type: 'BeginBlock', votes, misbehavior });
  }

  end() {
    return this.when({ type: 'EndBlock' });
  }

  /** The next block: begin work, due timers, end work. All its events. */
  block(absent: readonly number[] = [], misbehavior: readonly Misbehavior[] = [], passMs = 10n) {
    const { context } = this.scenario;
    this.scenario.at({
      height: height(context.height + 1n),
      timeMs: timeMs(context.timeMs + passMs),
    });
    const begun = this.begin(absent, misbehavior).events;
    const due = this.waiting.filter(({ atMs }) => atMs <= this.nowMs);
    this.waiting = this.waiting.filter(({ atMs }) => atMs > this.nowMs);
    const fired = due.flatMap(({ command }) => this.when(command).events);
    return [...begun, ...fired, ...this.end().events];
  }

  /** What the bank and consensus do with the facts. */
  private follow(events: readonly ValidatorsEvent[]): void {
    for (const event of events) {
      if (event.type === 'Bonded') this.move(bondPool, event.amountUhub);
      if (event.type === 'BondCut') this.move(bondPool, -event.amountUhub);
      if (event.type === 'UnbondingFinished') {
        this.move(bondPool, -event.amountUhub);
        this.move(event.owner, event.amountUhub);
      }
      if (event.type === 'FeesDistributed') {
        for (const { owner, amountUhub } of event.payouts) {
          this.move(feeCollector, -amountUhub);
          this.move(owner, amountUhub);
        }
      }
      if (event.type === 'ValidatorSetChanged') this.tell(event.updates);
    }
  }

  /** As strict as CometBFT: one update a key, nothing removed that is not there, never empty. */
  private tell(updates: readonly { readonly pubKey: Uint8Array; readonly power: bigint }[]): void {
    const named = updates.map(({ pubKey }) => Buffer.from(pubKey).toString('hex'));
    if (new Set(named).size !== named.length) throw new Error('two updates of one key');
    if (named.join() !== named.toSorted().join()) throw new Error('updates are out of order');
    updates.forEach(({ power }, index) => {
      const key = named[index] ?? '';
      if (power === 0n && !this.consensus.delete(key)) throw new Error('removed what is not there');
      if (power > 0n && this.consensus.get(key) === power) throw new Error('an update of nothing');
      if (power > 0n) this.consensus.set(key, power);
    });
    if (this.consensus.size === 0) throw new Error('an empty validator set');
  }

  private move(holder: Address, amount: bigint): void {
    const balance = (this.balances.get(holder) ?? 0n) + amount;
    if (balance < 0n) throw new Error(`${holder} would hold ${balance}uhub`);
    this.balances.set(holder, balance);
  }
}

/** Power by validator number, as consensus knows it. */
export function powersOf(world: World): Readonly<Record<number, bigint>> {
  const numbers = [1, 2, 3, 4, 5, 6, 7];
  const known = numbers.flatMap((n) => {
    const power = world.consensus.get(Buffer.from(keyOf(n)).toString('hex'));
    return power === undefined ? [] : [[n, power] as const];
  });
  return Object.fromEntries(known);
}
