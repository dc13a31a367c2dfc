/**
 * `artel start` of a lab's node whose application fails on purpose: the fault stands in
 * ARTEL_LAB_APP. Everything else is as in a real node.
 */
import { createApp } from '../../../chain/app/app.ts';
import { startProgram } from '../../../chain/node/start-program.ts';
import type { AppFault } from './fault.ts';
import { withFault } from './faulty.ts';

const fault = JSON.parse(process.env.ARTEL_LAB_APP ?? '{}') as AppFault;
const version = fault.version ?? 'lab';
await startProgram(version, async ({ home, ...given }) => {
  const app = await createApp({ path: home.storeDir, version, ...given });
  return { application: withFault(app.application, fault, die), close: () => app.close() };
});

/** At once and without a farewell, as a crash does. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
