import { join } from 'node:path';
import { checkCode } from '../tidy/code.ts';
import { checkImports } from '../tidy/imports.ts';
import { checkModules } from '../tidy/modules.ts';
import { type Finding, repositoryOf } from '../tidy/repository.ts';
import { parseSource } from '../tidy/source.ts';
import {
  checkDependencies,
  checkLinks,
  checkLockFile,
  checkMachineTexts,
  checkSpecification,
} from '../tidy/texts.ts';
import { spellFinding, tidy } from '../tidy.ts';

const purpose = '/** What it is for. */\n';

function code(path: string, text: string): readonly string[] {
  return checkCode(parseSource(path, purpose + text)).map(spellFinding);
}

function imports(path: string, specifier: string): number {
  return checkImports(parseSource(path, `import { a } from '${specifier}';`)).length;
}

function messages(findings: readonly Finding[]): readonly string[] {
  return findings.map(spellFinding);
}

test('the repository keeps its own rules', () => {
  expect(tidy(join(import.meta.dirname, '..', '..')).map(spellFinding)).toEqual([]);
});

describe('X-3 modules know no clock, chance, locale, float or platform', () => {
  test.each([
    ['Date.now();', 'Date in a module: time comes in as data'],
    ['const at = new Date();', 'Date in a module: time comes in as data'],
    ['Math.random();', 'random in a module: chance comes in as data'],
    ["Math['random']();", 'random in a module: chance comes in as data'],
    ['Math.sqrt(2);', 'Math.sqrt in a module: only abs,'],
    ['a.localeCompare(b);', 'localeCompare in a module: the locale'],
    ['(1).toLocaleString();', 'toLocaleString in a module: the locale'],
    ['new Intl.Collator();', 'Intl in a module: the locale'],
    ["parseFloat('1');", 'parseFloat in a module: floats round'],
    ["Number.parseFloat('1');", 'parseFloat in a module: floats round'],
    ['const half = 0.5;', 'a float in a module'],
    ['const tiny = 1e-3;', 'a float in a module'],
    ['async function f() {}', 'async in a module'],
    ['const f = async () => 1;', 'async in a module'],
    ['const o = { async m() {} };', 'async in a module'],
    ['Promise.resolve();', 'Promise in a module: modules are synchronous'],
    ['process.env;', 'process in a module: modules know no process'],
    ['globalThis.x;', 'globalThis in a module'],
  ])('%s', (text, message) => {
    expect(code('modules/x/a.ts', text)[0]).toContain(`modules/x/a.ts:2: ${message}`);
    expect(code('chain/x/a.ts', text)).toEqual([]);
    expect(code('modules/x/test/a.test.ts', text)).toEqual([]);
  });

  test('words in comments, strings, keys and whole numbers are no breach', () => {
    const text = [
      '// Date.now() and Math.random()',
      "const text = 'Promise 0.5';",
      'const o = { Date: 1_000, process: 5n };',
      'o.Date;',
      'Math.max(1, 2);',
    ].join('\n');
    expect(code('modules/x/a.ts', text)).toEqual([]);
  });
});

test('syntax that can’t be erased and default exports are refused', () => {
  expect(code('chain/a.ts', 'enum E { A }')[0]).toContain('chain/a.ts:2: an enum');
  expect(code('chain/a.ts', 'namespace N { export const a = 1; }')[0]).toContain('a namespace');
  expect(code('chain/a.ts', 'class A { constructor(private a: string) {} }')[0]).toContain(
    'a parameter property',
  );
  expect(code('chain/a.ts', 'export default 1;')[0]).toContain('no default export');
  expect(code('chain/a.ts', 'export default function f() {}')[0]).toContain('no default export');
  expect(code('a.config.js', 'export default {};')).toEqual([]);
});

test('a worker named by its TypeScript file would be lost in the build', () => {
  const text = "new Worker(new URL('./worker.ts', import.meta.url));";
  expect(code('chain/a.ts', text)[0]).toContain('a `.ts` URL is not there after');
});

