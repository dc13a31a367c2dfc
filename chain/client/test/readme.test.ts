/** The README's program runs as it stands, against a chain in this process. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestChain } from '../../dev/test-chain.ts';

test('the snippet of the README does what it says', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const snippet = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const entry = new URL('../index.ts', import.meta.url).href;
  await using chain = await startTestChain();
  // Below the sources, so that packages are found.
  const folder = await mkdtemp(fileURLToPath(new URL('./.snippet-', import.meta.url)));
  try {
    const file = join(folder, 'snippet.ts');
    await writeFile(file, snippet.replace("'artel/client'", `'${entry}'`));
    const { code, out, err } = await run(file, chain.rpcUrl);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'balance 1000000000000n uhub',
      expect.stringMatching(/^founded in block \d+$/),
      "[ '1 Bakery' ]",
      expect.stringMatching(/^self_trust - /),
      '',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function run(
  file: string,
  rpc: string,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--no-warnings', file, rpc]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString();
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
