import * as wire from '../../../proto/generated/artel/trust/v1/tx.ts';
import type { Tagged } from '../../_kernel/decider.ts';
import { timeMs } from '../../_kernel/units.ts';
import { messages } from '../codec.ts';
import { idList, including, without } from '../id-list.ts';
import { Consumption, collectiveId, Kind } from '../types.ts';
import { ownerOf } from './world.ts';

function message(name: string) {
  const found = messages.find(({ typeUrl }) => typeUrl === `/artel.trust.v1.${name}`);
  if (found === undefined) throw new Error(`no message ${name}`);
  return found;
}

const owner = ownerOf(1);

test('each message is a command with the signature of its sender', () => {
  const sign = wire.MsgSignTrust.fromPartial({ signer: owner, from: 1n, to: 2n });
  for (const type of ['SignTrust', 'WithdrawSignature', 'CancelTrust']) {
    const { parse, signers, aminoType, responseUrl } = message(`Msg${type}`);
    expect(parse(sign)).toEqual({ ok: true, command: { type, signer: owner, from: 1n, to: 2n } });
    expect(signers(sign)).toEqual([owner]);
    expect(aminoType).toBe(`artel/trust/Msg${type}`);
    expect(responseUrl).toBe(`/artel.trust.v1.Msg${type}Response`);
  }
});

test('an update holds only the fields that are given', () => {
  const { parse, signers, codec } = message('MsgUpdateCollective');
  const given = wire.MsgUpdateCollective.fromPartial({ signer: owner, collective: 3n, name: 'x' });
  const wired = codec.decode(codec.encode(given).finish());
  expect(parse(wired)).toEqual({
    ok: true,
    command: { type: 'UpdateCollective', signer: owner, collective: 3n, name: 'x' },
  });
  expect(signers(wired)).toEqual([owner]);
});

test('amino JSON leaves out what is absent and writes ids as text', () => {
  const found = wire.MsgFoundCollective.fromPartial({
    founder: owner,
    name: 'bakery',
    kind: Kind.STEADY,
    consumption: Consumption.C2I,
    descriptionHash: new Uint8Array(32),
  });
  expect(message('MsgFoundCollective').toAmino(found)).toEqual({
    founder: owner,
    name: 'bakery',
    kind: 2,
    consumption: 2,
    description_hash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  });
  const sign = wire.MsgSignTrust.fromPartial({ signer: owner, from: 1n });
  expect(message('MsgSignTrust').toAmino(sign)).toEqual({ signer: owner, from: '1' });
  const update = wire.MsgUpdateCollective.fromPartial({ signer: owner, collective: 1n, owner });
  expect(message('MsgUpdateCollective').toAmino(update)).toEqual({
    signer: owner,
    collective: '1',
    owner,
  });
});

test('answers say the id, whether trust is established, and when it ends', () => {
  const respond = (name: string, events: readonly Tagged[]): Uint8Array =>
    message(name).respond?.(events) ?? new Uint8Array();
  const founded = { type: 'CollectiveFounded', collective: 7n };
  expect(wire.MsgFoundCollectiveResponse.decode(respond('MsgFoundCollective', [founded]))).toEqual({
    collective: 7n,
  });
  const signed = { type: 'TrustSigned' };
  const established = { type: 'TrustEstablished' };
  expect(wire.MsgSignTrustResponse.decode(respond('MsgSignTrust', [signed]))).toEqual({
    established: false,
  });
  expect(wire.MsgSignTrustResponse.decode(respond('MsgSignTrust', [signed, established]))).toEqual({
    established: true,
  });
  const cancelled = { type: 'TrustCancelled', endsAtMs: timeMs(5n) };
  expect(wire.MsgCancelTrustResponse.decode(respond('MsgCancelTrust', [cancelled]))).toEqual({
    endsAtMs: 5n,
  });
});

describe('a list of ids', () => {
  test.each([
    [[1], '01'],
    [[1, 2, 130], '01018001'],
    [[128, 16_512], '8001808001'],
    [[2 ** 53 - 1], 'ffffffffffffff0f'],
  ])('%j is %s', (ids, hex) => {
    const bytes = idList.encode(ids);
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
    expect(idList.decode(bytes)).toEqual(ids);
  });

  test('takes ids in their place and gives them up again', () => {
    expect(including([2, 5], collectiveId(3n))).toEqual([2, 3, 5]);
    expect(including([2, 5], collectiveId(9n))).toEqual([2, 5, 9]);
    expect(including([], collectiveId(9n))).toEqual([9]);
    expect(without([2, 3, 5], collectiveId(3n))).toEqual([2, 5]);
  });

  test('is ascending, each id once', () => {
    expect(() => idList.encode([2, 2])).toThrow('id 2 after 2');
    expect(() => idList.encode([3, 2])).toThrow('id 2 after 3');
  });
});
