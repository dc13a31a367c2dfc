/** Which message comes next: by weight, with a preference for what has come about least. */
import type { Act, Scene } from './acts/act.ts';
import { acts, weighted } from './acts/all.ts';
import type { Counts } from './counts.ts';
import type { Random } from './random.ts';
import { wrongs } from './wrongs/all.ts';

/** In percent: messages chosen because they are rare. */
const rareShare = 25;
const tries = 10;

/** A sensible message; undefined where a number of tries find nothing to do. */
export function nextAct(scene: Scene, { accepted }: Counts): Act | undefined {
  const { random } = scene;
  if (random.chance(rareShare)) {
    const rare = rarest(random, Object.keys(acts), accepted, 6);
    for (const name of rare) {
      const act = acts[name]?.(scene);
      if (act !== undefined) return act;
    }
  }
  for (let at = 0; at < tries; at += 1) {
    const act = acts[random.weighted(weighted)]?.(scene);
    if (act !== undefined) return act;
  }
  return undefined;
}

/** A message that is to be refused. */
export function nextWrong(scene: Scene, { refused }: Counts): Act | undefined {
  for (const name of rarest(scene.random, Object.keys(wrongs), refused, 20)) {
    const act = wrongs[name]?.(scene);
    if (act !== undefined) return act;
  }
  return undefined;
}

/** Some of the names, those first that have come about least. */
function rarest(
  random: Random,
  names: readonly string[],
  counts: ReadonlyMap<string, number>,
  size: number,
): readonly string[] {
  const some = Array.from({ length: size }, () => random.pick(names));
  return some.sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
}
