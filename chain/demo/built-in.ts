/**
 * The network that `artel demo trust` plays without a file: five quarters of a town with the same
 * twelve trades. Three quarters trade with each other, the two at the harbour only among
 * themselves.
 */
import type { Mutual, Network } from './network.ts';

const quarters = ['north', 'east', 'south', 'harbour', 'island'] as const;

const trades = [
  ...['farm', 'mill', 'bakery', 'dairy', 'store', 'weavers'],
  ...['smithy', 'joinery', 'school', 'clinic', 'laundry', 'builders'],
] as const;

/** Who delivers to whom in every quarter. */
const deliveries: readonly (readonly [(typeof trades)[number], (typeof trades)[number]])[] = [
  ['farm', 'mill'],
  ['mill', 'bakery'],
  ['farm', 'dairy'],
  ['bakery', 'store'],
  ['dairy', 'store'],
  ['weavers', 'store'],
  ['smithy', 'farm'],
  ['smithy', 'builders'],
  ['joinery', 'builders'],
  ['joinery', 'school'],
  ['store', 'school'],
  ['laundry', 'clinic'],
  ['weavers', 'laundry'],
  ['builders', 'clinic'],
];

/** Quarters whose stores trade with each other. */
const routes = [
  ['north', 'east'],
  ['east', 'south'],
  ['harbour', 'island'],
] as const;

/** 60 collectives, 73 edges, 2 components of 36 and 24. */
export function builtInNetwork(): Network {
  const members = quarters.flatMap((quarter) => trades.map((trade) => `${quarter}-${trade}`));
  const pair = (a: string, b: string): Mutual => [members.indexOf(a), members.indexOf(b)];
  return {
    members,
    edges: [
      ...quarters.flatMap((quarter) =>
        deliveries.map(([a, b]) => pair(`${quarter}-${a}`, `${quarter}-${b}`)),
      ),
      ...routes.map(([a, b]) => pair(`${a}-store`, `${b}-store`)),
    ],
  };
}
