import { Scenario } from '../../_kernel/harness.ts';
import { timeMs } from '../../_kernel/units.ts';
import { exportState, importState } from '../genesis.ts';
import { chain } from '../module.ts';
import type { SetTimer, TimerSet } from '../types.ts';

const command: SetTimer = {
  type: 'SetTimer',
  atMs: timeMs(500n),
  module: 'trust',
  command: 'EndTrust',
  payload: Uint8Array.of(1, 2),
};

const scenario = () => new Scenario(chain, undefined);

describe('timers', () => {
  test('get numbers in the order in which they are set', () => {
    const play = scenario();
    const ids = [0, 1, 2].map(() => (play.when(command).events[0] as TimerSet).id);
    expect(ids).toEqual([0n, 1n, 2n]);
    expect(play.violations()).toEqual([]);
  });

  test('wait in the order of time, then number', () => {
    const play = scenario();
    for (const atMs of [700n, 500n, 500n, 600n]) play.when({ ...command, atMs: timeMs(atMs) });
    const waiting = Array.from(play.view.timers.range(), ({ key }) => key);
    expect(waiting).toEqual([
      [500n, 1n],
      [500n, 2n],
      [600n, 3n],
      [700n, 0n],
    ]);
  });

  test('are gone when they have fired, and can not fire twice', () => {
    const play = scenario();
    play.when(command);
    const fired = { type: 'TimerFired', id: 0n, atMs: timeMs(500n), refused: '' } as const;
    play.given(fired);
    expect([...play.view.timers.range()]).toEqual([]);
    expect(() => play.given(fired)).toThrow('timer 0 is not waiting');
  });

  test('come back from an export with their numbers, and the numbering goes on', () => {
    const play = scenario();
    for (let n = 0; n < 3; n += 1) play.when(command);
    play.given({ type: 'TimerFired', id: 1n, atMs: timeMs(500n), refused: 'trust/gone' });
    const again = scenario().given(...importState(exportState(play.view)));
    expect(again.state.dump()).toBe(play.state.dump());
  });

  test('with a number that is still to come are no genesis', () => {
    const timer = { id: '4', atMs: '1', module: 'm', command: 'c', payload: '' };
    expect(() => importState({ nextTimerId: '4', timers: [timer] })).toThrow(
      'app_state.chain: timer 4 is not below nextTimerId 4',
    );
  });
});
