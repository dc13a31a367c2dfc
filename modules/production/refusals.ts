/** The refusals of this module. Numbers never change; new ones are added last. */
import { defineRefusals } from '../_kernel/refusals.ts';
import { refuseLater } from './refusals/stores-and-votes.ts';

/** Ids, amounts and times that a sentence names. */
export type Ids<Name extends string> = { readonly [N in Name]: bigint };

const refuseFirst = defineRefusals('production', {
  invalid_name: {
    code: 2,
    sentence: (d: { readonly problem: string }) => `the name ${d.problem}`,
    remedy: 'Choose a name of 1 to 64 bytes of visible text.',
  },
  invalid_unit: {
    code: 3,
    sentence: (d: { readonly problem: string }) => `the unit ${d.problem}`,
    remedy: 'Choose a unit of 1 to 32 bytes of visible text, such as pieces.',
  },
  invalid_durability_unit: {
    code: 4,
    sentence: (d: { readonly unit: number }) =>
      `durability unit ${d.unit} is neither minutes nor uses nor the calendar`,
    remedy: 'Give 0 (none), DURABILITY_UNIT_MINUTES (1), _USES (2) or _CALENDAR (3).',
  },
  invalid_description_hash: {
    code: 5,
    sentence: (d: { readonly length: number }) =>
      `the description hash has ${d.length} bytes, not 0 or 32`,
    remedy: 'Give the SHA-256 of the description, or leave it empty.',
  },
  invalid_label: {
    code: 6,
    sentence: (d: { readonly label: number }) =>
      `label ${d.label} is neither commons nor exclusive`,
    remedy: 'Give LABEL_COMMONS (1) or LABEL_EXCLUSIVE (2).',
  },
  invalid_source: {
    code: 7,
    sentence: (d: { readonly source: number }) =>
      `source ${d.source} is neither appropriation nor external trade`,
    remedy: 'Give SOURCE_APPROPRIATION (1) or SOURCE_EXTERNAL_TRADE (2).',
  },
  invalid_use: {
    code: 8,
    sentence: (d: { readonly use: number }) => `use ${d.use} is neither consume nor part`,
    remedy: 'Give USE_CONSUME (1) or USE_PART (2).',
  },
  invalid_reason: {
    code: 9,
    sentence: (d: { readonly length: number }) => `the reason has ${d.length} bytes, not 1 to 256`,
    remedy: 'Say in 1 to 256 bytes why.',
  },
  zero_quantity: {
    code: 10,
    sentence: (d: { readonly field: string }) => `${d.field} is 0`,
    remedy: 'Give at least 1.',
  },
  reversed_interval: {
    code: 11,
    sentence: (d: Ids<'fromMs' | 'toMs'>) =>
      `the work from ${d.fromMs} to ${d.toMs} ms takes no time`,
    remedy: 'Let it end after it began.',
  },
  references_unsorted: {
    code: 12,
    sentence: (d: Ids<'order'>) => `the reference to order ${d.order} is not above the one before`,
    remedy: 'List each order referred to once, in ascending order.',
  },
  no_lines: {
    code: 13,
    sentence: () => 'the output has no lines',
    remedy: 'Name what came out; rejecting the order ends a production without output.',
  },
  unknown_collective: {
    code: 14,
    sentence: (d: Ids<'collective'>) => `there is no collective ${d.collective}`,
    remedy: 'Check the id: artel query trust collectives lists them.',
  },
  not_the_owner: {
    code: 15,
    sentence: (d: Ids<'collective'> & { readonly owner: string; readonly signer: string }) =>
      `collective ${d.collective} is signed for by ${d.owner}, not by ${d.signer}`,
    remedy: 'Sign with the key of its owner.',
  },
  unknown_type: {
    code: 16,
    sentence: (d: Ids<'productType'>) => `there is no product type ${d.productType}`,
    remedy: 'Define the type first, or check its id.',
  },
  foreign_type: {
    code: 17,
    sentence: (d: Ids<'productType' | 'collective'>) =>
      `product type ${d.productType} is not one of the component of collective ${d.collective}`,
    remedy: 'Use a type that was defined in the component of the collective.',
  },
  not_the_category: {
    code: 18,
    sentence: (d: Ids<'productType'> & { readonly category: string }) =>
      `goods of type ${d.productType} are ${d.category} here`,
    remedy: 'Collectivized goods take the category of their type.',
  },
  no_durability: {
    code: 19,
    sentence: (d: Ids<'productType'>) =>
      `goods of type ${d.productType} are durable and need a durability`,
    remedy: 'Give a durability of at least 1 in the unit of the type.',
  },
  not_durable: {
    code: 20,
    sentence: (d: Ids<'productType'>) => `goods of type ${d.productType} have no durability`,
    remedy: 'Only goods of a durable type are means of production or parts.',
  },
  not_one_by_one: {
    code: 21,
    sentence: (d: Ids<'quantity'>) => `${d.quantity} pieces of durable goods can't be one lot`,
    remedy: 'Each durable piece is a lot of its own: quantity 1.',
  },
  unknown_lot: {
    code: 22,
    sentence: (d: Ids<'lot'>) => `there is no lot ${d.lot}`,
    remedy: 'Check the id.',
  },
  foreign_lot: {
    code: 23,
    sentence: (d: Ids<'lot' | 'owner' | 'collective'>) =>
      `lot ${d.lot} is of collective ${d.owner}, not of ${d.collective}`,
    remedy: 'A production uses only what its collective owns: let it be transferred first.',
  },
  lot_offered: {
    code: 24,
    sentence: (d: Ids<'lot' | 'transfer'>) => `lot ${d.lot} is offered in transfer ${d.transfer}`,
    remedy: 'Withdraw the transfer, or wait for its acceptance.',
  },
  lot_allocated: {
    code: 25,
    sentence: (d: Ids<'lot' | 'allocation'>) =>
      `lot ${d.lot} is a means of production at work in allocation ${d.allocation}`,
    remedy: 'Deallocate it first.',
  },
  lot_consumed: {
    code: 26,
    sentence: (d: Ids<'lot' | 'production'>) => `lot ${d.lot} went into production ${d.production}`,
    remedy: 'Name a lot that is still there.',
  },
  already_written_off: {
    code: 27,
    sentence: (d: Ids<'lot'>) => `lot ${d.lot} is written off`,
    remedy: 'Name a lot that is still there.',
  },
  not_so_much: {
    code: 28,
    sentence: (d: Ids<'lot' | 'quantity' | 'there'>) =>
      `lot ${d.lot} has a quantity of ${d.there}, not ${d.quantity}`,
    remedy: 'Name at most what the lot has.',
  },
  self_transfer: {
    code: 29,
    sentence: (d: Ids<'collective'>) => `collective ${d.collective} has the lot already`,
    remedy: 'Name another collective.',
  },
  not_trusted: {
    code: 30,
    sentence: (d: Ids<'a' | 'b'>) => `there is no strong trust between ${d.a} and ${d.b}`,
    remedy: 'Let both collectives sign trust first.',
  },
  trust_cancelled: {
    code: 31,
    sentence: (d: Ids<'a' | 'b'>) => `the trust between ${d.a} and ${d.b} is cancelled`,
    remedy: 'Goods and orders need trust that nobody has cancelled.',
  },
  unknown_transfer: {
    code: 32,
    sentence: (d: Ids<'transfer'>) => `there is no transfer ${d.transfer}`,
    remedy: 'Check the id.',
  },
  transfer_over: {
    code: 33,
    sentence: (d: Ids<'transfer'> & { readonly stage: string }) =>
      `transfer ${d.transfer} is ${d.stage} already`,
    remedy: 'Nothing is left to do; goods are offered in a new transfer.',
  },
  wrong_ownership: {
    code: 34,
    sentence: (d: Ids<'lot' | 'ownership' | 'given'>) =>
      `lot ${d.lot} is owned by fact ${d.ownership}, not by ${d.given}`,
    remedy: 'Refer to the ownership that the lot names.',
  },
  delivery_in_the_past: {
    code: 35,
    sentence: (d: Ids<'deliveryTimeMs' | 'timeMs'>) =>
      `delivery at ${d.deliveryTimeMs} ms is not after the block at ${d.timeMs} ms`,
    remedy: 'Ask for a delivery in the future.',
  },
  reference_not_earlier: {
    code: 36,
    sentence: (d: Ids<'order' | 'next'>) =>
      `order ${d.next} can't refer to order ${d.order}, which is not earlier`,
    remedy: 'Refer only to orders that exist: so no cycle can come about.',
  },
  not_common: {
    code: 37,
    sentence: (d: Ids<'productType'>) =>
      `type ${d.productType} is exclusive and no reference is a common order`,
    remedy: 'Order it as exclusive, or refer to the common order that it serves.',
  },
  unknown_order: {
    code: 38,
    sentence: (d: Ids<'order'>) => `there is no order ${d.order}`,
    remedy: 'Check the id.',
  },
  order_withdrawn: {
    code: 39,
    sentence: (d: Ids<'order'>) => `order ${d.order} is withdrawn`,
    remedy: 'Place a new order.',
  },
  order_rejected: {
    code: 40,
    sentence: (d: Ids<'order'>) => `order ${d.order} is rejected`,
    remedy: 'Place a new order.',
  },
  already_estimated: {
    code: 41,
    sentence: (d: Ids<'order' | 'estimate'>) => `order ${d.order} has the estimate ${d.estimate}`,
    remedy: 'An order has one estimate; reject it where that is wrong.',
  },
  order_started: {
    code: 42,
    sentence: (d: Ids<'order' | 'production'>) =>
      `order ${d.order} is produced in production ${d.production}`,
    remedy: 'After the start only the producer ends it, by output or rejection.',
  },
  unknown_estimate: {
    code: 43,
    sentence: (d: Ids<'estimate'>) => `there is no estimate ${d.estimate}`,
    remedy: 'Check the id.',
  },
  already_started: {
    code: 44,
    sentence: (d: Ids<'estimate' | 'production'>) =>
      `estimate ${d.estimate} was started as production ${d.production}`,
    remedy: 'An estimate has one production.',
  },
  unknown_production: {
    code: 45,
    sentence: (d: Ids<'production'>) => `there is no production ${d.production}`,
    remedy: 'Check the id.',
  },
  production_finished: {
    code: 46,
    sentence: (d: Ids<'production'>) => `production ${d.production} has its output already`,
    remedy: 'Start another production.',
  },
  production_rejected: {
    code: 47,
    sentence: (d: Ids<'production'>) => `production ${d.production} was rejected`,
    remedy: 'Start another production.',
  },
  exclusive_in_commons: {
    code: 48,
    sentence: (d: Ids<'lot' | 'production'>) =>
      `lot ${d.lot} is exclusive, production ${d.production} is commons`,
    remedy: 'Commons production consumes only commons.',
  },
  worn_out: {
    code: 49,
    sentence: (d: Ids<'lot'>) => `lot ${d.lot} is worn out`,
    remedy: 'Nothing is left of it to be used; write it off.',
  },
  needs_repurpose: {
    code: 50,
    sentence: (d: Ids<'lot' | 'production'>) =>
      `lot ${d.lot} is exclusive, production ${d.production} is commons`,
    remedy: 'Set repurpose: then what it transfers is paid by all.',
  },
  nothing_to_repurpose: {
    code: 51,
    sentence: (d: Ids<'lot' | 'production'>) =>
      `lot ${d.lot} needs no repurposing for production ${d.production}`,
    remedy: 'Leave the flag out: it is for exclusive means in commons production.',
  },
  unknown_allocation: {
    code: 52,
    sentence: (d: Ids<'allocation'>) => `there is no allocation ${d.allocation}`,
    remedy: 'Check the id.',
  },
  already_deallocated: {
    code: 53,
    sentence: (d: Ids<'allocation'>) => `allocation ${d.allocation} is over`,
    remedy: 'Allocate the means of production anew.',
  },
  more_than_elapsed: {
    code: 54,
    sentence: (d: Ids<'used' | 'elapsed'>) =>
      `${d.used} minutes of use in ${d.elapsed} minutes of allocation`,
    remedy: 'Declare at most the whole minutes since the allocation.',
  },
  before_start: {
    code: 55,
    sentence: (d: Ids<'fromMs' | 'startedAtMs'>) =>
      `work from ${d.fromMs} ms on is before the start at ${d.startedAtMs} ms`,
    remedy: 'Register work since the start of the production.',
  },
  in_the_future: {
    code: 56,
    sentence: (d: Ids<'toMs' | 'timeMs'>) =>
      `work until ${d.toMs} ms ends after the block at ${d.timeMs} ms`,
    remedy: 'Register work after it was done.',
  },
  across_segments: {
    code: 57,
    sentence: (d: Ids<'fromMs' | 'toMs'>) =>
      `the work from ${d.fromMs} to ${d.toMs} ms lies in two segments`,
    remedy: 'Register the work before and after the boundary apart.',
  },
  segment_final: {
    code: 58,
    sentence: (d: Ids<'segment'>) => `segment ${d.segment} has its final revision`,
    remedy: 'Work is registered or taken back before the revision of its segment.',
  },
  work_overlaps: {
    code: 59,
    sentence: (d: Ids<'fromMs' | 'toMs'> & { readonly wallet: string }) =>
      `${d.wallet} worked from ${d.fromMs} to ${d.toMs} ms already`,
    remedy: 'No time is worked twice: correct the interval.',
  },
  unknown_workload: {
    code: 60,
    sentence: (d: Ids<'workload'>) => `there is no workload ${d.workload}`,
    remedy: 'Check the id.',
  },
  not_the_worker: {
    code: 61,
    sentence: (d: Ids<'workload'> & { readonly wallet: string }) =>
      `workload ${d.workload} is of ${d.wallet}`,
    remedy: 'Only the worker countersigns.',
  },
  already_countersigned: {
    code: 62,
    sentence: (d: Ids<'workload'>) => `workload ${d.workload} is countersigned`,
    remedy: 'Nothing is left to sign.',
  },
  workload_reversed: {
    code: 63,
    sentence: (d: Ids<'workload'>) => `workload ${d.workload} was taken back`,
    remedy: 'Register the work anew.',
  },
  means_still_allocated: {
    code: 64,
    sentence: (d: Ids<'production' | 'means'>) =>
      `production ${d.production} has ${d.means} means of production at work`,
    remedy: 'Deallocate them first.',
  },
  part_twice: {
    code: 65,
    sentence: (d: Ids<'lot'>) => `lot ${d.lot} is in two lines`,
    remedy: 'Each part belongs to one line.',
  },
  part_never: {
    code: 66,
    sentence: (d: Ids<'lot'>) => `lot ${d.lot} is in no line`,
    remedy: 'Let the line that it was built into name an element of it.',
  },
  malformed_composition: {
    code: 67,
    sentence: (d: { readonly problem: string }) => `the composition ${d.problem}`,
    remedy: 'Name parts that are there and last, each once.',
  },
  mixed_durability_units: {
    code: 68,
    sentence: (d: Ids<'productType' | 'lot'>) =>
      `type ${d.productType} and the part ${d.lot} count durability in different units`,
    remedy: 'A product counts minutes or uses, never both.',
  },
  wrong_line_value: {
    code: 69,
    sentence: (d: Ids<'given' | 'made'> & { readonly line: number }) =>
      `line ${d.line} says ${d.given} ms, its elements and parts make ${d.made} ms`,
    remedy: 'Let the value of a durable line be that of its elements and parts.',
  },
  values_do_not_sum: {
    code: 70,
    sentence: (d: Ids<'lines' | 'inputs'>) =>
      `the lines sum to ${d.lines} ms, the inputs to ${d.inputs} ms`,
    remedy: 'Divide the whole value of the inputs among the lines.',
  },
  too_much: {
    code: 71,
    sentence: (d: { readonly what: string }) => `${d.what} leaves the range of 64 bits`,
    remedy: 'Use smaller amounts.',
  },
});

export const refuse = { ...refuseFirst, ...refuseLater };
