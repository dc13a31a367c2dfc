import fc from 'fast-check';
import * as wire from '../../../proto/generated/artel/production/v1/tx.ts';
import type { Tagged } from '../../_kernel/decider.ts';
import { messages } from '../codec.ts';
import { decide } from '../decide.ts';
import { refuse } from '../refusals.ts';
import { Label } from '../types.ts';
import { account, drive, hour, World, worker } from './world.ts';

function message(name: string) {
  const found = messages.find(({ typeUrl }) => typeUrl === `/artel.production.v1.Msg${name}`);
  if (found === undefined) throw new Error(`no message ${name}`);
  return found;
}

const signer = account(1);

/** Commands that other modules cause, or timers. */
const internal = [
  ...['ApplyCategory', 'ApplyParameters', 'SetParameters', 'EndOffers'],
  ...['JoinComponents', 'SplitComponent', 'CheckStore', 'CountBurn'],
];

test('each command has a message with its name, and the signature of its sender', () => {
  expect(messages.map(({ typeUrl }) => typeUrl.split('.Msg')[1]).sort()).toEqual(
    Object.keys(decide)
      .filter((name) => !internal.includes(name))
      .sort(),
  );
  for (const { aminoType, responseUrl, signers, typeUrl } of messages) {
    const name = typeUrl.split('.Msg')[1];
    expect(aminoType).toBe(`artel/production/Msg${name}`);
    expect(responseUrl).toBe(`/artel.production.v1.Msg${name}Response`);
    const mine = { signer, wallet: account(2) };
    expect(signers(mine)).toEqual([signer]);
  }
});

test('the type of goods is the product type of a command, whose own type is its name', () => {
  const order = wire.MsgOrder.fromPartial({
    signer,
    collective: 1n,
    producer: 2n,
    type: 3n,
    quantity: 4n,
    deliveryTimeMs: 5n,
    label: Label.EXCLUSIVE,
    refs: [1n, 2n],
  });
  expect(message('Order').parse(order)).toEqual({
    ok: true,
    command: {
      type: 'Order',
      signer,
      collective: 1n,
      producer: 2n,
      productType: 3n,
      quantity: 4n,
      deliveryTimeMs: 5n,
      label: Label.EXCLUSIVE,
      refs: [1n, 2n],
    },
  });
});

test('amino JSON has names in snake case, numbers as text, and leaves out what is absent', () => {
  const output = wire.MsgOutput.fromPartial({
    signer,
    production: 1n,
    lines: [
      {
        type: 2n,
        quantity: 1n,
        valueMs: 7n,
        elements: [{ valueMs: 7n, parts: [3n], ownParts: [0, 1] }],
      },
      { type: 1n, quantity: 2n },
    ],
  });
  expect(message('Output').toAmino(output)).toEqual({
    signer,
    production: '1',
    lines: [
      {
        type: '2',
        quantity: '1',
        value_ms: '7',
        elements: [{ value_ms: '7', parts: ['3'], own_parts: [0, 1] }],
      },
      { type: '1', quantity: '2' },
    ],
  });
  const type = wire.MsgDefineType.fromPartial({
    signer,
    collective: 1n,
    name: 'oven',
    durabilityUnit: 2,
    descriptionHash: new Uint8Array(32),
  });
  expect(message('DefineType').toAmino(type)).toEqual({
    signer,
    collective: '1',
    name: 'oven',
    durability_unit: 2,
    description_hash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  });
  const means = wire.MsgAllocateMeans.fromPartial({ signer, production: 1n, lot: 2n });
  expect(message('AllocateMeans').toAmino(means)).toEqual({ signer, production: '1', lot: '2' });
});

