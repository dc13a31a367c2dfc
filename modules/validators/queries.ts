/** What people and tools ask about validators, and what the host reads. */
import * as wire from '../../proto/generated/artel/validators/v1/query.ts';
import type { PlannedUpgrade } from '../../proto/generated/artel/validators/v1/state.ts';
import {
  type Address,
  addressBytes,
  isAddress,
  parseAddress,
  parseConsensusAddress,
} from '../_kernel/address.ts';
import type { Query } from '../_kernel/module.ts';
import { paginate } from '../_kernel/pages.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { tables } from './keys.ts';
import {
  consensusAddress,
  consensusBytes,
  parametersOf,
  powerOf,
  tally,
  type ValidatorsView,
} from './power.ts';
import type { Change, Validator, ValidatorsPorts } from './types.ts';

type ValidatorsQuery<Req, Res> = Query<typeof tables, Req, Res, ValidatorsPorts>;

/** The upgrade that was voted last; undefined where none was. It stays after its height. */
export function plannedUpgradeOf(view: ValidatorsView): PlannedUpgrade | undefined {
  return view.plannedUpgrade.get();
}

const validators: ValidatorsQuery<wire.QueryValidatorsRequest, wire.QueryValidatorsResponse> = {
  path: '/artel.validators.v1.Query/Validators',
  request: wire.QueryValidatorsRequest,
  response: wire.QueryValidatorsResponse,
  answer(view, { pagination }) {
    const page = paginate(tables.validators, view.validators, pagination);
    if (!page.ok) return page;
    const found = page.rows.map(({ key: [owner], value }) => infoOf(owner, value));
    return { ok: true, response: { validators: found, pagination: page.pagination } };
  },
};

const validator: ValidatorsQuery<wire.QueryValidatorRequest, wire.QueryValidatorResponse> = {
  path: '/artel.validators.v1.Query/Validator',
  request: wire.QueryValidatorRequest,
  response: wire.QueryValidatorResponse,
  answer(view, { address }) {
    const found = find(view, address);
    if (!found.ok) return found;
    return { ok: true, response: { validator: infoOf(found.owner, found.validator) } };
  },
};

const unbondings: ValidatorsQuery<wire.QueryUnbondingsRequest, wire.QueryUnbondingsResponse> = {
  path: '/artel.validators.v1.Query/Unbondings',
  request: wire.QueryUnbondingsRequest,
  response: wire.QueryUnbondingsResponse,
  answer(view, { owner: address, pagination }) {
    const owner = parseAddress(address);
    if (!isAddress(owner)) {
      return sdk.invalid_address({ what: `address "${address}" ${owner.problem}` });
    }
    const page = paginate(tables.unbondings, view.unbondings, pagination, [owner]);
    if (!page.ok) return page;
    const found = page.rows.map(({ key: [, id], value }) => ({ id, ...value }));
    return { ok: true, response: { unbondings: found, pagination: page.pagination } };
  },
};

const signingInfo: ValidatorsQuery<wire.QuerySigningInfoRequest, wire.QuerySigningInfoResponse> = {
  path: '/artel.validators.v1.Query/SigningInfo',
  request: wire.QuerySigningInfoRequest,
  response: wire.QuerySigningInfoResponse,
  answer(view, { address }, { height }) {
    const found = find(view, address);
    if (!found.ok) return found;
    const { maxMissedBlocks, missWindowBlocks } = parametersOf(view);
    const rows = view.misses.range({ prefix: [consensusBytes(found.validator.pubKey)] });
    const heights = Array.from(rows, ({ key }) => key[1]);
    const within = heights.filter((missed) => missed + missWindowBlocks > height);
    return {
      ok: true,
      response: {
        missed: BigInt(within.length),
        maxMissedBlocks,
        missWindowBlocks,
        latestMissedHeight: heights.at(-1) ?? 0n,
      },
    };
  },
};

const changes: ValidatorsQuery<wire.QueryChangesRequest, wire.QueryChangesResponse> = {
  path: '/artel.validators.v1.Query/Changes',
  request: wire.QueryChangesRequest,
  response: wire.QueryChangesResponse,
  answer(view, { pagination }) {
    const page = paginate(tables.changes, view.changes, pagination);
    if (!page.ok) return page;
    const found = page.rows.map(({ key: [id], value }) => changeOf(view, id, value));
    return { ok: true, response: { changes: found, pagination: page.pagination } };
  },
};

const change: ValidatorsQuery<wire.QueryChangeRequest, wire.QueryChangeResponse> = {
  path: '/artel.validators.v1.Query/Change',
  request: wire.QueryChangeRequest,
  response: wire.QueryChangeResponse,
  answer(view, { change: id }) {
    const found = view.changes.get(id);
    if (found === undefined) return sdk.not_found({ what: `change ${id} not found` });
    const rows = view.votes.range({ prefix: [id] });
    const votes = Array.from(rows, ({ key: [, voter], value: yes }) => ({ voter, yes }));
    return { ok: true, response: { change: changeOf(view, id, found), votes } };
  },
};

const plannedUpgrade: ValidatorsQuery<
  wire.QueryPlannedUpgradeRequest,
  wire.QueryPlannedUpgradeResponse
> = {
  path: '/artel.validators.v1.Query/PlannedUpgrade',
  request: wire.QueryPlannedUpgradeRequest,
  response: wire.QueryPlannedUpgradeResponse,
  answer(view) {
    return { ok: true, response: { upgrade: plannedUpgradeOf(view) } };
  },
};

const params: ValidatorsQuery<wire.QueryParamsRequest, wire.QueryParamsResponse> = {
  path: '/artel.validators.v1.Query/Params',
  request: wire.QueryParamsRequest,
  response: wire.QueryParamsResponse,
  answer(view) {
    return { ok: true, response: { parameters: parametersOf(view) } };
  },
};

export const queries = [
  validators,
  validator,
  unbondings,
  signingInfo,
  changes,
  change,
  plannedUpgrade,
  params,
];

function infoOf(owner: Address, found: Validator): wire.ValidatorInfo {
  const { pubKey, bondUhub, stage } = found;
  return {
    owner,
    consensusAddress: consensusAddress(pubKey),
    pubKey,
    bondUhub,
    power: powerOf(found),
    stage,
    jailedUntilMs: stage === 'jailed' ? found.jailedUntilMs : 0n,
  };
}

function changeOf(view: ValidatorsView, id: bigint, found: Change): wire.ChangeInfo {
  const counted = found.outcome === 'open' ? tally(view, id) : found;
  return { id, change: found, yesPower: counted.yesPower, totalPower: counted.totalPower };
}

type Found =
  | { readonly ok: true; readonly owner: Address; readonly validator: Validator }
  | Refusal;

/** By the owner's address or by the consensus address. */
function find(view: ValidatorsView, text: string): Found {
  const consensus = parseConsensusAddress(text);
  const parsed = isAddress(consensus)
    ? view.owners.get(addressBytes(consensus))
    : parseAddress(text);
  if (parsed !== undefined && !isAddress(parsed)) {
    return sdk.invalid_address({ what: `address "${text}" ${parsed.problem}` });
  }
  const found = parsed === undefined ? undefined : view.validators.get(parsed);
  if (parsed === undefined || found === undefined) {
    return sdk.not_found({ what: `validator ${text} not found` });
  }
  return { ok: true, owner: parsed, validator: found };
}
