/** What the commands and queries of production do, in the words of the labour-time economy. */

interface Words {
  readonly name: string;
  readonly description: string;
  readonly example?: string;
}

/** By message. */
export const productionMessages: Readonly<Record<string, Words>> = {
  MsgDefineType: {
    name: 'define-type',
    description:
      'register a product type: its name, what a quantity counts, what durability counts',
    example: 'artel tx production define-type 1 Oven piece --durability-unit uses --from bakery',
  },
  MsgCollectivize: {
    name: 'collectivize',
    description: "make goods the collective's, at value 0",
    example:
      'artel tx production collectivize 1 3 200 --label exclusive --source appropriation --from bakery',
  },
  MsgTransfer: {
    name: 'transfer',
    description: 'offer goods to a collective with strong trust: the first of two signatures',
    example: 'artel tx production transfer 7 200 2 --from mill',
  },
  MsgAcceptTransfer: {
    name: 'accept-transfer',
    description: 'take offered goods: the second signature',
  },
  MsgWithdrawTransfer: { name: 'withdraw-transfer', description: 'take an offer back' },
  MsgWriteOff: {
    name: 'write-off',
    description: 'goods are lost, with a reason and a reference to their ownership',
    example: 'artel tx production write-off 7 2 rain 12 --from mill',
  },
  MsgOrder: {
    name: 'order',
    description: 'order of a collective, which may be oneself',
    example:
      'artel tx production order 1 2 3 500 2026-12-24T12:00:00Z --label exclusive --from bakery',
  },
  MsgWithdrawOrder: { name: 'withdraw-order', description: 'take an order back before its start' },
  MsgRejectOrder: {
    name: 'reject-order',
    description: 'reject an order, at any time before output',
  },
  MsgEstimate: {
    name: 'estimate',
    description: 'accept an order and say what labour time it will take',
    example: 'artel tx production estimate 4 7h30m --from mill',
  },
  MsgVoteProduction: {
    name: 'vote-production',
    description: 'vote on a large estimate, or on work that exceeds one',
    example: 'artel tx production vote-production 1 9 yes --from bakery',
  },
  MsgStartProduction: { name: 'start', description: 'start the production of an estimate' },
  MsgAllocateConsumptive: {
    name: 'allocate-consumptive',
    description: 'use goods up in a production, or build them in as a part',
    example: 'artel tx production allocate-consumptive 5 7 20 --as consume --from mill',
  },
  MsgAllocateMeans: {
    name: 'allocate-means',
    description: 'put means of production to work',
    example: 'artel tx production allocate-means 5 8 --from mill',
  },
  MsgDeallocateMeans: {
    name: 'deallocate-means',
    description: 'free means of production and say how long they were used',
    example: 'artel tx production deallocate-means 2 90 --from mill',
  },
  MsgRegisterWorkload: {
    name: 'register-workload',
    description: 'register time worked by a wallet',
    example:
      'artel tx production register-workload 5 artel1... 2026-11-21T08:00:00Z 2026-11-21T15:30:00Z --from mill',
  },
  MsgCountersignWorkload: {
    name: 'countersign-workload',
    description: 'confirm, as the worker, time that was registered',
  },
  MsgStornoWorkload: { name: 'storno-workload', description: 'take a mistaken workload back' },
  MsgOutput: {
    name: 'output',
    description: 'end a production: what came out, with all the labour time that went in',
    example:
      'artel tx production output 5 --lines \'[{"type":"3","quantity":"500","valueMs":"7h30m"}]\' --from mill',
  },
  MsgMergeLots: { name: 'merge-lots', description: 'make one lot of several of one type' },
  MsgSeparate: {
    name: 'separate',
    description: 'take lost components out of a product; what is left comes out in pieces',
  },
  MsgRevalue: {
    name: 'revalue',
    description: 'estimate a durability anew; what is left of the value stays',
  },
  MsgShelve: { name: 'shelve', description: 'put goods on the shelf of a store' },
  MsgUnshelve: { name: 'unshelve', description: 'take goods off the shelf, at pool charge' },
  MsgHandOver: {
    name: 'hand-over',
    description: 'goods went to consumers, all of one type and period together',
  },
  MsgInventory: {
    name: 'inventory',
    description: 'say what was counted on the shelf; closes the difference of the store',
  },
  MsgProposeCategory: {
    name: 'propose-category',
    description: 'ask the component to make a type commons or exclusive',
  },
  MsgVoteCategory: { name: 'vote-category', description: 'vote on the category of a type' },
  MsgProposeParameters: {
    name: 'propose-parameters',
    description: 'ask the component for parameters of its own, from the next segment on',
    example: `artel tx production propose-parameters 1 '{"voteLimitMs": "500h"}' --from mill`,
  },
  MsgVoteParameters: { name: 'vote-parameters', description: 'vote on parameters' },
};

/** By query, for the list of commands. */
export const productionAnswers: Readonly<Record<string, string>> = {
  'production Type': 'a product type',
  'production Types': 'all product types',
  'production Commons': 'types that are commons in a component',
  'production Lot': 'a lot: owner, quantity, value, stage, and what it is made of',
  'production Lots': 'lots in the hands of a collective, or all that ever were',
  'production Transfers': 'goods that were offered',
  'production Order': 'an order',
  'production Orders': 'orders, of one collective or of all',
  'production Estimate': 'an estimate',
  'production Production': 'a production: its stage and what has gone into it',
  'production Productions': 'productions, of one collective or of all',
  'production Allocation': 'means of production at work',
  'production Workload': 'time worked',
  'production Workloads': 'time worked, by one wallet or by all',
  'production Sums': 'hours, hours of the commons and losses of a collective in a segment',
  'production Params': 'parameters in a component; of the chain where none is named',
  'production Prices': 'the price list of a component: average labour time of what is on shelves',
  'production Store': 'what a store has on its shelves, and its difference',
  'production Statistics': 'what happened to the goods of a type, by segment',
  'production Ballot': 'a vote, and what it would make common now',
  'production Ballots': 'all votes',
};
