/** Each module's README is its specification: its refusal table must say what the code says. */
import type { Finding, Repository } from './repository.ts';
import { parseSource, type SyntaxNode } from './source.ts';

interface NumberedName {
  readonly code: number;
  readonly name: string;
}

export function checkModules(repository: Repository): readonly Finding[] {
  const names = repository.paths.flatMap((path) => {
    const name = /^modules\/([^/_][^/]*)\/module\.ts$/.exec(path)?.[1];
    return name === undefined ? [] : [name];
  });
  return names.flatMap((name) => checkModule(repository, name));
}

function checkModule(repository: Repository, name: string): readonly Finding[] {
  const path = `modules/${name}/README.md`;
  const readme = repository.read(path);
  if (readme === undefined) return [{ path, message: 'every module has a README' }];
  const inCode = refusalsInCode(repository, name);
  const inReadme = refusalsInReadme(readme);
  const length = Math.max(inCode.length, inReadme.length);
  for (let i = 0; i < length; i += 1) {
    const [code, written] = [inCode[i], inReadme[i]];
    if (code?.code === written?.code && code?.name === written?.name) continue;
    const has = written === undefined ? 'ends here' : `says ${spell(written)}`;
    const wants = code === undefined ? 'the code has no more' : `the code says ${spell(code)}`;
    const message = `refusal ${i + 1} of the table ${has}, ${wants}`;
    return [written === undefined ? { path, message } : { path, line: written.line, message }];
  }
  return [];
}

function spell({ code, name }: NumberedName): string {
  return `${code} ${name}`;
}

/**
 * The argument of `defineRefusals('<module>', { name: { code, ... }, ... })`, wherever it stands.
 */
function refusalsInCode(repository: Repository, name: string): readonly NumberedName[] {
  const found: NumberedName[] = [];
  for (const path of repository.paths) {
    const text = repository.read(path);
    if (!path.startsWith(`modules/${name}/`) || !path.endsWith('.ts') || text === undefined)
      continue;
    if (path.includes('/test/') || !text.includes('defineRefusals(')) continue;
    parseSource(path, text).walk((node) => {
      const callee = node.callee as SyntaxNode | undefined;
      if (node.type !== 'CallExpression' || callee?.value !== 'defineRefusals') return;
      const table = (node.arguments as readonly { readonly expression: SyntaxNode }[])[1];
      for (const property of propertiesOf(table?.expression)) {
        found.push({ name: keyOf(property), code: numberAt(property, 'code') });
      }
    });
  }
  return found;
}

/** Rows of the form `| 2 | `invalid_name` | ... |`. */
function refusalsInReadme(text: string): readonly (NumberedName & { readonly line: number })[] {
  return text.split('\n').flatMap((line, index) => {
    const [, code, name] = /^\|\s*(\d+)\s*\|\s*`([a-z0-9_]+)`\s*\|/.exec(line) ?? [];
    if (code === undefined || name === undefined) return [];
    return [{ code: Number(code), name, line: index + 1 }];
  });
}

function propertiesOf(object: SyntaxNode | undefined): readonly SyntaxNode[] {
  return object?.type === 'ObjectExpression' ? (object.properties as SyntaxNode[]) : [];
}

function keyOf(property: SyntaxNode): string {
  return String((property.key as SyntaxNode | undefined)?.value);
}

function numberAt(property: SyntaxNode, field: string): number {
  const inner = propertiesOf(property.value as SyntaxNode | undefined);
  const found = inner.find((candidate) => keyOf(candidate) === field);
  return Number((found?.value as SyntaxNode | undefined)?.value ?? Number.NaN);
}
