/** What the benches of the lab share: their figures on stdout, and how they find CometBFT. */

import type { Figure, Goal } from '../../../tools/bench.ts';
import { CometbftUnavailable, findCometbft } from '../../cometbft.ts';

export function printFigure(name: string, value: number, unit: string, goal?: Goal): void {
  const figure: Figure = { case: name, value, unit, ...(goal && { goal }) };
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

/** The binary's path. Where there is none the bench says so in one line, and ends. */
export async function needsCometbft(what: string): Promise<string> {
  try {
    return (await findCometbft({ env: process.env })).path;
  } catch (error) {
    if (!(error instanceof CometbftUnavailable)) throw error;
    process.stderr.write(`${what} is left out: ${error.message}. ${error.hint}\n`);
    printFigure(`${what}: left out, since CometBFT is missing`, 0, 'runs');
    process.exit(0);
  }
}
