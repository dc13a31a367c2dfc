import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSource } from '../../tools/tidy/source.ts';

const liquid = join(import.meta.dirname, '..');
const root = join(liquid, '..');

/** Everything that a file imports, the files reached through it included. */
function reached(file: string, seen = new Map<string, string>()): Map<string, string> {
  const source = parseSource(relative(root, file), readFileSync(file, 'utf8'));
  for (const { specifier } of source.imports) {
    const target = specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
    if (seen.has(target)) continue;
    seen.set(target, relative(root, file));
    if (specifier.startsWith('.')) reached(target, seen);
  }
  return seen;
}

/** What a browser page runs: all but the level store and what will be entry points. */
function portable(): string[] {
  return ['core', 'registry', 'store', 'sync', 'range'].flatMap((folder) =>
    readdirSync(join(liquid, folder))
      .filter((name) => name.endsWith('.ts') && name !== 'level.ts')
      .map((name) => join(liquid, folder, name)),
  );
}

describe('the core of the companion', () => {
  test('imports nothing but itself, the kernel and Noble', () => {
    const files = portable();
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      for (const [target, by] of reached(file)) {
        const inside = ['liquid/', 'modules/_kernel/'].some((folder) =>
          relative(root, target).startsWith(folder),
        );
        expect([by, target]).toEqual([
          by,
          expect.stringMatching(inside ? /\.ts$/ : /^@noble\/(?:curves|hashes|ciphers)\//),
        ]);
      }
    }
  });

  test('names no Buffer and no process', () => {
    for (const file of portable()) {
      expect([file, /\b(?:Buffer|process|require|__dirname)\b/.test(code(file))]).toEqual([
        file,
        false,
      ]);
    }
  });
});

function code(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}
