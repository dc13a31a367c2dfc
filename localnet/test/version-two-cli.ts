/** `artel start` of a program of app version 2, as far as a localnet calls it. */
import { createApp } from '../../chain/app/app.ts';
import { composeVersionTwo } from '../../chain/app/test/version-two.ts';
import { startProgram } from '../../chain/node/start-program.ts';

await startProgram('two', ({ home, ...given }) => {
  const composed = composeVersionTwo(given.logger);
  return createApp({ path: home.storeDir, version: 'two', composed, ...given });
});
