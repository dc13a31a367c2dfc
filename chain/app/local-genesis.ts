/** The genesis document of local chains: validators with bonds, funded accounts, every module. */

import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import {
  type Address,
  addressFromBytes,
  isAddress,
  moduleAddress,
  parseAddress,
} from '../../modules/_kernel/address.ts';
import { defaultGenesis as accountsDefault } from '../../modules/accounts/genesis.ts';
import { defaultParameters as validatorsDefault } from '../../modules/validators/parameters.ts';
import { bondPool } from '../../modules/validators/types.ts';
import { modulesByName } from './app.ts';

export interface LocalValidator {
  readonly name: string;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
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

/** What each local validator has bonded: power 1,000. */
const bondUhub = 1_000_000_000n;
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
  const state = Object.entries(appState(local)).filter(([module]) => !left.has(module));
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

function appState({ validators, accounts, accountUhub }: LocalGenesis): Record<string, unknown> {
  const funded = accounts.map(addressIn);
  const owners = validators.map(({ publicKey }, index) => funded[index] ?? ownerOf(publicKey));
  const balances = [
    ...funded.map((address) => balance(address, accountUhub ?? defaultAccountUhub)),
    balance(bondPool, bondUhub * BigInt(validators.length)),
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
      validators: validators.map(({ publicKey }, index) => ({
        owner: owners[index],
        pubKey: base64.encode(publicKey),
        bondUhub: bondUhub.toString(),
      })),
    },
  };
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
