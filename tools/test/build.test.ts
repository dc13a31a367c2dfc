import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

test('what is built from the sources runs as an installed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'artel-package-'));
  try {
    const installed = join(folder, 'node_modules', 'artel');
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const build = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(installed, 'dist')];
    execFileSync(process.execPath, [tsc, ...build], { cwd: root });
    for (const part of ['bin', 'package.json']) {
      cpSync(join(root, part), join(installed, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
    const run = (...args: readonly string[]): string =>
      execFileSync(process.execPath, [join(installed, 'bin', 'artel.js'), ...args], {
        encoding: 'utf8',
        env: { HOME: folder },
      });
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(run('--version').trim()).toBe(version);
    expect(run('help')).toContain('Usage: artel');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
