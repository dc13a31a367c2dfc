/** The genesis document of local chains: validators with bonds, funded accounts, every module. */

import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import type { RequestInitChain } from 'cosmjs-types/tendermint/abci/types';
import {
  type Address,
  addressFromBytes,
  isAddress,
  moduleAddress,
  parseAddress,
} from '../../modules/_kernel/address.ts';
import { GenesisProblem } from '../../modules/_kernel/module.ts';
import { defaultGenesis as accountsDefault } from '../../modules/accounts/genesis.ts';
import { defaultParameters as validatorsDefault } from '../../modules/validators/parameters.ts';
import { bondPool, uhubPerPower } from '../../modules/validators/types.ts';
import { modulesByName } from './app.ts';
import { isEmptyAppState } from './genesis.ts';

export interface LocalValidator {
  readonly name: string;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Voting power, bonded from nothing; 1,000 where left out. */
  readonly power?: bigint;
}

export interface LocalGenesis {
  readonly chainId: string;
  readonly genesisTimeMs: number;
  readonly validators: readonly LocalValidator[];
  /** Addresses to fund; the first ones own the validators. */
  readonly accounts: readonly string[];
  /** What each account gets; 1,000,000 hub where left out. */
  readonly accountUhub?: bigint;
  /** Modules to leave out. */
  readonly without?: readonly string[];
}

const defaultPower = 1_000n;
const defaultAccountUhub = 1_000_000_000_000n;

/** CometBFT's defaults for evidence: both limits must pass before it is too old. */
const evidenceAgeNs = 172_800_000_000_000n;

/**
 * Sum of the gas limits of a block: with the costs of `modules/accounts/gas.ts`, about 3,000
 * transfers, less than a second on the reference machine.
 */
const maxGas = 250_000_000n;

/** `genesis.json` as CometBFT and the embedded engine read it, before JSON. */
export function makeGenesis(local: LocalGenesis): Record<string, unknown> {
  const left = new Set(local.without ?? []);
  const state = Object.entries(forOwnMachine(local)).filter(([module]) => !left.has(module));
  return {
    genesis_time: new Date(local.genesisTimeMs).toISOString(),
    chain_id: local.chainId,
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: '4194304', max_gas: maxGas.toString() },
      evidence: {
        max_age_num_blocks: '100000',
        max_age_duration: evidenceAgeNs.toString(),
        max_bytes: '1048576',
      },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    },
    app_hash: '',
    app_state: Object.fromEntries(state),
  };
}

/** Where two years can't pass, the use of means may be declared longer than the time passed. */
function forOwnMachine(local: LocalGenesis): Record<string, unknown> {
  const state = appState(local);
  if (!/^artel-(local|dev)-/.test(local.chainId)) return state;
  const { parameters, ...rest } = state.production as { readonly parameters: object };
  return { ...state, production: { ...rest, parameters: { ...parameters, declaredUse: true } } };
}

/**
 * The request with an `app_state` where its genesis has none: every module with its defaults, the
 * validators that consensus names bonded with their power, and these addresses funded. The same
 * request gives the same bytes; one that brings a state stays as it is.
 */
export function withDefaultState(
  request: RequestInitChain,
  accounts: readonly string[],
): RequestInitChain {
  if (!isEmptyAppState(request.appStateBytes)) return request;
  const validators = request.validators.map(({ pubKey, power }, index) => {
    if (pubKey.ed25519 !== undefined) {
      return { name: `validator ${index}`, publicKey: pubKey.ed25519, power };
    }
    throw new GenesisProblem(`validators[${index}].pub_key`, 'is not ed25519');
  });
  const state = JSON.stringify(appState({ validators, accounts }));
  return { ...request, appStateBytes: new TextEncoder().encode(state) };
}

type StateOfLocal = Pick<LocalGenesis, 'validators' | 'accounts' | 'accountUhub'>;

function appState({ validators, accounts, accountUhub }: StateOfLocal): Record<string, unknown> {
  const funded = accounts.map(addressIn);
  const owners = validators.map(({ publicKey }, index) => funded[index] ?? ownerOf(publicKey));
  const balances = [
    ...funded.map((address) => balance(address, accountUhub ?? defaultAccountUhub)),
    balance(
      bondPool,
      validators.reduce((sum, validator) => sum + bondOf(validator), 0n),
    ),
  ].filter(({ amountUhub }) => amountUhub !== '0');
  const holders = new Set<string>([...funded, ...owners, bondPool, moduleAddress('fee_collector')]);
  const defaults = [...modulesByName].map(
    ([name, { genesis }]) => [name, genesis.default] as const,
  );
  return {
    ...Object.fromEntries(defaults),
    accounts: { ...accountsDefault, accounts: [...holders].map((address) => ({ address })) },
    bank: { balances },
    validators: {
      parameters: Object.fromEntries(
        Object.entries(validatorsDefault).map(([name, value]) => [name, value.toString()]),
      ),
      validators: validators.map((validator, index) => ({
        owner: owners[index],
        pubKey: base64.encode(validator.publicKey),
        bondUhub: bondOf(validator).toString(),
      })),
    },
  };
}

function bondOf({ power }: LocalValidator): bigint {
  return (power ?? defaultPower) * uhubPerPower;
}

/** More validators than funded accounts: the rest belong to addresses made of their keys. */
function ownerOf(publicKey: Uint8Array): Address {
  return addressFromBytes(sha256(publicKey).slice(0, 20));
}

function balance(address: Address, amountUhub: bigint) {
  return { address, amountUhub: amountUhub.toString() };
}

function addressIn(text: string): Address {
  const address = parseAddress(text);
  if (!isAddress(address)) throw new Error(`genesis account ${text} ${address.problem}`);
  return address;
}
