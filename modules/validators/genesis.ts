/**
 * Validators, unbondings and changes, in and out. The bank's genesis holds the bond pool's balance.
 */
import { type Address, addressBytes } from '../_kernel/address.ts';
import { Json, toBase64 } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { height, timeMs, uhub } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { defaultParameters, readParameters, writeParameters } from './parameters.ts';
import {
  compareBytes,
  consensusAddress,
  consensusBytes,
  type Member,
  parametersOf,
  powerOf,
} from './power.ts';
import {
  type Change,
  type ChangeContent,
  largestTotalBond,
  type Parameters,
  type UnbondingImported,
  type Validator,
  type ValidatorImported,
  type ValidatorsEvent,
} from './types.ts';

/**
 * Amounts, times and numbers are decimal texts; keys are base64. What is optional may be left out.
 */
export interface GenesisJson {
  readonly parameters: Readonly<Record<string, string>>;
  readonly validators: readonly ValidatorJson[];
  readonly unbondings?: readonly UnbondingJson[];
  readonly changes?: readonly ChangeJson[];
  readonly plannedUpgrade?: { readonly change: string } & UpgradeJson;
  /** Numbers go on from here; 1 where left out. */
  readonly nextUnbonding?: string;
  readonly nextChange?: string;
}

export interface ValidatorJson {
  readonly owner: string;
  readonly pubKey: string;
  readonly bondUhub: string;
  /** active where left out. */
  readonly stage?: string;
  /** Only while jailed. */
  readonly jailedUntilMs?: string;
  readonly missedHeights?: readonly string[];
}

interface UnbondingJson {
  readonly owner: string;
  readonly id: string;
  readonly amountUhub: string;
  readonly begunHeight: string;
  readonly begunMs: string;
  readonly dueMs: string;
}

interface UpgradeJson {
  readonly height: string;
  readonly appVersion: string;
}

interface ChangeJson {
  readonly id: string;
  readonly proposer: string;
  readonly summary: string;
  readonly closesMs: string;
  readonly outcome: string;
  readonly yesPower: string;
  readonly totalPower: string;
  readonly parameters?: { readonly module: string; readonly json: string };
  readonly upgrade?: UpgradeJson;
  readonly votes?: readonly { readonly voter: string; readonly yes: boolean }[];
}

export const defaultGenesis: GenesisJson = {
  parameters: writeParameters(defaultParameters),
  validators: [],
};

/** Throws GenesisProblem; among others where no validator has power. */
export function importState(state: unknown): readonly ValidatorsEvent[] {
  const json = new Json(state, 'app_state.validators').only(
    'parameters',
    'validators',
    'unbondings',
    'changes',
    'plannedUpgrade',
    'nextUnbonding',
    'nextChange',
  );
  const parameters = readParameters(json.field('parameters'), defaultParameters);
  const validators = json.field('validators').list();
  const imported = validators.map(importValidator);
  checkValidators(validators, imported);
  const owners = new Set(imported.map(({ owner }) => owner));
  const nextUnbonding = numberIn(json, 'nextUnbonding');
  const nextChange = numberIn(json, 'nextChange');
  const misses = validators.flatMap((validator, index) => importMisses(validator, imported[index]));
  const unbondings = listIn(json, 'unbondings').map((entry) =>
    importUnbonding(entry, owners, nextUnbonding),
  );
  const changes = listIn(json, 'changes').flatMap((change) => importChange(change, nextChange));
  return [
    { type: 'ParametersSet', parameters },
    ...imported,
    ...misses,
    ...unbondings,
    ...changes,
    ...importPlan(json),
    ...(nextUnbonding === 1n && nextChange === 1n
      ? []
      : [{ type: 'NumberingContinued' as const, nextUnbonding, nextChange }]),
    firstSet(json.field('validators'), imported, parameters),
  ];
}

