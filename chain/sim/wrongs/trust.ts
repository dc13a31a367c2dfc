/** How each refusal of trust comes about. */
import type { Make } from '../acts/act.ts';
import { twoOf } from '../acts/act.ts';
import { changed, forged, nowhere, said } from './change.ts';

export const trustWrongs: Readonly<Record<string, Make>> = {
  'trust/invalid_name': changed('trust.FoundCollective', { name: '' }),
  'trust/invalid_kind': changed('trust.FoundCollective', { kind: 0 }),
  'trust/invalid_consumption': changed('trust.FoundCollective', { consumption: 0 }),
  'trust/invalid_description_hash': changed('trust.FoundCollective', {
    descriptionHash: new Uint8Array(31),
  }),
  'trust/nothing_to_update': changed('trust.UpdateCollective', ({ world }, { fields }) => ({
    name: world.names.get(fields.collective as bigint),
    owner: undefined,
  })),
  'trust/self_trust': changed('trust.SignTrust', (_, { fields }) => ({ to: fields.from })),
  'trust/unknown_collective': changed('trust.SignTrust', { to: nowhere }),
  'trust/not_the_owner': forged('trust.UpdateCollective'),
  'trust/already_trusted': said('trust.SignTrust', ({ world, random }) => {
    const edge = world.edges.pick(random);
    if (edge === undefined) return undefined;
    const [from, to] = twoOf(edge);
    return [from, { from, to }];
  }),
  'trust/trust_cancelled': said('trust.CancelTrust', ({ world, random }) => {
    const edge = world.notices.look(random);
    if (edge === undefined) return undefined;
    const [from, to] = twoOf(edge);
    return [from, { from, to }];
  }),
  'trust/already_signed': said('trust.SignTrust', ({ world, random }) => {
    const pair = world.signatures.pick(random);
    if (pair === undefined) return undefined;
    const [from, to] = twoOf(pair);
    return [from, { from, to }];
  }),
  'trust/not_signed': said('trust.WithdrawSignature', ({ world, random }) => {
    const pair = world.signatures.pick(random);
    if (pair === undefined) return undefined;
    const [from, to] = twoOf(pair);
    return [to, { from: to, to: from }];
  }),
  'trust/not_trusted': said('trust.CancelTrust', ({ world, random }) => {
    const pair = world.signatures.pick(random);
    if (pair === undefined) return undefined;
    const [from, to] = twoOf(pair);
    return [from, { from, to }];
  }),
};
