/** Assertions that stay on in production: a failed one is a defect and stops the node. */

/** A broken promise of our own code, never an answer to input. */
export class Defect extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Defect';
  }
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}

/** The value, where code has established that there is one. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Defect(`${what} is missing`);
  return value;
}

/** Ends a switch over a union: a new member is a type error here. */
export function unreachable(value: never): never {
  throw new Defect(`unreachable: ${String(value)}`);
}
