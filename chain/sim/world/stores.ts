/** Shelves, pools and ballots, as a play follows them. */
import type { Fields } from '../../audit/reading.ts';
import { Pool } from './pool.ts';
import type { SimBallot } from './records.ts';
import type { Facts, World } from './world.ts';

export function storeFacts(world: World): Facts {
  return { ...shelfFacts(world), ...ballotFacts(world) };
}

function shelfFacts(world: World): Facts {
  const shelve = (f: Fields, units: bigint, value: bigint): void => {
    const name = `${f.text('store')}/${f.text('product_type')}`;
    const sum = (world.shelves.get(name) ?? 0n) + units;
    world.shelves.set(name, sum);
    if (sum > 0n) world.stocked.add(name);
    else world.stocked.delete(name);
    move(f, f.text('component'), units, value);
  };
  const move = (f: Fields, component: string, units: bigint, value: bigint): void => {
    const name = `${component}/${f.text('product_type')}`;
    const pool = world.pools.get(name) ?? { value: 0n, units: 0n };
    world.pools.set(name, { value: pool.value + value, units: pool.units + units });
  };
  const differ = (store: bigint, by: bigint): void => {
    world.differences.set(store, (world.differences.get(store) ?? 0n) + by);
  };
  const off = (f: Fields, piece: bigint): void =>
    world.pieces.of(`${f.text('store')}/${f.text('product_type')}`).delete(piece);
  const shelved = new Map<bigint, ReturnType<World['end']>>();

  return {
    'artel.production.v1.Shelved': (f) => {
      const lot = world.end(f.number('lot'), world.past.shelved);
      shelve(f, f.number('quantity'), f.number('value_ms'));
      if (lot === undefined || lot.elements.length === 0) return;
      shelved.set(lot.id, lot);
      world.pieces.of(`${f.text('store')}/${f.text('product_type')}`).add(lot.id);
    },
    'artel.production.v1.Unshelved': (f) => {
      const id = f.number('lot');
      const quantity = f.number('quantity');
      shelve(f, -quantity, -f.number('value_ms'));
      off(f, id);
      const piece = shelved.get(id);
      world.put({
        id,
        owner: f.number('store'),
        type: f.number('product_type'),
        label: Number(f.text('label')),
        quantity,
        ownership: f.number('ownership'),
        used: piece?.used ?? 0n,
        elements: piece?.elements ?? [],
        stage: 'free',
      });
    },
    'artel.production.v1.HandedOver': (f) => {
      const charge = f.number('charge_ms');
      shelve(f, -f.number('quantity'), -charge);
      differ(f.number('store'), -charge);
      const name = `${f.text('store')}/${f.text('product_type')}`;
      world.handedAt.set(name, f.number('handed_over_at_ms'));
      for (const id of f.numbers('lots')) {
        off(f, id);
        const lot = shelved.get(id);
        if (lot !== undefined) world.past.handedOver.add(lot);
      }
    },
    'artel.production.v1.InventoryTaken': (f) => {
      shelve(f, f.number('counted') - f.number('due'), -f.number('charge_ms'));
      world.differences.delete(f.number('store'));
      for (const id of f.numbers('missing')) off(f, id);
    },
    'artel.production.v1.BurnCounted': (f) => differ(f.number('store'), f.number('amount_ms')),
    'artel.production.v1.PoolMoved': (f) => {
      const [units, value] = [f.number('units'), f.number('value_ms')];
      move(f, f.text('from'), -units, -value);
      move(f, f.text('to'), units, value);
    },
    'artel.production.v1.PoolRelabelled': (f) =>
      move(f, f.text('component'), 0n, -f.number('value_ms')),
  };
}

function ballotFacts(world: World): Facts {
  const question = ({ component, subject, type }: SimBallot): string =>
    `${component}/${subject}/${type}`;
  return {
    'artel.production.v1.BallotOpened': (f) => {
      const component = f.number('component');
      const voters = new Pool<bigint>();
      for (const member of world.members.of(component)) voters.add(member);
      const ballot: SimBallot = {
        id: f.number('ballot'),
        subject: f.text('subject'),
        component,
        estimate: f.number('estimate'),
        type: f.number('product_type'),
        json: f.text('json'),
        voters,
        voted: [],
      };
      world.ballots.set(ballot.id, ballot);
      world.voting.add(ballot);
      world.pending.set(question(ballot), ballot.id);
    },
    'artel.production.v1.Voted': (f) => {
      const ballot = world.ballots.get(f.number('ballot'));
      ballot?.voters.delete(f.number('collective'));
      ballot?.voted.push(f.number('collective'));
    },
    'artel.production.v1.BallotAdvanced': (f) => {
      const ballot = world.ballots.get(f.number('ballot'));
      if (ballot === undefined) return;
      if (world.voting.has(ballot)) world.past.ballots.add(ballot);
      world.voting.delete(ballot);
      if (f.text('stage') !== 'passed') world.pending.delete(question(ballot));
    },
    'artel.production.v1.BallotMoved': (f) => {
      const ballot = world.ballots.get(f.number('ballot'));
      if (ballot === undefined) return;
      world.pending.delete(question(ballot));
      ballot.component = f.number('to');
      world.pending.set(question(ballot), ballot.id);
    },
    'artel.production.v1.ComponentParametersSet': (f) => {
      const params = f.json('params') as { readonly countersign?: boolean } | undefined;
      if (params?.countersign === true) world.countersigning.add(f.number('component'));
      else world.countersigning.delete(f.number('component'));
    },
  };
}
