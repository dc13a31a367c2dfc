/**
 * The hook as the host runs it: a module with work due for a component does it on the announcement,
 * and reads the old state there.
 */

import type { AnyModule, Composition, Reactor } from '../../../chain/app/composition.ts';
import { Meter } from '../../../chain/app/gas.ts';
import { Machine } from '../../../chain/app/machine.ts';
import { Overlay, type StateReader } from '../../../chain/store/overlay.ts';
import { accept, type Tagged } from '../../_kernel/decider.ts';
import { scenarioContext } from '../../_kernel/harness.ts';
import { defineRefusals, type Refusal } from '../../_kernel/refusals.ts';
import type { View } from '../../_kernel/tables.ts';
import { storeCosts } from '../../accounts/gas.ts';
import { chain } from '../../chain/module.ts';
import type { tables } from '../keys.ts';
import { trust } from '../module.ts';
import { type TrustReads, trustReads } from '../ports.ts';
import { collectiveId } from '../types.ts';
import { founding, ownerOf } from './world.ts';

interface Settle extends Tagged {
  readonly cause: string;
}

interface Settled extends Tagged {
  readonly type: 'Settled';
  readonly seen: string;
}

const refusals = defineRefusals('ledger', {
  in_grace: { code: 2, sentence: () => 'the segment is in its grace window', remedy: 'Wait.' },
});

/** Stands for the coupons of a later time: writes down what it reads of trust. */
function ledger(inGrace: () => boolean): AnyModule {
  return {
    name: 'ledger',
    tables: {},
    decide: {
      Settle(_view: unknown, { cause }: Settle, _context: unknown, port: TrustReads) {
        if (inGrace()) return refusals.in_grace();
        const [a, b] = [collectiveId(1n), collectiveId(2n)];
        const seen = `${cause}: ${port.edgeState(a, b)}, together ${port.sameComponent(a, b)}`;
        return accept<Settled>([{ type: 'Settled', seen }]);
      },
    },
    evolve: { Settled() {} },
    events: {},
    messages: [],
    timers: {},
    queries: [],
    invariants: [],
    genesis: { import: () => [], export: () => ({}), default: {} },
  };
}

const causes = ['ComponentsJoining', 'ComponentsJoined', 'ComponentSplitting', 'ComponentSplit'];
const reactors = causes.map(
  (event): Reactor => ({
    on: 'trust',
    event,
    to: 'ledger',
    otherwise: 'skip',
    commands: () => [{ type: 'Settle', cause: event } as Settle],
  }),
);

const nothing: StateReader = { get: () => undefined, range: () => [] };

function host(inGrace = () => false) {
  const composition: Composition = {
    modules: [chain, trust, ledger(inGrace)],
    reactors,
    ports: {
      trust: () => ({ changes: { notBefore: () => undefined } }),
      ledger: (viewOf) => trustReads(viewOf('trust') as View<typeof tables>),
    },
    critical: new Set(),
    migrations: [],
    plannedUpgrade: () => undefined,
    problemWithGenesis: () => undefined,
  };
  const machine = new Machine(composition, storeCosts);
  const block = new Overlay(nothing);
  /** As a transaction: its facts, or its refusal and nothing of it. */
  return (command: Tagged): readonly string[] | Refusal => {
    const work = () => machine.command('trust', command);
    const { result, facts } = block.attempt(
      () => machine.on(block, scenarioContext, new Meter(), work),
      (run) => run.result === undefined,
    );
    if (result !== undefined) return result;
    return facts.map(({ event }) => ('seen' in event ? String(event.seen) : event.type));
  };
}

const sign = (from: bigint, to: bigint) => ({
  type: 'SignTrust',
  signer: ownerOf(Number(from)),
  from: collectiveId(from),
  to: collectiveId(to),
});

test('D2.15 due work is done before components join, on the old state', () => {
  const run = host();
  run(founding(1));
  run(founding(2));
  expect(run(sign(1n, 2n))).toEqual(['TrustSigned']);
  expect(run(sign(2n, 1n))).toEqual([
    'TrustSigned',
    'ComponentsJoining',
    'ComponentsJoining: none, together false',
    'TrustEstablished',
    'ComponentsJoined',
    'ComponentsJoined: strong, together true',
  ]);
});

test('D2.19 due work is done before a component splits, on the old state', () => {
  const run = host();
  run(founding(1));
  run(founding(2));
  run({ type: 'SetParameters', json: '{"noticeMs":"0"}' } as Tagged);
  run(sign(1n, 2n));
  run(sign(2n, 1n));
  expect(run({ ...sign(1n, 2n), type: 'CancelTrust' })).toEqual(['TrustCancelled', 'TimerSet']);
  const end = { type: 'EndTrust', low: collectiveId(1n), high: collectiveId(2n) };
  expect(run(end)).toEqual([
    'ComponentSplitting',
    'ComponentSplitting: cancelled, together true',
    'TrustEnded',
    'ComponentSplit',
    'ComponentSplit: none, together false',
  ]);
});

test('D2.15 a module in its grace window refuses the second signature, and nothing of it stays', () => {
  let inGrace = true;
  const run = host(() => inGrace);
  run(founding(1));
  run(founding(2));
  run(sign(1n, 2n));
  expect(run(sign(2n, 1n))).toMatchObject({ ok: false, codespace: 'ledger', name: 'in_grace' });
  inGrace = false;
  expect(run(sign(2n, 1n))).toContain('TrustEstablished');
});
