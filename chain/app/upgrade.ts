/**
 * A new version of the rules taking over: the state changes by events, in the block that the vote
 * planned, so that a replay of the log crosses it. Which program a height needs is decided here.
 */
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import type { Tables, View } from '../../modules/_kernel/tables.ts';
import type { tables as chainTables } from '../../modules/chain/keys.ts';
import type {
  AppVersionChanged,
  ModuleMigrated,
  ModuleStarted,
} from '../../modules/chain/types.ts';
import type { Machine } from './machine.ts';

/** What one module does when a version takes over. */
export interface MigrationStep {
  readonly module: string;
  /** The layout of its store from now on; a module that is new begins with it. */
  readonly storeVersion: bigint;
  /** Its events, in order, decided on the state before the upgrade. */
  // biome-ignore lint/suspicious/noExplicitAny: the view of the module that is named.
  readonly events: (view: any, context: Context) => readonly Tagged[];
}

/** How the state of the version before becomes that of `appVersion`. */
export interface Migration {
  readonly appVersion: bigint;
  readonly steps: readonly MigrationStep[];
}

/** The block needs the program of another version of the rules. */
export class OtherProgramNeeded extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OtherProgramNeeded';
  }
}

/** A program stops before a block whose rules are not its own. */
export function otherProgram(wanted: bigint, has: bigint, height: bigint): OtherProgramNeeded {
  return new OtherProgramNeeded(
    `block ${height} needs app version ${wanted}, this program has ${has}: ` +
      `start the program of version ${wanted} on the same home, it goes on with block ${height}`,
  );
}

/** The layout that a module's store has under a version of the rules. */
export function storeVersionOf(
  migrations: readonly Migration[],
  module: string,
  appVersion: bigint,
): bigint {
  const steps = migrations
    .filter((migration) => migration.appVersion <= appVersion)
    .flatMap((migration) => migration.steps)
    .filter((step) => step.module === module);
  return steps.at(-1)?.storeVersion ?? 1n;
}

/** Applies the facts of an upgrade on the machine's current overlay, version after version. */
export function applyMigrations(
  machine: Machine,
  migrations: readonly Migration[],
  to: bigint,
  context: Context,
): void {
  for (const { steps } of migrations) {
    for (const { module, storeVersion, events } of steps) {
      const decided = events(machine.view(module) as View<Tables>, context);
      const chain = machine.view('chain') as View<typeof chainTables>;
      const type = chain.modules.has(module) ? 'ModuleMigrated' : 'ModuleStarted';
      const begun: ModuleStarted | ModuleMigrated = { type, module, storeVersion };
      machine.apply('chain', begun);
      for (const event of decided) machine.apply(module, event);
    }
  }
  const changed: AppVersionChanged = {
    type: 'AppVersionChanged',
    appVersion: to,
    height: context.height,
  };
  machine.apply('chain', changed);
}
