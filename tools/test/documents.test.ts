import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startTestChain } from '../../chain/dev/test-chain.ts';
import { listSources } from '../tidy/repository.ts';

const root = join(import.meta.dirname, '..', '..');

/** Blocks that begin with ```sh run, in the order of the document: they build on each other. */
function snippetsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

const documents = listSources(root)
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, snippets: snippetsOf(readFileSync(join(root, path), 'utf8')) }))
  .filter(({ snippets }) => snippets.length > 0);

test('the README has commands to run', () => {
  expect(documents.map(({ path }) => path)).toContain('README.md');
});

test.each(documents)(
  'what $path says to type works',
  async ({ snippets }) => {
    const home = mkdtempSync(join(tmpdir(), 'artel-document-'));
    await using chain = await startTestChain();
    try {
      const artel = join(home, 'artel');
      writeFileSync(artel, `#!/bin/sh\nexec '${process.execPath}' '${root}/bin/artel.js' "$@"\n`);
      chmodSync(artel, 0o755);
      const shell = spawn('bash', ['-euo', 'pipefail', '-c', snippets.join('\n')], {
        cwd: root,
        env: {
          PATH: `${home}:${process.env.PATH}`,
          HOME: home,
          ARTEL_HOME: join(home, 'artel-home'),
          ARTEL_NODE: chain.rpcUrl,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [output, errors, code] = await Promise.all([
        text(shell.stdout),
        text(shell.stderr),
        new Promise((resolve) => shell.on('close', resolve)),
      ]);
      if (code !== 0) throw new Error(`ended with ${code}\n${output}\n${errors}`);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
  900_000,
);
