/** Plays one scenario as `artel lab run` does. */
import { makeGenesis } from '../../../chain/app/local-genesis.ts';
import { auditStore } from '../../../chain/cli/commands/lab.ts';
import { type RunResult, runScenario } from '../run.ts';
import type { Scenario } from '../scenario.ts';

export function playOne(scenario: Scenario, cometbft: string): Promise<RunResult> {
  const { signal } = new AbortController();
  return runScenario(scenario, {
    cometbft,
    makeGenesis,
    audit: auditStore,
    env: process.env,
    signal,
  });
}
