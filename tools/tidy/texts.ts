/**
 * Checks of texts: nothing of one machine in the repository, documents complete, specification in
 * step.
 */
import type { Finding, Repository } from './repository.ts';

/** Paths and hosts that only one machine knows. The letters are kept apart from this very file. */
const machineTexts: readonly RegExp[] = [
  /(?<![\w.$}~/-])\/(?:home|Users|root|work)\/[\w.-]+/,
  /(?<![\w.$}~/-])\/tmp\/[\w.-]+/,
  /\bhttps?:\/\/(?!registry\.npmjs\.org)[\w.-]*(?:registry|artifactory|nexus|verdaccio)[\w.-]*/i,
];

/** Files that show what they check for, and the specification, which is taken as it is. */
const mayShow = [/^tools\/(?:tidy\/|test\/)/, /^docs\/spec\//];

const textFile = /(?:\.(?:ts|js|mjs|json|md|yaml|yml|proto|sh|toml)|Makefile|\.npmrc|\.ci\/run)$/;

export function checkMachineTexts(repository: Repository): readonly Finding[] {
  return repository.paths.flatMap((path) => {
    if (!textFile.test(path) || mayShow.some((allowed) => allowed.test(path))) return [];
    const text = repository.read(path) ?? '';
    return text.split('\n').flatMap((content, index) => {
      const found = machineTexts.map((pattern) => pattern.exec(content)?.[0]).find(Boolean);
      if (found === undefined) return [];
      return [{ path, line: index + 1, message: `names something of one machine: ${found}` }];
    });
  });
}

/** Fetching by the lock file must work from any registry and on any platform. */
export function checkLockFile(repository: Repository): readonly Finding[] {
  const path = 'package-lock.json';
  const { packages = {} } = JSON.parse(repository.read(path) ?? '{}') as {
    readonly packages?: Readonly<Record<string, LockEntry>>;
  };
  return Object.entries(packages).flatMap(([name, entry]) => {
    const host = /^https?:\/\/([^/]+)/.exec(entry.resolved ?? '')?.[1];
    const strange = host === undefined || host === 'registry.npmjs.org' ? [] : [host];
    const missing = Object.keys(entry.optionalDependencies ?? {}).filter(
      (wanted) => !isLocked(packages, name, wanted),
    );
    return [
      ...strange.map((from) => ({ path, message: `${name} is resolved from ${from}` })),
      ...missing.map((wanted) => ({
        path,
        message: `${name} wants ${wanted} on some platform; without it \`npm ci\` refuses the file`,
      })),
    ];
  });
}

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** As Node resolves: in the package's own node_modules, then in those around it. */
function isLocked(
  packages: Readonly<Record<string, LockEntry>>,
  from: string,
  wanted: string,
): boolean {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('node_modules/'))) {
    const path = `${folder}${folder === '' || folder.endsWith('/') ? '' : '/'}node_modules/${wanted}`;
    if (path in packages) return true;
    if (!folder.includes('node_modules/')) return false;
  }
}

/** A dependency is a decision: docs/dependencies.md says what for, why this one, what else. */
export function checkDependencies(repository: Repository): readonly Finding[] {
  const path = 'docs/dependencies.md';
  const manifest = JSON.parse(repository.read('package.json') ?? '{}') as {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  };
  const wanted = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const lines = (repository.read(path) ?? '').split('\n');
  const described = new Map(
    lines.flatMap((line, index) => {
      const cell = /^\|\s*([^|]+?)\s*\|/.exec(line)?.[1] ?? '';
      return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => [name ?? '', index + 1] as const);
    }),
  );
  return [
    ...wanted
      .filter((name) => !described.has(name))
      .map((name) => ({ path, message: `has no line about ${name}` })),
    ...[...described]
      .filter(([name]) => !wanted.includes(name))
      .map(([name, line]) => ({ path, line, message: `${name} is not in package.json` })),
  ];
}

/** Relative links of documents lead to files that are there, and from the README to every page. */
export function checkLinks(repository: Repository): readonly Finding[] {
  const known = new Set(repository.paths);
  const isFolder = (path: string): boolean =>
    path === '' || repository.paths.some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
  const pages = repository.paths.filter(
    (path) => path.endsWith('.md') && !path.startsWith('docs/spec/'),
  );
  const broken = pages.flatMap((path) =>
    linksOf(repository, path).flatMap(({ line, link, target }) => {
      if (known.has(target) || isFolder(target)) return [];
      return [{ path, line, message: `links to ${link}, which is not there` }];
    }),
  );
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const { target } of linksOf(repository, page)) {
      if (target.endsWith('.md')) reached.add(target);
    }
  }
  const unreached = pages.filter((path) => path.startsWith('docs/') && !reached.has(path));
  return [
    ...broken,
    ...unreached.map((path) => ({ path, message: 'no link leads here from README.md' })),
  ];
}

interface Link {
  readonly line: number;
  readonly link: string;
  readonly target: string;
}

function linksOf(repository: Repository, path: string): readonly Link[] {
  return (repository.read(path) ?? '').split('\n').flatMap((content, index) =>
    [...content.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => ({
      line: index + 1,
      link,
      target: new URL(link, `file:///${path}`).pathname.slice(1),
    })),
  );
}

/**
 * Where the specification's source stands beside the checkout, both are the same, byte for byte.
 */
export function checkSpecification(ours: Repository, theirs: Repository): readonly Finding[] {
  const names = new Set(
    [...ours.paths, ...theirs.paths].filter((path) => path.startsWith('docs/spec/')),
  );
  return [...names].flatMap((path) =>
    ours.read(path) === theirs.read(path)
      ? []
      : [{ path, message: 'differs from the specification that it was taken from' }],
  );
}
