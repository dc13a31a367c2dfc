/** Messages that are to be refused: a sensible one, with something made wrong. */
import { type Act, by, type Make, type Scene } from '../acts/act.ts';
import { acts } from '../acts/all.ts';

/** No id gets here within a play. */
export const nowhere = 9_999_999_999n;

type Change = Act['fields'] | ((scene: Scene, act: Act) => Act['fields'] | undefined);

/** A message as it is mostly made, with other fields; nothing where the change finds nothing. */
export function changed(name: string, change: Change): Make {
  return (scene) => {
    const act = acts[name]?.(scene);
    if (act === undefined) return undefined;
    const fields = typeof change === 'function' ? change(scene, act) : change;
    return fields === undefined ? undefined : { ...act, fields: { ...act.fields, ...fields } };
  };
}

/** A message by the owner of a collective, about something that the play remembers. */
export function said(
  name: string,
  of: (scene: Scene) => readonly [collective: bigint, fields: Act['fields']] | undefined,
): Make {
  return (scene) => {
    const [collective, fields] = of(scene) ?? [];
    if (collective === undefined || fields === undefined) return undefined;
    return by(scene, collective, name, fields);
  };
}

/** The same message, signed by somebody else. */
export function forged(name: string): Make {
  return (scene) => {
    const act = acts[name]?.(scene);
    const other = scene.actors.find((actor) => actor !== act?.signer);
    return act === undefined || other === undefined ? undefined : { ...act, signer: other };
  };
}

/** The first that is not undefined. */
export function either(...makes: readonly Make[]): Make {
  return (scene) => {
    for (const make of makes) {
      const act = make(scene);
      if (act !== undefined) return act;
    }
    return undefined;
  };
}
