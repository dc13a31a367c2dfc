/** Tells which files two folders don't have in common, byte for byte. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Paths that are only in one folder or differ, sorted; a folder that is missing is an empty one.
 */
export function compareFolders(one: string, other: string): readonly string[] {
  const names = new Set([...filesIn(one), ...filesIn(other)]);
  return [...names].sort().filter((name) => {
    const [a, b] = [join(one, name), join(other, name)];
    return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b));
  });
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}