export function exportState(view: View<typeof tables>): GenesisJson {
  const planned = view.plannedUpgrade.get();
  return {
    parameters: writeParameters(parametersOf(view)),
    validators: Array.from(view.validators.range(), ({ key: [owner], value }) =>
      exportValidator(view, owner, value),
    ),
    unbondings: Array.from(view.unbondings.range(), ({ key: [owner, id], value }) => ({
      owner,
      id: id.toString(),
      amountUhub: value.amountUhub.toString(),
      begunHeight: value.begunHeight.toString(),
      begunMs: value.begunMs.toString(),
      dueMs: value.dueMs.toString(),
    })),
    changes: Array.from(view.changes.range(), ({ key: [id], value }) =>
      exportChange(view, id, value),
    ),
    ...(planned === undefined
      ? {}
      : { plannedUpgrade: { change: planned.change.toString(), ...exportUpgrade(planned) } }),
    nextUnbonding: (view.nextUnbonding.get() ?? 1n).toString(),
    nextChange: (view.nextChange.get() ?? 1n).toString(),
  };
}

function importValidator(json: Json): ValidatorImported {
  json.only('owner', 'pubKey', 'bondUhub', 'stage', 'jailedUntilMs', 'missedHeights');
  const owner = json.field('owner').address();
  const pubKey = json.field('pubKey').bytes();
  if (pubKey.length !== 32) json.field('pubKey').refuse(`has ${pubKey.length} bytes, not 32`);
  const bondUhub = uhub(json.field('bondUhub').uint64());
  const stage = json.has('stage') ? stageIn(json.field('stage')) : 'active';
  const jailedUntilMs = timeMs(stage === 'jailed' ? json.field('jailedUntilMs').uint64() : 0n);
  return { type: 'ValidatorImported', owner, pubKey, bondUhub, stage, jailedUntilMs };
}

function stageIn(json: Json): Validator['stage'] {
  const stage = json.text();
  const stages: readonly Validator['stage'][] = ['active', 'jailed', 'condemned', 'removed'];
  return stages.find((known) => known === stage) ?? json.refuse(`is ${stage}, none of ${stages}`);
}

function checkValidators(list: readonly Json[], imported: readonly ValidatorImported[]): void {
  const taken = new Set<string>();
  let total = 0n;
  imported.forEach(({ owner, pubKey, bondUhub }, index) => {
    const json = list[index];
    const key = consensusAddress(pubKey);
    if (taken.has(owner)) json?.refuse(`${owner} stands here twice`);
    if (taken.has(key)) json?.refuse(`the key of ${key} stands here twice`);
    taken.add(owner).add(key);
    total += bondUhub;
    if (total > largestTotalBond) {
      json?.refuse(`brings the bonds to ${total}uhub, above ${largestTotalBond}uhub`);
    }
  });
}

function importMisses(
  json: Json,
  validator: ValidatorImported | undefined,
): readonly ValidatorsEvent[] {
  if (validator === undefined) return [];
  const { owner, pubKey } = validator;
  const facts = { owner, consensusAddress: consensusAddress(pubKey), expiredHeights: [] };
  return listIn(json, 'missedHeights').map((missed) => ({
    type: 'BlockMissed',
    ...facts,
    height: missed.uint64(),
  }));
}

function importUnbonding(
  json: Json,
  owners: ReadonlySet<Address>,
  next: bigint,
): UnbondingImported {
  json.only('owner', 'id', 'amountUhub', 'begunHeight', 'begunMs', 'dueMs');
  const owner = json.field('owner').address();
  if (!owners.has(owner)) json.refuse(`${owner} has no validator`);
  return {
    type: 'UnbondingImported',
    owner,
    id: below(json.field('id'), next),
    amountUhub: uhub(json.field('amountUhub').uint64()),
    begunHeight: height(json.field('begunHeight').uint64()),
    begunMs: timeMs(json.field('begunMs').uint64()),
    dueMs: timeMs(json.field('dueMs').uint64()),
  };
}

function importChange(json: Json, next: bigint): readonly ValidatorsEvent[] {
  const id = below(json.field('id'), next);
  const outcome = json.field('outcome').text();
  if (outcome !== 'open' && outcome !== 'passed' && outcome !== 'failed') {
    json.field('outcome').refuse(`is ${outcome}, none of open, passed, failed`);
  }
  const change: Change = {
    proposer: json.field('proposer').address(),
    summary: json.field('summary').text(),
    closesMs: timeMs(json.field('closesMs').uint64()),
    ...contentIn(json),
    outcome: outcome as Change['outcome'],
    yesPower: json.field('yesPower').uint64(),
    totalPower: json.field('totalPower').uint64(),
  };
  const votes = listIn(json, 'votes').map(
    (vote): ValidatorsEvent => ({
      type: 'ChangeVoted',
      change: id,
      voter: vote.field('voter').address(),
      yes: vote.field('yes').flag(),
    }),
  );
  return [{ type: 'ChangeImported', id, change }, ...votes];
}

