/**
 * What a product is made of: an acyclic graph of elements in which an edge is an input that can be
 * taken out again (002, eq 1 to 3). An element is an instance, known by its id and never by its
 * type; shared by two assemblies it counts once (D2.3).
 */
import { assert, present } from '../_kernel/assert.ts';
import type { Rational } from '../_kernel/rational.ts';

/** What durabilities and ages count: never both in one product (D2.5, D2.8). */
export type DurabilityUnit = 'minutes' | 'uses';

/** One instance: a simple part, or the work of an assembly. */
export interface Element {
  readonly id: bigint;
  /** Its own labour time when new, without its parts; a fraction only after a revaluation. */
  readonly value: Rational;
  /** From new to worn out, at least 1. */
  readonly durability: bigint;
  /** How much of it was used up when the composition came to be. */
  readonly age: bigint;
  /** Ids of its direct parts: c(t) of eq 1. */
  readonly parts: readonly bigint[];
}

/** Elements with their parts before them. It has several roots where those share an element. */
export type Composition = readonly Element[];

export type CompositionProblem =
  | { readonly kind: 'repeated_element'; readonly id: bigint }
  | { readonly kind: 'repeated_part'; readonly id: bigint; readonly part: bigint }
  | { readonly kind: 'unknown_part'; readonly id: bigint; readonly part: bigint }
  | { readonly kind: 'cycle'; readonly id: bigint }
  | { readonly kind: 'no_durability'; readonly id: bigint }
  /** An assembly lasts as long as its parts, whatever is said. */
  | { readonly kind: 'derived_durability'; readonly id: bigint }
  | { readonly kind: 'worn_out'; readonly id: bigint; readonly part: bigint };

/** A new element as it is declared; where it has parts, they make its durability (eq 3). */
export type NewElement = Omit<Element, 'age' | 'durability'> & { readonly durability?: bigint };

/**
 * Puts new elements on top of existing ones. The durability of an assembly is the least remaining
 * one among its direct parts, so a worn-out part can't be built in (eq 3, D2.8).
 *
 * @example compose([], [{ id: 1n, value: rational(200n), durability: 12n, parts: [] }])
 */
export function compose(
  existing: Composition,
  added: readonly NewElement[],
): Composition | CompositionProblem {
  const news = new Map<bigint, NewElement>();
  const wanted = new Set<bigint>();
  for (const element of added) {
    const { id, parts } = element;
    if (news.has(id)) return { kind: 'repeated_element', id };
    news.set(id, element);
    for (const part of parts) wanted.add(part);
  }
  // PERF: of a large product only the few elements that something is put on are looked up.
  const elements = new Map<bigint, Element>();
  for (const element of existing) {
    const { id } = element;
    if (news.has(id)) return { kind: 'repeated_element', id };
    if (wanted.has(id)) elements.set(id, element);
  }
  for (const { id, parts, durability = 0n } of added) {
    if (parts.length === 0 && durability < 1n) return { kind: 'no_durability', id };
    if (parts.length > 0 && durability !== 0n) return { kind: 'derived_durability', id };
    const seen = new Set<bigint>();
    for (const part of parts) {
      if (seen.has(part)) return { kind: 'repeated_part', id, part };
      seen.add(part);
      if (!elements.has(part) && !news.has(part)) return { kind: 'unknown_part', id, part };
    }
  }
  const order = partsFirst(added);
  if (!Array.isArray(order)) return order as CompositionProblem;
  const product = [...existing];
  for (const id of order as readonly bigint[]) {
    const made = assemble(present(news.get(id), 'a new element'), elements);
    if ('kind' in made) return made;
    elements.set(id, made);
    product.push(made);
  }
  return product;
}

export function isComposition(made: Composition | CompositionProblem): made is Composition {
  return Array.isArray(made);
}

function assemble(
  { id, value, durability, parts }: NewElement,
  elements: ReadonlyMap<bigint, Element>,
): Element | CompositionProblem {
  let least: bigint | undefined;
  for (const part of parts) {
    const left = remaining(present(elements.get(part), 'a part'), 0n);
    if (left === 0n) return { kind: 'worn_out', id, part };
    if (least === undefined || left < least) least = left;
  }
  return { id, value, durability: present(least ?? durability, 'a durability'), age: 0n, parts };
}

