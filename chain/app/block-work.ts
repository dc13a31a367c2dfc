/**
 * The work that every block brings beside its transactions, and the validator updates it ends with.
 */
import {
  type Misbehavior,
  MisbehaviorType,
  type ValidatorUpdate,
} from 'cosmjs-types/tendermint/abci/types';
import type { Tagged } from '../../modules/_kernel/decider.ts';
import type { Fact } from './composition.ts';
import { millisecondsOf } from './time.ts';

export interface ModuleCommand {
  readonly module: string;
  readonly command: Tagged;
}

export interface BlockWork {
  readonly begin: readonly ModuleCommand[];
  readonly end: readonly ModuleCommand[];
}

interface Vote {
  readonly validator: { readonly address: Uint8Array; readonly power: bigint };
  readonly blockIdFlag: number;
}

/** CometBFT's flag for a validator that did not vote at all. */
const absent = 1;

/** Votes of the block before and misbehavior, as the commands of the modules that are there. */
export function blockWork(
  enabled: (module: string) => boolean,
  votes: readonly Vote[],
  misbehavior: readonly Misbehavior[],
): BlockWork {
  if (!enabled('validators')) return { begin: [], end: [] };
  const begin = {
    type: 'BeginBlock',
    votes: votes.map(({ validator: { address, power }, blockIdFlag }) => ({
      address,
      power,
      signed: blockIdFlag !== absent,
    })),
    misbehavior: misbehavior.map((offence) => ({
      kind:
        offence.type === MisbehaviorType.LIGHT_CLIENT_ATTACK
          ? 'light_client_attack'
          : 'duplicate_vote',
      address: offence.validator.address,
      height: offence.height,
      timeMs: millisecondsOf(offence.time),
      totalPower: offence.totalVotingPower,
    })),
  };
  return {
    begin: [{ module: 'validators', command: begin }],
    end: [{ module: 'validators', command: { type: 'EndBlock' } }],
  };
}

interface ValidatorSetChanged extends Tagged {
  readonly updates: readonly { readonly pubKey: Uint8Array; readonly power: bigint }[];
}

/** The updates that the validators module decided on, for CometBFT. */
export function validatorUpdates(facts: readonly Fact[]): readonly ValidatorUpdate[] {
  return facts
    .filter(({ module, event }) => module === 'validators' && event.type === 'ValidatorSetChanged')
    .flatMap(({ event }) => (event as ValidatorSetChanged).updates)
    .map(({ pubKey, power }) => ({ pubKey: { ed25519: pubKey }, power }));
}