test('files have a purpose, a telling name, short lines and few of them', () => {
  const found = (path: string, text: string): readonly string[] =>
    messages(checkCode(parseSource(path, text)));
  expect(found('chain/a.ts', 'export const a = 1;')).toEqual([
    'chain/a.ts: does not open with a sentence of purpose (/** ... */)',
  ]);
  expect(code('chain/utils.ts', '')[0]).toContain('"utils" does not say');
  expect(code('chain/a.ts', `// ${'x'.repeat(100)}`)).toEqual([
    'chain/a.ts:2: 103 columns, 100 at most',
  ]);
  expect(code('chain/a.ts', `f('${'x'.repeat(100)}');`)).toEqual([]);
  expect(code('chain/a.ts', `f(\`\n\n${'x'.repeat(100)}\`);`)).toEqual([]);
  const long = 'f();\n'.repeat(501);
  expect(code('chain/a.ts', long)).toEqual(['chain/a.ts: 501 lines of code, 500 at most']);
  expect(code('chain/a.ts', '// why\n'.repeat(501))).toEqual([]);
  expect(code('chain/test/a.test.ts', long)).toEqual([]);
});

test('lines are counted in files with other letters than ASCII', () => {
  expect(code('chain/a.ts', "const a = 'Артель';\nenum E { A }")[0]).toMatch(/^chain\/a\.ts:3:/);
});

test('imports follow the direction of the layers', () => {
  expect(imports('modules/trust/decide.ts', '../_kernel/units.ts')).toBe(0);
  expect(imports('modules/trust/decide.ts', './types.ts')).toBe(0);
  expect(imports('modules/trust/codec.ts', '../../proto/generated/artel/trust/v1/tx.ts')).toBe(0);
  expect(imports('modules/trust/decide.ts', '@noble/hashes/sha2.js')).toBe(0);
  expect(imports('modules/trust/decide.ts', '../bank/module.ts')).toBe(1);
  expect(imports('modules/trust/decide.ts', 'node:crypto')).toBe(1);
  expect(imports('modules/trust/decide.ts', 'pino')).toBe(1);
  expect(imports('modules/trust/test/decide.test.ts', 'fast-check')).toBe(0);
  expect(imports('modules/_kernel/units.ts', '../trust/types.ts')).toBe(1);
  expect(imports('chain/app/app.ts', '../../modules/trust/module.ts')).toBe(0);
  expect(imports('chain/app/app.ts', '../../modules/trust/decide.ts')).toBe(1);
  expect(imports('chain/store/store.ts', '../../modules/bank/module.ts')).toBe(1);
  expect(imports('chain/store/store.ts', '../app/app.ts')).toBe(1);
  expect(imports('chain/cli/commands/start.ts', '../../app/app.ts')).toBe(0);
  expect(imports('chain/store/store.ts', '../cli/output.ts')).toBe(1);
  expect(imports('chain/store/store.ts', '../cli/context.ts')).toBe(0);
  expect(imports('chain/client/client.ts', '../store/store.ts')).toBe(1);
  expect(imports('chain/client/client.ts', '../../modules/bank/module.ts')).toBe(0);
  expect(imports('liquid/sync.ts', '../modules/bank/module.ts')).toBe(1);
  expect(imports('liquid/sync.ts', '../chain/client/client.ts')).toBe(0);
});

test('an import that is only a type, or dynamic, or passed on is seen too', () => {
  const found = (text: string): readonly Finding[] =>
    checkImports(parseSource('modules/trust/a.ts', text));
  expect(found("import type { A } from '../bank/a.ts';")).toHaveLength(1);
  expect(found("export { a } from '../bank/a.ts';")).toHaveLength(1);
  expect(found("export * from '../bank/a.ts';")).toHaveLength(1);
  expect(found("import('../bank/a.ts');")).toHaveLength(1);
});

describe('a module’s README lists the refusals that its code has', () => {
  const refusals = [
    purpose,
    "export const refuse = defineRefusals('x', {",
    "  too_small: { code: 2, sentence: said, remedy: '' },",
    "  too_big: { code: 3, sentence: said, remedy: '' },",
    '});',
  ].join('\n');
  const check = (readme: string | undefined): readonly string[] =>
    messages(
      checkModules(
        repositoryOf({
          'modules/x/module.ts': purpose,
          'modules/x/refusals.ts': refusals,
          ...(readme === undefined ? {} : { 'modules/x/README.md': readme }),
        }),
      ),
    );

  test('the same numbers, names and order', () => {
    expect(
      check('| code | name |\n|---|---|\n| 2 | `too_small` | a |\n| 3 | `too_big` | b |'),
    ).toEqual([]);
  });

  test.each([
    [undefined, 'modules/x/README.md: every module has a README'],
    ['', 'modules/x/README.md: refusal 1 of the table ends here, the code says 2 too_small'],
    [
      '| 2 | `too_small` |',
      'modules/x/README.md: refusal 2 of the table ends here, the code says 3 too_big',
    ],
    [
      '| 3 | `too_big` |\n| 2 | `too_small` |',
      'modules/x/README.md:1: refusal 1 of the table says 3 too_big, the code says 2 too_small',
    ],
    [
      '| 2 | `too_small` |\n| 3 | `too_big` |\n| 4 | `too_far` |',
      'modules/x/README.md:3: refusal 3 of the table says 4 too_far, the code has no more',
    ],
  ])('%j', (readme, message) => {
    expect(check(readme)).toEqual([message]);
  });
});

