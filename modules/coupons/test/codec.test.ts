/** Messages of coupons: what they parse to, what they refuse, and their bytes and amino JSON. */
import * as wire from '../../../proto/generated/artel/coupons/v1/tx.ts';
import { present } from '../../_kernel/assert.ts';
import type { MessageWire } from '../../_kernel/module.ts';
import { messages } from '../codec.ts';
import type { CouponCommand } from '../types.ts';
import { account, nonce } from './world.ts';

// biome-ignore lint/suspicious/noExplicitAny: a message of any type.
function message(name: string): MessageWire<any, CouponCommand> {
  const typeUrl = `/artel.coupons.v1.Msg${name}`;
  return present(
    messages.find((other) => other.typeUrl === typeUrl),
    typeUrl,
  );
}

const complete = {
  FinalRevision: wire.MsgFinalRevision.fromPartial,
  Claim: wire.MsgClaim.fromPartial,
  Appropriate: wire.MsgAppropriate.fromPartial,
  SetGuardians: wire.MsgSetGuardians.fromPartial,
  ApproveRecovery: wire.MsgApproveRecovery.fromPartial,
} as const;

/** The command of a message that went over the wire, or the name of the refusal. */
function parse(name: keyof typeof complete, fields: object): CouponCommand | string {
  const { codec, parse: read } = message(name);
  const outcome = read(codec.decode(codec.encode(complete[name](fields)).finish()));
  return outcome.ok ? outcome.command : outcome.name;
}

const appropriation = {
  signer: account(20),
  wallet: account(7),
  store: 2n,
  amountMs: 130n,
  nonce: nonce(1),
};
const guardians = {
  signer: account(7),
  wallet: account(7),
  guardians: [account(12), account(11)],
  threshold: 2,
};

describe('messages', () => {
  test('2-P13 no message gives coupons to another wallet', () => {
    expect(messages.map(({ typeUrl }) => typeUrl.slice('/artel.coupons.v1.'.length))).toEqual([
      'MsgFinalRevision',
      'MsgClaim',
      'MsgAppropriate',
      'MsgSetGuardians',
      'MsgApproveRecovery',
    ]);
  });

  test('a final revision has no signer, and keeps the sign of its debts', () => {
    const figures = {
      member: 1n,
      segment: 672n,
      a: 1327n,
      c: 200n,
      w: 33n,
      debtBefore: -7n,
      net: 1094n,
      debtAfter: -8n,
    };
    expect(parse('FinalRevision', figures)).toEqual({ type: 'FinalRevision', ...figures });
    const { signers, toAmino } = message('FinalRevision');
    expect(signers(wire.MsgFinalRevision.fromPartial(figures))).toEqual([]);
    expect(toAmino(wire.MsgFinalRevision.fromPartial(figures))).toEqual({
      member: '1',
      segment: '672',
      a: '1327',
      c: '200',
      w: '33',
      debt_before: '-7',
      net: '1094',
      debt_after: '-8',
    });
  });

  test('each other message is signed by the account that acts', () => {
    expect(message('Claim').signers({ signer: account(7) })).toEqual([account(7)]);
    expect(message('Appropriate').signers(appropriation)).toEqual([account(20)]);
    expect(message('SetGuardians').signers(guardians)).toEqual([account(7)]);
    expect(message('ApproveRecovery').signers({ guardian: account(11) })).toEqual([account(11)]);
  });

  test('messages become commands', () => {
    const claim = { signer: account(7), workload: 3n, revision: 1n };
    expect(parse('Claim', claim)).toEqual({ type: 'Claim', ...claim });
    expect(parse('Appropriate', appropriation)).toEqual({ type: 'Appropriate', ...appropriation });
    expect(parse('SetGuardians', guardians)).toEqual({
      type: 'SetGuardians',
      ...guardians,
      guardians: [account(11), account(12)].sort(),
    });
    const approval = { guardian: account(11), wallet: account(7), newKey: account(20) };
    expect(parse('ApproveRecovery', approval)).toEqual({ type: 'ApproveRecovery', ...approval });
  });

  test('amino JSON leaves default fields out', () => {
    const { toAmino } = message('Appropriate');
    expect(toAmino(wire.MsgAppropriate.fromPartial({}))).toEqual({});
    expect(toAmino(wire.MsgAppropriate.fromPartial(appropriation))).toEqual({
      signer: account(20),
      wallet: account(7),
      store: '2',
      amount_ms: '130',
      nonce: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
    });
    expect(message('SetGuardians').toAmino(guardians)).toEqual(guardians);
  });

  test('an appropriation of nothing, and a nonce of another length, are refused', () => {
    expect(parse('Appropriate', { ...appropriation, amountMs: 0n })).toBe('zero_amount');
    for (const length of [0, 31, 33]) {
      const wrong = { ...appropriation, nonce: new Uint8Array(length) };
      expect(parse('Appropriate', wrong)).toBe('invalid_nonce');
    }
  });

  test.each([
    ['a threshold of 0', { threshold: 0 }],
    ['a threshold above their number', { threshold: 3 }],
    ['one named twice', { guardians: [account(11), account(11)] }],
    ['the wallet itself', { guardians: [account(11), account(7)] }],
    ['the signer', { signer: account(20), guardians: [account(11), account(20)] }],
    ['none with a threshold', { guardians: [], threshold: 1 }],
    ['seventeen', { guardians: Array.from({ length: 17 }, (_, n) => account(100 + n)) }],
  ])('guardians are refused: %s', (_, changes) => {
    expect(parse('SetGuardians', { ...guardians, ...changes })).toBe('invalid_guardians');
  });

  test('no guardians with threshold 0, and sixteen of sixteen, are taken', () => {
    const none = { ...guardians, guardians: [], threshold: 0 };
    expect(parse('SetGuardians', none)).toMatchObject({ guardians: [], threshold: 0 });
    const sixteen = Array.from({ length: 16 }, (_, n) => account(100 + n));
    const all = { ...guardians, guardians: sixteen, threshold: 16 };
    expect(parse('SetGuardians', all)).toMatchObject({ threshold: 16 });
  });

  test.each([
    ['Claim' as const, { signer: 'x' }],
    ['Appropriate' as const, { ...appropriation, signer: 'x' }],
    ['Appropriate' as const, { ...appropriation, wallet: 'x' }],
    ['SetGuardians' as const, { ...guardians, guardians: ['x', account(11)] }],
    ['ApproveRecovery' as const, { guardian: account(11), wallet: account(7), newKey: 'x' }],
  ])('%s refuses what is no address: %j', (name, fields) => {
    expect(parse(name, fields)).toBe('invalid_address');
  });

  test('answers say what was made', () => {
    const claimed = message('Claim').respond?.([{ type: 'CouponsClaimed', amountMs: 9n } as never]);
    expect(wire.MsgClaimResponse.decode(present(claimed, 'answer'))).toEqual({ amountMs: 9n });
    const event = { type: 'SegmentRevised', revision: { revision: 4n } } as never;
    const revised = message('FinalRevision').respond?.([event]);
    expect(wire.MsgFinalRevisionResponse.decode(present(revised, 'answer'))).toEqual({
      revision: 4n,
    });
    for (const [events, recovered] of [
      [[{ type: 'WalletRecovered' }], true],
      [[{ type: 'RecoveryApproved' }], false],
    ] as const) {
      const answer = present(message('ApproveRecovery').respond?.(events), 'answer');
      expect(wire.MsgApproveRecoveryResponse.decode(answer)).toEqual({ recovered });
    }
  });
});
