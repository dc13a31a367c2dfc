/**
 * Where a source can be wrong: every comparison, arithmetic term, guard and write in it, each with
 * what stands there instead. All mutants of a file live in one text, behind a switch, so that it is
 * loaded once.
 */
import { parseSync } from '@swc/core';

export interface Mutant {
  /** `decide/output.ts | if (a < b) return c; | < becomes <=`: stays where lines move. */
  readonly name: string;
  readonly line: number;
}

export interface Switched {
  /** The source with a switch at every site; `__mutant(n)` says whether mutant n is on. */
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** A node of the parser's tree: spans in bytes, children anywhere. */
interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

/** Instead of an operator, those that differ from it at one border or everywhere. */
const operators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&&': ['||'],
  '||': ['&&'],
};

/** Where in `text` a type stands, nothing is computed: the walk does not go in. */
const skipped = /^(Ts(?!As|NonNull|Satisfies|Const)|ImportDeclaration|ExportNamed|ExportAll)/;

const isFunction = /^(Function|ArrowFunction|MethodProperty|ClassMethod|PrivateMethod)/;

/** @param first number of the first mutant */
export function switched(path: string, text: string, first: number): Switched {
  const bytes = Buffer.from(text);
  // The parser counts on through all that it has read in this process.
  const base = parseSync('', { syntax: 'typescript' }).span.end;
  const tree = parseSync(text, { syntax: 'typescript', target: 'es2024' }) as unknown as Node;
  const lines = text.split('\n');
  const mutants: Mutant[] = [];
  const slice = (from: number, to: number): string =>
    bytes.subarray(from - base, to - base).toString('utf8');

  const add = (at: Node, what: string): number => {
    const line = slice(base, at.span.start).split('\n').length;
    const same = `${path} | ${lines[line - 1]?.trim()} | ${what}`;
    const before = mutants.filter(({ name }) => name === same || name.startsWith(`${same} #`));
    const name = before.length === 0 ? same : `${same} #${before.length + 1}`;
    mutants.push({ name, line });
    return first + mutants.length - 1;
  };

  /** The text of a node with the switches of everything within it. */
  const written = (node: Node, within: boolean): string => {
    const inner = rewritten(node, within || isFunction.test(node.type));
    // What is computed once, when the file is loaded, can't be switched later.
    const choices = within ? choicesOf(node) : [];
    if (choices.length === 0) return inner;
    if (node.type === 'ExpressionStatement') return `{ if (!${choices[0]?.[0]}) ${inner} }`;
    return `(${choices.map(([on, other]) => `${on} ? ${other} : `).join('')}(${inner}))`;
  };

  /** The node's own text, with its children written. */
  const rewritten = (node: Node, within: boolean): string => {
    const children = childrenOf(node).toSorted((a, b) => a.span.start - b.span.start);
    let [out, at] = ['', node.span.start];
    for (const child of children) {
      if (child.span.start < at) continue;
      out += slice(at, child.span.start) + written(child, within);
      at = child.span.end;
    }
    return out + slice(at, node.span.end);
  };

  const choicesOf = (node: Node): readonly (readonly [on: string, other: string])[] => {
    const on = (what: string): string => `__mutant(${add(node, what)})`;
    const text = (child: unknown): string => {
      const { span } = child as Node;
      return slice(span.start, span.end);
    };
    switch (node.type) {
      case 'BinaryExpression': {
        const { operator, left, right } = node as Node & { readonly operator: string };
        if (operator === '+' && [left, right].some(isText)) return [];
        if (operator === '??') return [[on('?? takes its right side'), `(${text(right)})`]];
        const others = operators[operator] ?? [];
        return others.map((other) => [
          on(`${operator} becomes ${other}`),
          `(${text(left)}) ${other} (${text(right)})`,
        ]);
      }
      case 'UnaryExpression':
        if (node.operator !== '!' && node.operator !== '-') return [];
        return [[on(`no ${node.operator}`), `(${text(node.argument)})`]];
      case 'BigIntLiteral':
        return [[on(`${text(node)} becomes one more`), `(${text(node)} + 1n)`]];
      case 'BooleanLiteral':
        return [[on(`not ${text(node)}`), `!${text(node)}`]];
      case 'ExpressionStatement':
        return isCall(node.expression) ? [[on('is not done'), '']] : [];
      case 'Guard':
        return [
          [on('is never so'), 'false'],
          [on('is always so'), 'true'],
        ];
      default:
        return [];
    }
  };

  return {
    text:
      slice(base, tree.span.start) +
      written(tree, false) +
      slice(tree.span.end, base + bytes.length),
    mutants,
  };
}

/** Nodes directly below; the test of an `if` or of `? :` stands in a guard of its own. */
function childrenOf(node: Node): readonly Node[] {
  const found: Node[] = [];
  const look = (value: unknown, field: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) look(item, field);
      return;
    }
    if (typeof value !== 'object' || value === null || field === 'span') return;
    if (!isNode(value)) {
      for (const [name, inner] of Object.entries(value)) look(inner, name);
      return;
    }
    if (skipped.test(value.type)) return;
    // What is asserted, and what a sentence says, is no rule.
    if (value.type === 'TemplateLiteral' || isAssertion(value)) return;
    // As an argument a flag only says what is written: `draft.owners.set(a, b, true)`.
    if (node.type === 'CallExpression' && value.type === 'BooleanLiteral') return;
    const guards = node.type === 'IfStatement' || node.type === 'ConditionalExpression';
    found.push(guards && field === 'test' ? guardOf(value) : value);
  };
  if (node.type === 'Guard') return [node.test as Node];
  for (const [name, value] of Object.entries(node)) {
    if (/^(type|typeAnnotation|typeParams|typeArguments|returnType|key|label)$/.test(name))
      continue;
    if (name === 'property' && node.type === 'MemberExpression' && !isComputed(value)) continue;
    look(value, name);
  }
  return found;
}

function guardOf(test: Node): Node {
  return { type: 'Guard', span: test.span, test };
}

function isNode(value: object): value is Node {
  return 'type' in value && 'span' in value && typeof value.type === 'string';
}

function isComputed(property: unknown): boolean {
  return (property as Node).type === 'Computed';
}

function isText(node: unknown): boolean {
  const { type } = node as Node;
  return type === 'StringLiteral' || type === 'TemplateLiteral';
}

function isCall(node: unknown): boolean {
  const { type } = node as Node;
  return type === 'CallExpression';
}

function isAssertion(node: Node): boolean {
  const { expression = node } = node as Node & { readonly expression?: Node };
  return expression.type === 'CallExpression' && (expression.callee as Node).value === 'assert';
}
