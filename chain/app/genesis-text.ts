/**
 * `app_state` as JSON text, piece by piece: of a million accounts only some are text at a time.
 * Lists have an item a line, so that files can be compared and searched.
 */

import type { Context } from '../../modules/_kernel/decider.ts';
import { LazyList } from '../../modules/_kernel/json.ts';
import type { Version } from '../store/store.ts';
import type { AnyModule } from './composition.ts';
import type { Machine } from './machine.ts';
import { collectGarbage } from './memory.ts';
import { wholeState } from './whole-state.ts';

/** Characters that are made at once. */
const pieceLength = 65_536;

const piecesPerCollection = 32;

/** The text of an object, a member a module; only one module's state is in memory at a time. */
export async function* appStateText(
  machine: Machine,
  modules: readonly AnyModule[],
  version: Version,
  context: Context,
): AsyncIterable<string> {
  yield '{';
  for (const [index, { name, genesis }] of modules.entries()) {
    yield `${index === 0 ? '' : ','}\n    ${JSON.stringify(name)}: `;
    const state = await wholeState(version, [name]);
    const reading = <T>(work: () => T): T => machine.reading(state, context, work);
    const parts = reading(() => textOf(genesis.export(machine.view(name)), '    '));
    for (let pieces = 1; ; pieces += 1) {
      const piece = reading(() => nextPiece(parts));
      if (piece === '') break;
      yield piece;
      if (pieces % piecesPerCollection === 0) collectGarbage();
    }
  }
  yield '\n  }';
}

function nextPiece(parts: Iterator<string>): string {
  let piece = '';
  while (piece.length < pieceLength) {
    const part = parts.next();
    if (part.done === true) break;
    piece += part.value;
  }
  return piece;
}

function* textOf(value: unknown, indent: string): Generator<string, void> {
  const inner = `${indent}  `;
  if (value instanceof LazyList || Array.isArray(value)) {
    let before = `[\n${inner}`;
    let any = false;
    for (const item of value as Iterable<unknown>) {
      yield before + JSON.stringify(item);
      before = `,\n${inner}`;
      any = true;
    }
    yield any ? `\n${indent}]` : '[]';
  } else if (typeof value === 'object' && value !== null) {
    let before = `{\n${inner}`;
    let any = false;
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      yield `${before}${JSON.stringify(name)}: `;
      yield* textOf(field, inner);
      before = `,\n${inner}`;
      any = true;
    }
    yield any ? `\n${indent}}` : '{}';
  } else yield JSON.stringify(value);
}
