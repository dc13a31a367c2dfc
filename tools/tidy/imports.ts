/** Which folder may import which: docs/ARCHITECTURE.md ("Import direction") as a check. */
import { posix } from 'node:path';
import type { Finding } from './repository.ts';
import type { Source } from './source.ts';

/** Packages that are pure computation, the only ones that modules see. */
const purePackages = [
  'cosmjs-types',
  '@noble/hashes',
  '@noble/curves',
  '@scure/base',
  '@bufbuild/protobuf',
];

/** What a module keeps to itself; the rest (module.ts, types, tables, parameters) it shows. */
const insideOfModule = /\/(?:decide|evolve|codec|invariants)(?:\/|\.ts$)/;

/** Files that put a whole program together, and so may import chain/app. */
const entryPoints = [
  /^chain\/cli\/commands\//,
  /^chain\/dev\/artel-chain\.ts$/,
  /^chain\/sim\//,
  /^localnet\/lab\/(?:app|keeper)\/main\.ts$/,
  /^tools\//,
];

/**
 * Folders that a program outside the node is made of: they see the wire, never the rules. The
 * client also takes each module's wire table and refusals, so that both are written once.
 */
const outside = ['chain/client/', 'liquid/', 'explorer/'];

/** Every import of a source that points where it must not. Tests may import anything. */
export function checkImports(source: Source): readonly Finding[] {
  const { path } = source;
  if (isTest(path) || path.startsWith('proto/generated/')) return [];
  return source.imports.flatMap(({ specifier, line, typeOnly }) => {
    const target = specifier.startsWith('.')
      ? posix.join(posix.dirname(path), specifier)
      : undefined;
    const message =
      target === undefined ? packageProblem(path, specifier) : fileProblem(path, target, typeOnly);
    return message === undefined ? [] : [{ path, line, message }];
  });
}

export function isTest(path: string): boolean {
  return /(?:^|\/)(?:test|bench)\//.test(path) || /\.(?:test|bench)\.ts$/.test(path);
}

function packageProblem(path: string, specifier: string): string | undefined {
  if (!path.startsWith('modules/')) return undefined;
  const allowed = purePackages.some(
    (name) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (allowed) return undefined;
  return `imports ${specifier}; modules import only ${purePackages.join(', ')}`;
}

function fileProblem(path: string, target: string, typeOnly: boolean): string | undefined {
  const within = (...folders: readonly string[]): boolean =>
    folders.some((folder) => target.startsWith(folder));
  const moduleFolder = /^modules\/[^/]+\//.exec(path)?.[0];
  if (moduleFolder !== undefined) {
    if (within(moduleFolder, 'modules/_kernel/', 'proto/generated/')) return undefined;
    return `imports ${target}; a module sees itself, modules/_kernel and proto/generated`;
  }
  const part = outside.find((folder) => path.startsWith(folder));
  if (part !== undefined) {
    if (within(part, 'chain/client/', 'modules/_kernel/', 'proto/generated/')) return undefined;
    if (part === 'chain/client/' && /^modules\/[^/]+\/(?:module|refusals)\.ts$/.test(target)) {
      return undefined;
    }
    return `imports ${target}; it may see chain/client, modules/_kernel and proto/generated`;
  }
  const isEntryPoint = entryPoints.some((entry) => entry.test(path));
  if (within('chain/app/') && !path.startsWith('chain/app/') && !isEntryPoint && !typeOnly) {
    return `imports ${target}; only entry points and tests import chain/app`;
  }
  if (within('modules/') && !within('modules/_kernel/')) return moduleProblem(path, target);
  const isProgram = ['chain/cli/', 'chain/demo/', 'localnet/', 'tools/'].some((folder) =>
    path.startsWith(folder),
  );
  if (within('chain/cli/') && !isProgram && target !== 'chain/cli/context.ts') {
    return `imports ${target}; of chain/cli the host sees only context.ts`;
  }
  return undefined;
}

/** modules/chain holds the host's own facts, so the whole host reads it. */
function moduleProblem(path: string, target: string): string | undefined {
  if (target.startsWith('modules/chain/') && path.startsWith('chain/')) return undefined;
  if (path.startsWith('chain/app/') && !insideOfModule.test(target)) return undefined;
  if (path.startsWith('tools/')) return undefined;
  return `imports ${target}; only chain/app imports modules, and never their rules`;
}
