/** Gives memory back where work goes through more of it than it needs at a time. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/**
 * Collects what is garbage, all of it, and gives the pages back to the system. Left to itself the
 * engine lets its heap grow to a multiple of what lives; a genesis, which is begun once, had rather
 * take a tenth longer than that.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect({ type: 'major', flavor: 'last-resort' });
}
