/**
 * The house rules that neither the compiler nor Biome checks, and what is banned under modules/.
 */
import { posix } from 'node:path';
import { isTest } from './imports.ts';
import type { Finding } from './repository.ts';
import type { Source, SyntaxNode } from './source.ts';

const longestLine = 100;
const mostCodeLines = 500;

/** Names that say nothing about what a file is for. */
const emptyNames = ['utils', 'util', 'helpers', 'helper', 'common', 'misc'];

/** What tells two nodes apart: clock, chance, locale, floats, the process and its environment. */
const bannedNames: Readonly<Record<string, string>> = {
  Date: 'time comes in as data',
  Intl: 'the locale differs by machine',
  Promise: 'modules are synchronous',
  parseFloat: 'floats round',
  Float32Array: 'floats round',
  Float64Array: 'floats round',
  process: 'modules know no process',
  globalThis: 'modules know no platform',
  WeakRef: 'collection happens at any time',
  FinalizationRegistry: 'collection happens at any time',
};
const bannedMembers: Readonly<Record<string, string>> = {
  random: 'chance comes in as data',
  localeCompare: 'the locale differs by machine',
  toLocaleString: 'the locale differs by machine',
  toLocaleLowerCase: 'the locale differs by machine',
  toLocaleUpperCase: 'the locale differs by machine',
  parseFloat: 'floats round',
};
/** Functions of Math that give whole numbers for whole numbers, on every machine the same. */
const exactMath = ['abs', 'ceil', 'clz32', 'floor', 'imul', 'max', 'min', 'sign', 'trunc'];

/** Syntax that type stripping can't erase, and what has one better way. */
const bannedSyntax: Readonly<Record<string, string>> = {
  TsEnumDeclaration: 'an enum can’t be erased; use a union of literals',
  TsModuleDeclaration: 'a namespace can’t be erased; use a module',
  TsParameterProperty: 'a parameter property can’t be erased; declare the field',
  ExportDefaultDeclaration: 'no default export; name it',
  ExportDefaultExpression: 'no default export; name it',
};

export function checkCode(source: Source): readonly Finding[] {
  const { path } = source;
  if (path.startsWith('proto/generated/')) return [];
  const findings: Finding[] = [];
  const name = posix.basename(path).replace(/(?:\.test|\.bench)?\.\w+$/, '');
  if (emptyNames.includes(name)) {
    findings.push({ path, message: `"${name}" does not say what the file is for` });
  }
  source.lines.forEach((text, index) => {
    // A message stays whole, so that it can be searched for.
    if (text.length > longestLine && !source.textLines.has(index + 1)) {
      const message = `${text.length} columns, ${longestLine} at most`;
      findings.push({ path, line: index + 1, message });
    }
  });
  const codeLines = source.lines.filter((text) => !/^\s*(?:$|\/\/|\/?\*)/.test(text)).length;
  if (codeLines > mostCodeLines && !isTest(path)) {
    findings.push({ path, message: `${codeLines} lines of code, ${mostCodeLines} at most` });
  }
  if (!isTest(path) && !/^(?:#!.*\n)?\s*\/\*\*/.test(source.lines.slice(0, 2).join('\n'))) {
    findings.push({ path, message: 'does not open with a sentence of purpose (/** ... */)' });
  }
  const pure = path.startsWith('modules/') && !isTest(path);
  source.walk((node, line, parent) => {
    const message = syntaxProblem(node, path) ?? (pure ? impurity(node, parent) : undefined);
    if (message !== undefined) findings.push({ path, line, message });
  });
  return findings;
}

function syntaxProblem(node: SyntaxNode, path: string): string | undefined {
  if (path.endsWith('.d.ts') || path.endsWith('.js')) return undefined;
  if (!isTest(path) && isUnbuildableUrl(node)) {
    return 'a `.ts` URL is not there after `npm run build`; end it as import.meta.url ends';
  }
  // `declare module 'x'` describes a package and is erased.
  if ((node.id as SyntaxNode | undefined)?.type === 'StringLiteral') return undefined;
  return bannedSyntax[node.type];
}

/** `new URL('./worker.ts', import.meta.url)`: the build renames files, not texts. */
function isUnbuildableUrl(node: SyntaxNode): boolean {
  if (node.type !== 'NewExpression') return false;
  const callee = node.callee as SyntaxNode;
  const [first] = (node.arguments ?? []) as readonly { readonly expression: SyntaxNode }[];
  const text = first?.expression.value;
  return callee.value === 'URL' && typeof text === 'string' && text.endsWith('.ts');
}

function impurity(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  if (node.async === true || node.type === 'AwaitExpression' || node.await === true) {
    return 'async in a module: modules are synchronous';
  }
  if (node.type === 'NumericLiteral' && !Number.isInteger(node.value)) {
    return 'a float in a module: use modules/_kernel/rational.ts';
  }
  const name = node.value;
  if ((node.type !== 'Identifier' && node.type !== 'StringLiteral') || typeof name !== 'string') {
    return undefined;
  }
  const isMember = parent?.type === 'MemberExpression' && parent.property === node;
  const isComputed = parent?.type === 'Computed';
  if (isMember || isComputed) {
    const why = ownValue(bannedMembers, name);
    if (why !== undefined) return `${name} in a module: ${why}`;
    const object = isMember ? (parent.object as SyntaxNode) : undefined;
    if (object?.value === 'Math' && !exactMath.includes(name)) {
      return `Math.${name} in a module: only ${exactMath.join(', ')} are exact`;
    }
    return undefined;
  }
  const isKey = parent?.type === 'KeyValueProperty' && parent.key === node;
  if (node.type !== 'Identifier' || isKey) return undefined;
  const why = ownValue(bannedNames, name);
  return why === undefined ? undefined : `${name} in a module: ${why}`;
}

function ownValue(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
