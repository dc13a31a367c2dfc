/**
 * `artel` as far as a localnet calls it, with the tiny counter application in place of Artel's: the
 * tests of processes shall not depend on the rules. Run as `node counter-cli.ts start|up ...`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CliError } from '../../chain/cli/context.ts';
import type { NodeHome } from '../../chain/node/home.ts';
import { startProgram } from '../../chain/node/start-program.ts';
import { type Fault, openCounterApp } from '../../chain/node/test/counter-app.ts';
import { plainGenesis } from '../../chain/node/test/fixtures.ts';
import { defaultLocalnet } from '../plan.ts';
import { bringUp } from '../up.ts';

if (process.argv[2] === 'start') {
  await startProgram('counter', async ({ home }) => openCounterApp(home, plannedFault(home)));
} else {
  await up();
}

async function up(): Promise<void> {
  const { values } = parseArgs({
    allowPositionals: true,
    options: {
      home: { type: 'string', default: '' },
      'base-port': { type: 'string', default: '0' },
      n: { type: 'string' },
      detach: { type: 'boolean', default: false },
    },
  });
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
  try {
    const outcome = await bringUp({
      root: values.home,
      wanted: {
        ...(values.n === undefined ? {} : { count: Number(values.n) }),
        basePort: Number(values['base-port']),
      },
      defaults: {
        ...defaultLocalnet,
        timeoutCommit: '200ms',
        emptyBlocksInterval: '300ms',
      },
      findCometbft: async () => process.env.COMETBFT_BIN ?? '',
      makeGenesis: ({ chainId, validators }) => plainGenesis(chainId, validators),
      artel: [process.execPath, '--no-warnings', process.argv[1] ?? ''],
      env: process.env,
      detach: values.detach,
      signal: abort.signal,
      say: (line) => process.stdout.write(`${line}\n`),
      onReady: async () => {
        process.stdout.write('ready\n');
      },
    });
    process.stdout.write(`${outcome}\n`);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    process.stderr.write(`error: ${error.message}\n  hint: ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}

/** A test plants a fault in one home by a file. */
function plannedFault(home: NodeHome): Fault | undefined {
  const file = join(home.root, 'fault.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Fault) : undefined;
}
