/** A source file as a syntax tree, so that checks see code and never comments or strings. */
import { parseSync } from '@swc/core';

/** A node of the tree: its `type`, where it begins, and fields that differ by type. */
export interface SyntaxNode {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

export interface SourceImport {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

export interface Source {
  readonly path: string;
  readonly lines: readonly string[];
  readonly imports: readonly SourceImport[];
  /** Lines (from 1) with a piece of text in quotes, which no formatter breaks. */
  readonly textLines: ReadonlySet<number>;
  /** Calls `visit` for every node, outermost first, with its line (from 1) and its parent. */
  readonly walk: (
    visit: (node: SyntaxNode, line: number, parent: SyntaxNode | undefined) => void,
  ) => void;
}

/** @throws Error with the compiler's message where the text is no TypeScript. */
export function parseSource(path: string, text: string): Source {
  // The semicolon pins the tree's first offset to the file's first byte, also after a comment.
  const tree = parseSync(`;${text.replace(/^#!/, '//')}`, {
    syntax: 'typescript',
    target: 'es2024',
  });
  const root = tree as unknown as SyntaxNode;
  const lineAt = lineFinder(text, tree.span.start + 1);
  const walk: Source['walk'] = (visit) => walkNode(root, undefined, 1, lineAt, visit);
  const imports: SourceImport[] = [];
  const textLines = new Set<number>();
  walk((node, line) => {
    if (['StringLiteral', 'TemplateElement', 'RegExpLiteral'].includes(node.type)) {
      const last = node.span === undefined ? line : lineAt(node.span.end);
      for (let at = line; at <= last; at += 1) textLines.add(at);
    }
    const found = importIn(node);
    if (found !== undefined) imports.push({ ...found, line });
  });
  return { path, lines: text.split('\n'), imports, textLines, walk };
}

/** Spans count bytes of UTF-8, from the first byte of the file. */
function lineFinder(text: string, base: number): (offset: number) => number {
  const bytes = Buffer.from(text, 'utf8');
  const starts = [0];
  for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset - base) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function walkNode(
  value: unknown,
  parent: SyntaxNode | undefined,
  line: number,
  lineAt: (offset: number) => number,
  visit: Parameters<Source['walk']>[0],
): void {
  if (Array.isArray(value)) {
    for (const item of value) walkNode(item, parent, line, lineAt, visit);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as SyntaxNode;
  const isNode = typeof node.type === 'string';
  const here = node.span === undefined ? line : lineAt(node.span.start);
  if (isNode) visit(node, here, parent);
  for (const [field, child] of Object.entries(node)) {
    if (field !== 'span') walkNode(child, isNode ? node : parent, here, lineAt, visit);
  }
}

function importIn(node: SyntaxNode): Omit<SourceImport, 'line'> | undefined {
  const { type } = node;
  if (
    type === 'ImportDeclaration' ||
    type === 'ExportNamedDeclaration' ||
    type === 'ExportAllDeclaration'
  ) {
    const source = node.source as { value: string } | null | undefined;
    return source ? { specifier: source.value, typeOnly: node.typeOnly === true } : undefined;
  }
  const callee = node.callee as SyntaxNode | undefined;
  if (type !== 'CallExpression' || callee?.type !== 'Import') return undefined;
  const [first] = node.arguments as readonly { expression: SyntaxNode }[];
  const specifier = first?.expression.value;
  return typeof specifier === 'string' ? { specifier, typeOnly: false } : undefined;
}
