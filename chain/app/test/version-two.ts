/**
 * A program of app version 2: the bank gives every holder but the bond pool one uhub at the
 * upgrade, by an event that version 1 does not know, and a module `notes` begins. All else is the
 * program as it is.
 */
import type { Logger } from 'pino';
import type { Module } from '../../../modules/_kernel/module.ts';
import { table, u64, type View } from '../../../modules/_kernel/tables.ts';
import { type Uhub, uhub } from '../../../modules/_kernel/units.ts';
import type { tables as bankTables } from '../../../modules/bank/keys.ts';
import { bank } from '../../../modules/bank/module.ts';
import type { Minted } from '../../../modules/bank/types.ts';
import { bondPool } from '../../../modules/validators/types.ts';
import { TimersNumbered } from '../../../proto/generated/artel/chain/v1/event.ts';
import { compose } from '../app.ts';
import { Composed } from '../chain.ts';
import type { AnyModule } from '../composition.ts';
import type { Migration } from '../upgrade.ts';

/** A fact of version 2 with the fields of `Minted`. */
interface Gifted {
  readonly type: 'Gifted';
  readonly recipient: Minted['recipient'];
  readonly amountUhub: Uhub;
}

const secondBank: AnyModule = {
  ...bank,
  events: { ...bank.events, Gifted: bank.events.Minted },
  evolve: {
    ...bank.evolve,
    Gifted: (draft: Parameters<typeof bank.evolve.Minted>[0], { recipient, amountUhub }: Gifted) =>
      bank.evolve.Minted(draft, { type: 'Minted', recipient, amountUhub }),
  },
};

interface Noted {
  readonly type: 'Noted';
  readonly next: bigint;
}

const notesTables = { last: table(1, [], u64) };

const notes: Module<typeof notesTables, never, Noted> = {
  name: 'notes',
  tables: notesTables,
  decide: {},
  evolve: { Noted: (draft, { next }) => draft.last.set(next) },
  events: { Noted: { codec: TimersNumbered } },
  messages: [],
  timers: {},
  queries: [],
  invariants: [
    {
      name: 'the last note is 7',
      check: (view) => (view.last.get() === 7n ? undefined : `it is ${view.last.get()}`),
    },
  ],
  genesis: {
    import: () => [{ type: 'Noted', next: 7n }],
    export: () => ({}),
    default: {},
  },
};

const migration: Migration = {
  appVersion: 2n,
  steps: [
    {
      module: 'bank',
      storeVersion: 2n,
      events: (view: View<typeof bankTables>): readonly Gifted[] =>
        Array.from(view.balances.range(), ({ key: [recipient] }) => recipient)
          .filter((recipient) => recipient !== bondPool)
          .map((recipient) => ({ type: 'Gifted', recipient, amountUhub: uhub(1n) })),
    },
    { module: 'notes', storeVersion: 1n, events: () => [{ type: 'Noted', next: 7n }] },
  ],
};

export function composeVersionTwo(logger: Logger): Composed {
  const first = compose(logger);
  const { modules } = first.composition;
  return new Composed({
    ...first,
    appVersion: 2n,
    composition: {
      ...first.composition,
      modules: [...modules.map((one) => (one.name === 'bank' ? secondBank : one)), notes],
      migrations: [migration],
    },
  });
}