test.each([
  ['DefineType', 'TypeDefined', { productType: 7n }, wire.MsgDefineTypeResponse, { type: 7n }],
  ['Collectivize', 'Collectivized', { lot: 7n }, wire.MsgCollectivizeResponse, { lot: 7n }],
  ['Transfer', 'TransferOffered', { transfer: 7n }, wire.MsgTransferResponse, { transfer: 7n }],
  ['WriteOff', 'LotWrittenOff', { valueMs: 7n }, wire.MsgWriteOffResponse, { valueMs: 7n }],
  ['Order', 'Ordered', { order: 7n }, wire.MsgOrderResponse, { order: 7n }],
  ['Estimate', 'Estimated', { estimate: 7n }, wire.MsgEstimateResponse, { estimate: 7n }],
  [
    'StartProduction',
    'ProductionStarted',
    { production: 7n },
    wire.MsgStartProductionResponse,
    { production: 7n },
  ],
  [
    'AllocateConsumptive',
    'ConsumptiveAllocated',
    { valueMs: 7n },
    wire.MsgAllocateConsumptiveResponse,
    { valueMs: 7n },
  ],
  [
    'AllocateMeans',
    'MeansAllocated',
    { allocation: 7n },
    wire.MsgAllocateMeansResponse,
    { allocation: 7n },
  ],
  [
    'DeallocateMeans',
    'MeansDeallocated',
    { transferMs: 7n, valueMs: 0n },
    wire.MsgDeallocateMeansResponse,
    { transferMs: 7n },
  ],
  [
    'RegisterWorkload',
    'WorkloadRegistered',
    { workload: 7n },
    wire.MsgRegisterWorkloadResponse,
    { workload: 7n },
  ],
  ['Output', 'LotProduced', { lot: 7n }, wire.MsgOutputResponse, { lots: [7n] }],
])('Msg%s answers with what it made', (name, type, fields, response, said) => {
  const events: readonly Tagged[] = [{ type: 'LotSplit' }, { type, ...fields } as Tagged];
  const bytes = message(name).respond?.(events) ?? new Uint8Array();
  expect(response.decode(bytes)).toEqual(said);
});

