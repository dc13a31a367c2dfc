/** The validators: their bonds, their set, what they do wrong, and what they decide. */
import * as wire from '../../proto/generated/artel/validators/v1/event.ts';
import { CloseChange, FinishUnbonding } from '../../proto/generated/artel/validators/v1/state.ts';
import type { Module } from '../_kernel/module.ts';
import { messages } from './codec.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { parametersProblem } from './parameters.ts';
import { queries } from './queries.ts';
import type { ValidatorsCommand, ValidatorsEvent, ValidatorsPorts } from './types.ts';

/** What the consensus key signs to register: for those who make the message. */
export { registrationBytes } from './codec.ts';

export const validators: Module<
  typeof tables,
  ValidatorsCommand,
  ValidatorsEvent,
  ValidatorsPorts
> = {
  name: 'validators',
  tables,
  decide,
  evolve,
  events: {
    ValidatorRegistered: { codec: wire.ValidatorRegistered, indexed: 'owner' },
    Bonded: { codec: wire.Bonded, indexed: 'owner' },
    UnbondingBegun: { codec: wire.UnbondingBegun, indexed: 'owner' },
    UnbondingFinished: { codec: wire.UnbondingFinished, indexed: 'owner' },
    BondCut: { codec: wire.BondCut, indexed: 'consensusAddress' },
    ValidatorRemoved: { codec: wire.ValidatorRemoved, indexed: 'consensusAddress' },
    LastValidatorKept: { codec: wire.LastValidatorKept, indexed: 'consensusAddress' },
    BlockMissed: { codec: wire.BlockMissed, indexed: 'consensusAddress' },
    ValidatorJailed: { codec: wire.ValidatorJailed, indexed: 'consensusAddress' },
    ValidatorUnjailed: { codec: wire.ValidatorUnjailed, indexed: 'consensusAddress' },
    ValidatorSetChanged: { codec: wire.ValidatorSetChanged },
    FeesDistributed: { codec: wire.FeesDistributed },
    ChangeProposed: { codec: wire.ChangeProposed, indexed: 'change' },
    ChangeVoted: { codec: wire.ChangeVoted, indexed: 'change' },
    ChangePassed: { codec: wire.ChangePassed, indexed: 'change' },
    ChangeFailed: { codec: wire.ChangeFailed, indexed: 'change' },
    UpgradePlanned: { codec: wire.UpgradePlanned, indexed: 'change' },
    ParametersSet: { codec: wire.ParametersSet },
    ValidatorImported: { codec: wire.ValidatorImported },
    UnbondingImported: { codec: wire.UnbondingImported },
    ChangeImported: { codec: wire.ChangeImported },
    NumberingContinued: { codec: wire.NumberingContinued },
  },
  messages,
  timers: { FinishUnbonding, CloseChange },
  queries,
  invariants,
  parameters: { check: parametersProblem },
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};
