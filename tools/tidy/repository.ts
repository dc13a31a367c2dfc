/** The files that tidy looks at: those in git and those about to be, never what is ignored. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One broken rule. `line` counts from 1; absent where the file as a whole is meant. */
export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

/** The repository as the checks see it; tests hand in small ones of their own. */
export interface Repository {
  /** Paths with `/`, from the root, sorted. */
  readonly paths: readonly string[];
  /** Text of a file; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
}

export function openRepository(root: string): Repository {
  return {
    paths: listSources(root),
    read: (path) => {
      const file = join(root, path);
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
  };
}

/** Tracked and untracked files that exist and that .gitignore does not name. */
export function listSources(root: string): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .sort();
}

/** For tests: a repository that exists only here. */
export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  return { paths: Object.keys(files).sort(), read: (path) => files[path] };
}
