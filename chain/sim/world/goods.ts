/** Types, lots and transfers, as a play follows them. */
import type { Fields } from '../../audit/reading.ts';
import type { SimElement, SimLot } from './records.ts';
import type { Facts, World } from './world.ts';

const label = (f: Fields): number => Number(f.text('label'));

export function goodsFacts(world: World): Facts {
  /** A lot as a fact says that it is there. */
  const made = (f: Fields, id: bigint, elements: readonly SimElement[]): void => {
    world.put({
      id,
      owner: f.number('owner'),
      type: f.number('product_type'),
      label: label(f),
      quantity: f.number('quantity'),
      ownership: f.number('ownership'),
      used: 0n,
      elements,
      stage: 'free',
    });
  };
  const apart = new Map<bigint, SimLot>();
  const endOffer = (id: bigint): void => {
    const offer = world.offerOf.get(id);
    if (offer === undefined) return;
    world.offers.delete(offer);
    world.offerOf.delete(id);
    world.past.offers.add(offer);
  };

  return {
    'artel.production.v1.TypeDefined': (f) => {
      const type = {
        id: f.number('product_type'),
        definer: f.number('definer'),
        unit: Number(f.text('durability_unit')),
      };
      world.types.set(type.id, type);
      // Few are used, so that much is alike.
      if (world.typesOf.of(type.definer).size < 4) world.typesOf.of(type.definer).add(type);
    },
    'artel.production.v1.CategorySet': (f) => {
      const name = `${f.text('component')}/${f.text('product_type')}`;
      if (label(f) === 1) world.commons.add(name);
      else world.commons.delete(name);
    },
    'artel.production.v1.Collectivized': (f) => {
      const lasts = f.number('durability');
      const only = { id: f.number('element'), parts: [], lasts };
      made(f, f.number('lot'), lasts === 0n ? [] : [only]);
    },
    'artel.production.v1.LotProduced': (f) => made(f, f.number('lot'), elementsOf(f)),
    'artel.production.v1.LotSplit': (f) => {
      const lot = world.lots.get(f.number('lot'));
      if (lot === undefined) return;
      const quantity = f.number('quantity');
      lot.quantity -= quantity;
      world.put({ ...lot, id: f.number('part'), quantity });
    },
    'artel.production.v1.TransferOffered': (f) => {
      const lot = world.lots.get(f.number('lot'));
      if (lot === undefined) return;
      world.hold(lot, 'offered');
      const id = f.number('transfer');
      const offer = { id, lot, to: f.number('to'), from: f.number('from') };
      world.offerOf.set(id, offer);
      world.offers.add(offer);
    },
    'artel.production.v1.TransferAccepted': (f) => {
      endOffer(f.number('transfer'));
      const lot = world.lots.get(f.number('lot'));
      if (lot === undefined) return;
      lot.owner = f.number('to');
      lot.ownership = f.number('ownership');
      world.release(lot);
    },
    'artel.production.v1.TransferWithdrawn': (f) => {
      endOffer(f.number('transfer'));
      const lot = world.lots.get(f.number('lot'));
      if (lot !== undefined) world.release(lot);
    },
    'artel.production.v1.LotWrittenOff': (f) => {
      world.end(f.number('lot'), world.past.writtenOff);
    },
    'artel.production.v1.LotsMerged': (f) => {
      for (const id of f.numbers('lots')) world.end(id, world.past.merged);
      made(f, f.number('into'), []);
    },
    'artel.production.v1.LotsRelabelled': (f) => {
      for (const id of f.numbers('lots')) {
        const lot = world.lots.get(id);
        if (lot === undefined) continue;
        const { stage } = lot;
        if (stage === 'free') world.hold(lot, 'gone');
        lot.label = label(f);
        if (stage === 'free') world.release(lot);
      }
    },
    'artel.production.v1.LotSeparated': (f) => {
      const lot = world.end(f.number('lot'), world.past.separated);
      if (lot !== undefined) apart.set(lot.id, lot);
    },
    'artel.production.v1.PieceKept': (f) => {
      const whole = apart.get(f.number('lot'));
      if (whole === undefined) return;
      const [id, type] = [f.number('piece'), f.number('product_type')];
      world.put({ ...whole, id, type, used: 0n, elements: elementsOf(f) });
    },
    'artel.production.v1.LotRevalued': (f) => {
      const lot = world.lots.get(f.number('lot'));
      if (lot === undefined) return;
      lot.elements = elementsOf(f);
      lot.used = 0n;
    },
  };
}

function elementsOf(f: Fields): readonly SimElement[] {
  const { elements = [] } = (f.json('composition') ?? {}) as {
    readonly elements?: readonly {
      readonly id: string;
      readonly parts?: readonly string[];
      readonly durability: string;
      readonly age: string;
    }[];
  };
  return elements.map(({ id, parts = [], durability, age }) => ({
    id: BigInt(id),
    parts: parts.map(BigInt),
    lasts: BigInt(durability) - BigInt(age),
  }));
}
