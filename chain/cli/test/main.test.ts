/** The process itself: version, exit codes, and that Ctrl-C ends it though a node is silent. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): {
  readonly ended: Promise<Ended>;
  readonly interrupt: () => void;
} {
  const child = spawn(process.execPath, ['--no-warnings', main, ...args]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { ended, interrupt: () => void child.kill('SIGINT') };
}

test('the version is that of the package', async () => {
  expect(await start(['version']).ended).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    err: '',
  });
});

test('a mistake in the usage ends with 2', async () => {
  expect(await start(['keys', 'lst']).ended).toMatchObject({ code: 2, out: '' });
});

test('Ctrl-C ends a command that waits for a silent node', async () => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer((socket) => {
    socket.once('data', () => asked.resolve());
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    const command = start(['status', '--node', `http://127.0.0.1:${address.port}`]);
    await asked.promise;
    command.interrupt();
    expect(await command.ended).toEqual({
      code: 130,
      signal: null,
      out: '',
      err: 'interrupted\n',
    });
  } finally {
    silent.close();
  }
});