/**
 * Ids with parts before wholes. PERF: each element and each edge is seen once, and a deep product
 * takes no stack.
 */
function partsFirst(added: readonly NewElement[]): readonly bigint[] | CompositionProblem {
  const wholes = new Map<bigint, bigint[]>(added.map(({ id }) => [id, []]));
  const missing = new Map<bigint, number>();
  for (const { id, parts } of added) {
    const own = parts.filter((part) => wholes.has(part));
    missing.set(id, own.length);
    for (const part of own) wholes.get(part)?.push(id);
  }
  const order = added.filter(({ id }) => missing.get(id) === 0).map(({ id }) => id);
  for (const id of order) {
    for (const whole of wholes.get(id) ?? []) {
      const left = (missing.get(whole) ?? 0) - 1;
      missing.set(whole, left);
      if (left === 0) order.push(whole);
    }
  }
  if (order.length === added.length) return order;
  const stuck = added.find(({ id }) => (missing.get(id) ?? 0) > 0);
  return { kind: 'cycle', id: present(stuck, 'an element of the cycle').id };
}

/** What an element still lasts after `used` more: delta(t, k) of eq 5. */
export function remaining({ durability, age }: Element, used: bigint): bigint {
  const left = durability - age - used;
  return left > 0n ? left : 0n;
}

/** Whether nothing of it lasts any more. */
export function isWornOut(composition: Composition, used: bigint): boolean {
  return composition.every((element) => remaining(element, used) === 0n);
}

/** An element with all that is in it, each instance once: {t} and s(t) of eq 2. */
export function elementsWithin(composition: Composition, top: readonly bigint[]): Composition {
  const wanted = new Set(top);
  // From wholes to parts: a part is met after every whole that wants it.
  for (let index = composition.length - 1; index >= 0; index -= 1) {
    const { id, parts } = composition[index] as Element;
    if (wanted.has(id)) for (const part of parts) wanted.add(part);
  }
  return composition.filter(({ id }) => wanted.has(id));
}

/** The composition after `used`: every element keeps its own age. */
export function aged(composition: Composition, used: bigint): Composition {
  if (used === 0n) return composition;
  return composition.map((element) => ({ ...element, age: element.age + used }));
}

/** What is left when elements are lost, and what goes with them. */
export interface Separation {
  /** In order of their smallest id; pieces that share an element are one. */
  readonly pieces: readonly Composition[];
  /** The lost elements and every assembly that one of them was in: its work is lost, too. */
  readonly lost: Composition;
}

/** Takes elements out (D2.8). Parts of a lost assembly that are not lost themselves are kept. */
export function separate(composition: Composition, lostIds: readonly bigint[]): Separation {
  const lost = new Set(lostIds);
  for (const { id, parts } of composition) {
    if (parts.some((part) => lost.has(part))) lost.add(id);
  }
  const known = composition.filter(({ id }) => lost.has(id));
  assert(known.length === lost.size, 'only elements of the product are lost');
  const kept = composition.filter(({ id }) => !lost.has(id));
  return { pieces: pieces(kept), lost: known };
}

/** Parts of a graph that hang together, in order of their smallest id. */
export function pieces<E extends Pick<Element, 'id' | 'parts'>>(
  kept: readonly E[],
): readonly (readonly E[])[] {
  const leaders = new Map(kept.map(({ id }) => [id, id]));
  const leaderOf = (id: bigint): bigint => {
    let at = id;
    for (let next = leaders.get(at); next !== undefined && next !== at; next = leaders.get(at)) {
      leaders.set(at, leaders.get(next) ?? next);
      at = next;
    }
    return at;
  };
  for (const { id, parts } of kept) {
    for (const part of parts) {
      const [a, b] = [leaderOf(id), leaderOf(part)];
      // The smaller id leads, so a piece is named by its smallest.
      if (a < b) leaders.set(b, a);
      else leaders.set(a, b);
    }
  }
  const found = new Map<bigint, E[]>();
  for (const element of kept) {
    const leader = leaderOf(element.id);
    const piece = found.get(leader);
    if (piece === undefined) found.set(leader, [element]);
    else piece.push(element);
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, piece]) => piece);
}
