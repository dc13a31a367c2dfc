/**
 * Gets CometBFT ready for the tests; silent when it is there. Without it they say which are
 * skipped.
 */
import { CometbftUnavailable, findCometbft } from '../localnet/cometbft.ts';

try {
  await findCometbft({ env: process.env, onProgress: console.log });
} catch (error) {
  if (!(error instanceof CometbftUnavailable)) throw error;
  console.log(`${error.message}. ${error.hint}`);
  console.log('Tests with real validators are skipped.');
}
