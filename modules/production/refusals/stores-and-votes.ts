/** The refusals of this module from 72 on: stores, votes, repairs of goods. */
import { defineRefusals } from '../../_kernel/refusals.ts';
import type { Ids } from '../refusals.ts';

/** Number of the first one here. */
const first = 72;

export const refuseLater = defineRefusals(
  'production',
  {
    malformed_parameters: {
      code: 72,
      sentence: (d: { readonly problem: string }) => `the parameters can't be taken: ${d.problem}`,
      remedy: 'Give known parameters as decimal texts within their bounds.',
    },
    lot_merged: {
      code: 73,
      sentence: (d: Ids<'lot' | 'into'>) => `lot ${d.lot} went up in lot ${d.into}`,
      remedy: 'Name the lot that it is in.',
    },
    lot_shelved: {
      code: 74,
      sentence: (d: Ids<'lot'>) => `lot ${d.lot} is on the shelf of a store`,
      remedy: 'Take it off the shelf first.',
    },
    lot_separated: {
      code: 75,
      sentence: (d: Ids<'lot'>) => `lot ${d.lot} was taken apart`,
      remedy: 'Name one of its pieces.',
    },
    lot_gone: {
      code: 76,
      sentence: (d: Ids<'lot'>) => `lot ${d.lot} has left its store`,
      remedy: 'Name a lot that is still there.',
    },
    not_ascending: {
      code: 77,
      sentence: (d: Ids<'value'> & { readonly field: string }) =>
        `${d.value} of ${d.field} is not above the one before`,
      remedy: 'List each once, in ascending order.',
    },
    too_few_lots: {
      code: 78,
      sentence: (d: { readonly lots: number }) => `${d.lots} lots can't become one`,
      remedy: 'Name at least two.',
    },
    unlike_lots: {
      code: 79,
      sentence: (d: Ids<'one' | 'other'>) =>
        `lots ${d.one} and ${d.other} differ in owner, type or label`,
      remedy: 'Merge goods of one owner, type and label.',
    },
    nothing_lost: {
      code: 80,
      sentence: () => 'nothing is lost',
      remedy: 'Name the elements that are lost.',
    },
    unknown_element: {
      code: 81,
      sentence: (d: Ids<'lot' | 'element'>) => `lot ${d.lot} has no element ${d.element}`,
      remedy: 'Name one of its elements: artel query production lot lists them.',
    },
    wrong_pieces: {
      code: 82,
      sentence: (d: Ids<'due'> & { readonly named: number }) =>
        `${d.named} pieces are named where there are ${d.due}`,
      remedy: 'Name each durable piece, and of other goods none.',
    },
    has_parts: {
      code: 83,
      sentence: (d: Ids<'element'>) => `element ${d.element} lasts as long as its parts`,
      remedy: 'Name an element without parts.',
    },
    not_above_age: {
      code: 84,
      sentence: (d: Ids<'element' | 'durability' | 'age'>) =>
        `a durability of ${d.durability} is not above the age ${d.age} of element ${d.element}`,
      remedy: 'Give more than what is used up; what is worn out is written off.',
    },
    used_by_calendar: {
      code: 85,
      sentence: (d: Ids<'lot'>) => `lot ${d.lot} ages by the calendar`,
      remedy: 'Leave the use out.',
    },
    not_a_store: {
      code: 86,
      sentence: (d: Ids<'collective'>) => `collective ${d.collective} is C2C`,
      remedy: 'Only C2I collectives have shelves and hand over.',
    },
    not_so_much_shelved: {
      code: 87,
      sentence: (d: Ids<'store' | 'productType' | 'quantity' | 'there'>) =>
        `store ${d.store} has ${d.there} of type ${d.productType} on its shelf, not ${d.quantity}`,
      remedy: 'Name at most what is there.',
    },
    piece_not_shelved: {
      code: 88,
      sentence: (d: Ids<'lot' | 'store'>) =>
        `lot ${d.lot} is not on that shelf of store ${d.store}`,
      remedy: 'Name a piece of the type that is on the shelf.',
    },
    surplus_of_pieces: {
      code: 89,
      sentence: (d: Ids<'due' | 'counted'>) =>
        `${d.counted} durable pieces were counted where ${d.due} are due`,
      remedy: 'Collectivize pieces that nobody has registered.',
    },
    too_soon: {
      code: 90,
      sentence: (d: Ids<'productType' | 'dueMs' | 'timeMs'>) =>
        `goods of type ${d.productType} are handed over again from ${d.dueMs} ms on, not at ${d.timeMs} ms`,
      remedy: 'Wait: hand-overs of a period go together.',
    },
    overdrawn: {
      code: 91,
      sentence: (d: Ids<'store' | 'shortMs' | 'handedOverMs'>) =>
        `store ${d.store} would have handed over ${d.shortMs} ms more than was burned, of ${d.handedOverMs} ms in the segment`,
      remedy: 'Hand over what coupons were burned for, or take an inventory.',
    },
    shelf_not_empty: {
      code: 92,
      sentence: (d: Ids<'collective' | 'productType' | 'units'>) =>
        `store ${d.collective} has ${d.units} of type ${d.productType} on its shelf`,
      remedy: 'Empty the shelf first.',
    },
    difference_open: {
      code: 93,
      sentence: (d: Ids<'collective' | 'differenceMs'>) =>
        `store ${d.collective} has an open difference of ${d.differenceMs} ms`,
      remedy: 'Take an inventory first.',
    },
    too_many_offers: {
      code: 94,
      sentence: (d: Ids<'a' | 'b'> & { readonly most: number }) =>
        `there are ${d.most} open offers between ${d.a} and ${d.b}`,
      remedy: 'Let some be accepted or withdraw them.',
    },
    vote_needed: {
      code: 95,
      sentence: (d: Ids<'estimate' | 'valueMs' | 'limitMs'> & { readonly stage: string }) =>
        `estimate ${d.estimate} of ${d.valueMs} ms is above ${d.limitMs} ms, and its ballot is ${d.stage}`,
      remedy: 'Let the component vote on it: artel tx production vote-production.',
    },
    output_vote_needed: {
      code: 96,
      sentence: (d: Ids<'production' | 'valueMs' | 'baseMs'>) =>
        `production ${d.production} has ${d.valueMs} ms where ${d.baseMs} ms were estimated`,
      remedy: 'Let the component vote on the deviation, or reject the order.',
    },
    nothing_to_vote: {
      code: 97,
      sentence: (d: Ids<'estimate'>) => `estimate ${d.estimate} needs no vote`,
      remedy: 'Start it, or finish it.',
    },
    unknown_ballot: {
      code: 98,
      sentence: (d: Ids<'ballot'> & { readonly subject: string }) =>
        `there is no ballot ${d.ballot} on ${d.subject}`,
      remedy: 'Check the id: artel query production ballots lists them.',
    },
    ballot_over: {
      code: 99,
      sentence: (d: Ids<'ballot'> & { readonly stage: string }) =>
        `ballot ${d.ballot} is ${d.stage}`,
      remedy: 'Nothing is left to decide.',
    },
    no_vote: {
      code: 100,
      sentence: (d: Ids<'ballot' | 'collective'>) =>
        `collective ${d.collective} was not in the component of ballot ${d.ballot} when it was opened`,
      remedy: 'Only members of that time vote.',
    },
    voted_already: {
      code: 101,
      sentence: (d: Ids<'ballot' | 'collective'>) =>
        `collective ${d.collective} has voted on ballot ${d.ballot}`,
      remedy: 'Each has one vote.',
    },
    category_already: {
      code: 102,
      sentence: (d: Ids<'productType'> & { readonly label: number }) =>
        `goods of type ${d.productType} are ${d.label === 1 ? 'commons' : 'exclusive'} already`,
      remedy: 'Nothing is left to change.',
    },
    already_proposed: {
      code: 103,
      sentence: (d: Ids<'ballot'>) => `ballot ${d.ballot} asks that already`,
      remedy: 'Vote on it.',
    },
    not_countersigned: {
      code: 104,
      sentence: (d: Ids<'production' | 'unsigned'>) =>
        `${d.unsigned} workloads of production ${d.production} are not countersigned`,
      remedy: 'Let the workers countersign, or take the workloads back.',
    },
  },
  first,
);
