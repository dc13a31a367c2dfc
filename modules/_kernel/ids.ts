/**
 * Ids as branded bigints: one name is one type in all modules, so that what one hands to another
 * through a port needs no cast.
 */
declare const id: unique symbol;

/** An id of the things that are called `Name`. */
export type Id<Name extends string> = bigint & { readonly [id]: Name };
