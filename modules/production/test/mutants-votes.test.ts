/** Who may ask and vote, and work that follows work: guards that no longer history would notice. */
import { Label } from '../types.ts';
import { account, World } from './world.ts';

const by = (id: number) => ({ signer: account(id), collective: BigInt(id) });
const json = '{"countersign":true}';

test('X-6 production lets the owner alone ask and vote for a collective', () => {
  const world = new World();
  const stranger = { ...by(1), signer: account(2) };
  const type = 1n;
  const category = { type, label: Label.COMMONS };
  const refused = (name: Parameters<World['no']>[0], fields: object): void => {
    expect(world.no(name as never, { ...stranger, ...fields } as never)[0]).toBe('not_the_owner');
  };
  refused('ProposeCategory', category);
  refused('ProposeParameters', { json });
  world.ok('ProposeParameters', { ...by(1), json });
  refused('VoteParameters', { ballot: 1n, yes: true });
  world.ok('ProposeCategory', { ...by(1), ...category });
  refused('VoteCategory', { ballot: 2n, yes: true });
});