test('2-P18 no quantity, durability, estimate or use of 0 is taken, whatever stands beside it', () => {
  const some = fc.bigInt(0n, (1n << 64n) - 1n);
  const fields = {
    ...{ collective: some, type: some, lot: some, to: some, order: some, estimate: some },
    ...{ production: some, allocation: some, durability: some, ownershipRef: some },
    label: fc.constant(Label.EXCLUSIVE),
    source: fc.constant(1),
    as: fc.constant(1),
    reason: fc.constant('rain'),
  };
  const entered = [
    ['Collectivize', 'quantity'],
    ['Transfer', 'quantity'],
    ['WriteOff', 'quantity'],
    ['Order', 'quantity'],
    ['Estimate', 'valueMs'],
    ['AllocateConsumptive', 'quantity'],
    ['Revalue', 'durability'],
    ['Shelve', 'quantity'],
    ['Unshelve', 'quantity'],
    ['HandOver', 'quantity'],
  ] as const;
  fc.assert(
    fc.property(
      fc.record(fields),
      some,
      fc.constantFrom(...entered),
      (drawn, amount, [name, field]) => {
        const { parse, codec } = message(name);
        const type = codec as unknown as { fromPartial(fields: object): unknown };
        const said = (value: bigint) =>
          parse(type.fromPartial({ signer, ...drawn, [field]: value }));
        expect(said(0n)).toMatchObject({ ok: false, name: 'zero_quantity' });
        if (amount > 0n) expect(said(amount).ok).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('guards stand in the order of the README: fields, signer, state', () => {
  const world = new World();
  const no = (
    name: 'RegisterWorkload',
    fields: Readonly<Record<string, unknown>>,
  ): string | undefined => world.no(name, fields)[0];
  const id = world.begin();
  world.later(hour);
  const wallet = worker(1);
  const [fromMs, toMs] = [world.now - hour - 1n, world.now + 1n];
  const said = { production: id, wallet, fromMs, toMs };
  expect(no('RegisterWorkload', { ...said, production: 9n, toMs: fromMs })).toBe(
    'reversed_interval',
  );
  expect(no('RegisterWorkload', { ...said, production: 9n, signer: account(2) })).toBe(
    'unknown_production',
  );
  expect(no('RegisterWorkload', { ...said, signer: account(2) })).toBe('not_the_owner');
  expect(no('RegisterWorkload', said)).toBe('before_start');
  expect(no('RegisterWorkload', { ...said, fromMs: fromMs + 1n })).toBe('in_the_future');
  const lot = world.piece(drive, 5n);
  const offer = { lot, quantity: 2n, to: 9n };
  expect(world.no('Transfer', { ...offer, quantity: 0n, lot: 9n })[0]).toBe('zero_quantity');
  expect(world.no('Transfer', { ...offer, signer: account(2) })[0]).toBe('not_the_owner');
  expect(world.no('Transfer', offer)[0]).toBe('not_so_much');
  expect(world.no('Transfer', { ...offer, quantity: 1n })[0]).toBe('unknown_collective');
});

test('numbers of refusals are for ever', () => {
  const names = Object.entries(refuse).map(([name, { rule }]) => `${rule.code} ${name}`);
  expect(names).toEqual([
    '2 invalid_name',
    '3 invalid_unit',
    '4 invalid_durability_unit',
    '5 invalid_description_hash',
    '6 invalid_label',
    '7 invalid_source',
    '8 invalid_use',
    '9 invalid_reason',
    '10 zero_quantity',
    '11 reversed_interval',
    '12 references_unsorted',
    '13 no_lines',
    '14 unknown_collective',
    '15 not_the_owner',
    '16 unknown_type',
    '17 foreign_type',
    '18 not_the_category',
    '19 no_durability',
    '20 not_durable',
    '21 not_one_by_one',
    '22 unknown_lot',
    '23 foreign_lot',
    '24 lot_offered',
    '25 lot_allocated',
    '26 lot_consumed',
    '27 already_written_off',
    '28 not_so_much',
    '29 self_transfer',
    '30 not_trusted',
    '31 trust_cancelled',
    '32 unknown_transfer',
    '33 transfer_over',
    '34 wrong_ownership',
    '35 delivery_in_the_past',
    '36 reference_not_earlier',
    '37 not_common',
    '38 unknown_order',
    '39 order_withdrawn',
    '40 order_rejected',
    '41 already_estimated',
    '42 order_started',
    '43 unknown_estimate',
    '44 already_started',
    '45 unknown_production',
    '46 production_finished',
    '47 production_rejected',
    '48 exclusive_in_commons',
    '49 worn_out',
    '50 needs_repurpose',
    '51 nothing_to_repurpose',
    '52 unknown_allocation',
    '53 already_deallocated',
    '54 more_than_elapsed',
    '55 before_start',
    '56 in_the_future',
    '57 across_segments',
    '58 segment_final',
    '59 work_overlaps',
    '60 unknown_workload',
    '61 not_the_worker',
    '62 already_countersigned',
    '63 workload_reversed',
    '64 means_still_allocated',
    '65 part_twice',
    '66 part_never',
    '67 malformed_composition',
    '68 mixed_durability_units',
    '69 wrong_line_value',
    '70 values_do_not_sum',
    '71 too_much',
    '72 malformed_parameters',
    '73 lot_merged',
    '74 lot_shelved',
    '75 lot_separated',
    '76 lot_gone',
    '77 not_ascending',
    '78 too_few_lots',
    '79 unlike_lots',
    '80 nothing_lost',
    '81 unknown_element',
    '82 wrong_pieces',
    '83 has_parts',
    '84 not_above_age',
    '85 used_by_calendar',
    '86 not_a_store',
    '87 not_so_much_shelved',
    '88 piece_not_shelved',
    '89 surplus_of_pieces',
    '90 too_soon',
    '91 overdrawn',
    '92 shelf_not_empty',
    '93 difference_open',
    '94 too_many_offers',
    '95 vote_needed',
    '96 output_vote_needed',
    '97 nothing_to_vote',
    '98 unknown_ballot',
    '99 ballot_over',
    '100 no_vote',
    '101 voted_already',
    '102 category_already',
    '103 already_proposed',
    '104 not_countersigned',
  ]);
});