test('nothing of one machine is written down', () => {
  const at = (text: string): readonly string[] =>
    messages(checkMachineTexts(repositoryOf({ 'a.md': text })));
  expect(at('see /home/ann/artel')).toEqual(['a.md:1: names something of one machine: /home/ann']);
  expect(at("open('/tmp/x')")).toHaveLength(1);
  expect(at('"resolved": "https://npm-registry.example/x.tgz"')).toHaveLength(1);
  expect(at('~/.artel, $HOME/work/x, docs/home/x and https://nodejs.org')).toEqual([]);
});

describe('the lock file', () => {
  const at = (packages: Record<string, unknown>): readonly string[] =>
    messages(checkLockFile(repositoryOf({ 'package-lock.json': JSON.stringify({ packages }) })));

  test('names no registry but the public one', () => {
    expect(at({ 'node_modules/x': { resolved: 'https://registry.npmjs.org/x.tgz' } })).toEqual([]);
    expect(at({ 'node_modules/x': { resolved: 'https://npm.example.org/x.tgz' } })).toEqual([
      'package-lock.json: node_modules/x is resolved from npm.example.org',
    ]);
  });

  test('has the packages of every platform, wherever they lie', () => {
    const x = { optionalDependencies: { 'x-mac': '1.0.0' } };
    expect(at({ 'node_modules/x': x, 'node_modules/x-mac': {} })).toEqual([]);
    expect(at({ 'node_modules/x': x, 'node_modules/x/node_modules/x-mac': {} })).toEqual([]);
    expect(
      at({ 'node_modules/a/node_modules/x': x, 'node_modules/a/node_modules/x-mac': {} }),
    ).toEqual([]);
    expect(at({ 'node_modules/x': x, 'node_modules/a/node_modules/x-mac': {} })).toEqual([
      'package-lock.json: node_modules/x wants x-mac on some platform; without it `npm ci` refuses the file',
    ]);
  });
});

test('each dependency is explained, and no other', () => {
  const manifest = '{"dependencies":{"a":"1"},"devDependencies":{"@b/c":"1"}}';
  const found = checkDependencies(
    repositoryOf({ 'package.json': manifest, 'docs/dependencies.md': '| `a`, `gone` | why |' }),
  );
  expect(messages(found)).toEqual([
    'docs/dependencies.md: has no line about @b/c',
    'docs/dependencies.md:1: gone is not in package.json',
  ]);
});

test('links lead somewhere, and to every page', () => {
  const found = checkLinks(
    repositoryOf({
      'README.md': '[a](docs/a.md)',
      'docs/a.md':
        '[b](b.md) [up](../README.md#x) [folder](../chain/) [gone](c.md) [web](https://x.y)',
      'docs/b.md': '[a](a.md)',
      'docs/alone.md': '[b](b.md)',
      'chain/a.ts': '',
    }),
  );
  expect(messages(found)).toEqual([
    'docs/a.md:1: links to c.md, which is not there',
    'docs/alone.md: no link leads here from README.md',
  ]);
});

test('the specification is the one that it was taken from', () => {
  const ours = repositoryOf({ 'docs/spec/a.md': 'one', 'docs/spec/b.md': 'two', 'x.md': '' });
  expect(checkSpecification(ours, ours)).toEqual([]);
  const theirs = repositoryOf({ 'docs/spec/a.md': 'other', 'docs/spec/c.md': 'three' });
  expect(checkSpecification(ours, theirs).map(({ path }) => path)).toEqual([
    'docs/spec/a.md',
    'docs/spec/b.md',
    'docs/spec/c.md',
  ]);
});
