/** Collectives, trust and components, as a play follows them. */
import type { Fields } from '../../audit/reading.ts';
import type { Facts, World } from './world.ts';

const c2i = 2n;

export function trustFacts(world: World): Facts {
  const move = (moved: readonly bigint[], to: bigint): void => {
    for (const id of moved) {
      if (world.isActive(id)) {
        world.members.of(world.component(id)).delete(id);
        world.members.of(to).add(id);
      }
      world.componentOf.set(id, to);
    }
  };
  const known = (f: Fields): bigint => {
    const id = f.number('collective');
    world.owners.set(id, f.text('owner'));
    world.names.set(id, f.text('name'));
    if (!world.isActive(id)) return id;
    const isStore = f.number('consumption') === c2i;
    (isStore ? world.stores : world.producers).add(id);
    (isStore ? world.producers : world.stores).delete(id);
    return id;
  };
  const ends = (f: Fields): readonly [bigint, bigint] => [f.number('low'), f.number('high')];

  return {
    'artel.trust.v1.CollectiveFounded': (f) => {
      const id = known(f);
      world.componentOf.set(id, f.number('component'));
      if (world.isActive(id)) world.members.of(f.number('component')).add(id);
      world.founded += 1;
    },
    'artel.trust.v1.CollectiveUpdated': (f) => {
      known(f);
    },
    'artel.trust.v1.TrustSigned': (f) => world.signatures.add(`${f.text('from')}/${f.text('to')}`),
    'artel.trust.v1.SignatureWithdrawn': (f) =>
      world.signatures.delete(`${f.text('from')}/${f.text('to')}`),
    'artel.trust.v1.TrustEstablished': (f) => {
      const [low, high] = ends(f);
      world.edges.add(`${low}/${high}`);
      world.neighbours.of(low).add(high);
      world.neighbours.of(high).add(low);
      world.signatures.delete(`${low}/${high}`);
      world.signatures.delete(`${high}/${low}`);
    },
    // Over a cancelled edge nothing is begun any more.
    'artel.trust.v1.TrustCancelled': (f) => {
      const [low, high] = ends(f);
      world.edges.delete(`${low}/${high}`);
      world.notices.add(`${low}/${high}`);
      world.neighbours.of(low).delete(high);
      world.neighbours.of(high).delete(low);
    },
    'artel.trust.v1.TrustEnded': (f) => {
      const [low, high] = ends(f);
      world.notices.delete(`${low}/${high}`);
      world.happened.cuts += 1;
    },
    'artel.trust.v1.ComponentsJoined': (f) => {
      world.happened.merges += 1;
      move(f.numbers('moved'), f.number('remaining'));
    },
    // What it owed stands in the books until its sides are given theirs.
    'artel.trust.v1.ComponentSplit': (f) => {
      world.happened.splits += 1;
      if ((world.debts.get(f.number('component')) ?? 0n) !== 0n) world.happened.splitsInDebt += 1;
      move(f.numbers('moved'), f.number('arising'));
    },
  };
}