function contentIn(json: Json): ChangeContent {
  if (json.has('upgrade'))
    return { parameters: undefined, upgrade: upgradeIn(json.field('upgrade')) };
  const parameters = json.field('parameters');
  const [module, text] = [parameters.field('module').text(), parameters.field('json').text()];
  return { parameters: { module, json: text }, upgrade: undefined };
}

function upgradeIn(json: Json): { readonly height: bigint; readonly appVersion: bigint } {
  const appVersion = json.field('appVersion').uint64();
  return { height: json.field('height').uint64(), appVersion };
}

function importPlan(json: Json): readonly ValidatorsEvent[] {
  if (!json.has('plannedUpgrade')) return [];
  const planned = json.field('plannedUpgrade').only('change', 'height', 'appVersion');
  const change = planned.field('change').uint64();
  return [{ type: 'UpgradePlanned', change, ...upgradeIn(planned) }];
}

/** What InitChain tells consensus. */
function firstSet(
  json: Json,
  imported: readonly ValidatorImported[],
  { maxValidators }: Parameters,
): ValidatorsEvent {
  const members = imported
    .map(({ owner, pubKey, stage, bondUhub }) => {
      const standing = { pubKey, bondUhub, missed: 0n, jailedUntilMs: timeMs(0n) };
      return { owner: addressBytes(owner), pubKey, power: powerOf({ ...standing, stage }) };
    })
    .filter(({ power }) => power > 0n);
  if (members.length === 0) json.refuse('nobody has power: bond at least 1000000uhub');
  members.sort(compareStrength);
  const strongest = members.slice(0, Number(maxValidators));
  const updates = strongest.map(({ pubKey, power }) => ({ pubKey, power }));
  updates.sort((a, b) => compareBytes(a.pubKey, b.pubKey));
  return { type: 'ValidatorSetChanged', updates };
}

/** The order of the ranking, the strongest first. */
function compareStrength(a: Member, b: Member): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1;
  return compareBytes(b.owner, a.owner);
}

function exportValidator(
  view: View<typeof tables>,
  owner: Address,
  validator: Validator,
): ValidatorJson {
  const { pubKey, bondUhub, stage } = validator;
  const rows = view.misses.range({ prefix: [consensusBytes(pubKey)] });
  const missedHeights = Array.from(rows, ({ key }) => key[1].toString());
  return {
    owner,
    pubKey: toBase64(pubKey),
    bondUhub: bondUhub.toString(),
    stage,
    ...(stage === 'jailed' ? { jailedUntilMs: validator.jailedUntilMs.toString() } : {}),
    ...(missedHeights.length === 0 ? {} : { missedHeights }),
  };
}

function exportChange(view: View<typeof tables>, id: bigint, change: Change): ChangeJson {
  const { proposer, summary, closesMs, outcome, yesPower, totalPower, parameters, upgrade } =
    change;
  const rows = view.votes.range({ prefix: [id] });
  const votes = Array.from(rows, ({ key: [, voter], value: yes }) => ({ voter, yes }));
  return {
    id: id.toString(),
    proposer,
    summary,
    closesMs: closesMs.toString(),
    outcome,
    yesPower: yesPower.toString(),
    totalPower: totalPower.toString(),
    ...(parameters === undefined ? {} : { parameters }),
    ...(upgrade === undefined ? {} : { upgrade: exportUpgrade(upgrade) }),
    ...(votes.length === 0 ? {} : { votes }),
  };
}

function exportUpgrade(upgrade: {
  readonly height: bigint;
  readonly appVersion: bigint;
}): UpgradeJson {
  return { height: upgrade.height.toString(), appVersion: upgrade.appVersion.toString() };
}

function listIn(json: Json, name: string): readonly Json[] {
  return json.has(name) ? json.field(name).list() : [];
}

function numberIn(json: Json, name: string): bigint {
  return json.has(name) ? json.field(name).uint64() : 1n;
}

function below(json: Json, next: bigint): bigint {
  const id = json.uint64();
  return id < next ? id : json.refuse(`is ${id}, the next number is ${next}`);
}
