/**
 * The repository checks itself: layering, bans, documents and tables that must agree with the code.
 * Runs in `make check` and as a test; what the compiler, Biome and buf check is left to them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkCode } from './tidy/code.ts';
import { checkImports } from './tidy/imports.ts';
import { checkModules } from './tidy/modules.ts';
import { type Finding, openRepository, type Repository, repositoryOf } from './tidy/repository.ts';
import { parseSource } from './tidy/source.ts';
import {
  checkDependencies,
  checkLinks,
  checkLockFile,
  checkMachineTexts,
  checkSpecification,
} from './tidy/texts.ts';

/** Everything that is wrong with the repository at `root`. */
export function tidy(root: string): readonly Finding[] {
  const repository = openRepository(root);
  return [
    ...checkSources(repository),
    ...checkModules(repository),
    ...checkMachineTexts(repository),
    ...checkLockFile(repository),
    ...checkDependencies(repository),
    ...checkLinks(repository),
    ...checkSpecification(repository, specificationBeside(root, repository)),
  ];
}

function checkSources(repository: Repository): readonly Finding[] {
  return repository.paths.flatMap((path) => {
    if (!/\.(?:ts|js)$/.test(path) || path.startsWith('proto/generated/')) return [];
    try {
      const source = parseSource(path, repository.read(path) ?? '');
      return [...checkCode(source), ...checkImports(source)];
    } catch {
      return [{ path, message: 'is not TypeScript; `make check` says where' }];
    }
  });
}

/** `../shared/spec`, where the specification is kept; ours itself where that is not there. */
function specificationBeside(root: string, ours: Repository): Repository {
  const folder = join(root, '..', 'shared', 'spec');
  if (!existsSync(folder)) return ours;
  return repositoryOf(
    Object.fromEntries(
      readdirSync(folder).map((name) => [
        `docs/spec/${name}`,
        readFileSync(join(folder, name), 'utf8'),
      ]),
    ),
  );
}

export function spellFinding({ path, line, message }: Finding): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${message}`;
}

if (import.meta.main) {
  const findings = tidy(join(import.meta.dirname, '..'));
  for (const finding of findings) console.log(spellFinding(finding));
  process.exitCode = findings.length === 0 ? 0 : 1;
}
