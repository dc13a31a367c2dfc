/** Random histories against a model that keeps edges in a set and recomputes all from scratch. */
import fc from 'fast-check';
import { facts, founding, World } from './world.ts';

type Act = 'found' | 'sign' | 'withdraw' | 'cancel' | 'end';
interface Step {
  readonly act: Act;
  readonly a: number;
  readonly b: number;
}

/** Ids that meet often enough to sign mutually; one more than is founded at first. */
const id = fc.integer({ min: 1, max: 7 });
const single = fc.tuple(fc.constantFrom<Act>('found', 'sign', 'withdraw', 'cancel', 'end'), id, id);
/** Both signatures, or a notice and its end, one after the other. */
const double = fc
  .tuple(fc.constantFrom('connect', 'connect', 'cut'), id, id)
  .map(([what, a, b]): readonly Step[] =>
    what === 'connect'
      ? [
          { act: 'sign', a, b },
          { act: 'sign', a: b, b: a },
        ]
      : [
          { act: 'cancel', a, b },
          { act: 'end', a, b },
        ],
  );
const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      single.map(([act, a, b]): readonly Step[] => [{ act, a, b }]),
      double,
      double,
    ),
    {
      maxLength: 24,
      size: 'max',
    },
  )
  .map((parts) => [...Array.from({ length: 6 }, () => founded), ...parts.flat()]);
const founded: Step = { act: 'found', a: 1, b: 1 };

const name = (a: number, b: number): string => (a < b ? `${a}-${b}` : `${b}-${a}`);

class Model {
  founded = 0;
  readonly signed = new Set<string>();
  readonly edges = new Map<string, 'strong' | 'cancelled'>();

  /** What the module must answer: the name of a refusal, or the fact about the pair. */
  expect({ act, a, b }: Step): string {
    if (act === 'found') {
      this.founded += 1;
      return 'CollectiveFounded';
    }
    if (a === b) return 'self_trust';
    if (a > this.founded || b > this.founded) return 'unknown_collective';
    const edge = this.edges.get(name(a, b));
    const own = `${a}>${b}`;
    if (act === 'sign') {
      if (edge !== undefined) return edge === 'strong' ? 'already_trusted' : 'trust_cancelled';
      if (this.signed.has(own)) return 'already_signed';
      if (!this.signed.delete(`${b}>${a}`)) {
        this.signed.add(own);
        return 'TrustSigned';
      }
      this.edges.set(name(a, b), 'strong');
      return 'TrustEstablished';
    }
    if (act === 'withdraw') return this.signed.delete(own) ? 'SignatureWithdrawn' : 'not_signed';
    if (act === 'cancel') {
      if (edge === undefined) return 'not_trusted';
      if (edge === 'cancelled') return 'trust_cancelled';
      this.edges.set(name(a, b), 'cancelled');
      return 'TrustCancelled';
    }
    this.edges.delete(name(a, b));
    return 'TrustEnded';
  }

  /** Notices that run: only these end. */
  ends({ act, a, b }: Step): boolean {
    return act !== 'end' || this.edges.get(name(a, b)) === 'cancelled';
  }

  connected(a: number, b: number): boolean {
    const reached = new Set([a]);
    for (const at of reached) {
      for (let to = 1; to <= this.founded; to += 1) {
        if (this.edges.has(name(at, to))) reached.add(to);
      }
    }
    return a <= this.founded && reached.has(b);
  }
}

function run(world: World, { act, a, b }: Step): { said: string; split: boolean } {
  const outcome =
    act === 'found'
      ? world.scenario.when(founding(1))
      : act === 'end'
        ? world.end(a, b)
        : world[act](a, b, 1);
  const said = facts(outcome);
  const own = said.filter((fact) => !fact.startsWith('Component'));
  return { said: outcome.refused ?? own.at(-1) ?? '', split: said.includes('ComponentSplit') };
}

/** Who trusts whom, strongly and weakly, as the module says and as the model finds. */
function agree(world: World, model: Model): void {
  const ids = Array.from({ length: model.founded + 1 }, (_, index) => index + 1);
  const pairs = ids.flatMap((a) => ids.map((b) => [a, b] as const));
  const told = pairs.map(([a, b]) => `${a} ${b} ${world.same(a, b)} ${world.edge(a, b)}`);
  const found = pairs.map(([a, b]) => {
    const edge = a === b ? 'none' : (model.edges.get(name(a, b)) ?? 'none');
    return `${a} ${b} ${model.connected(a, b)} ${edge}`;
  });
  expect(told).toEqual(found);
}

test('2-P5 components are those that a search of the edges finds, in any history', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(steps, (history) => {
      const world = new World();
      const model = new Model();
      for (const step of history) {
        if (!model.ends(step)) continue;
        const expected = model.expect(step);
        const { said, split } = run(world, step);
        if (said !== expected) throw new Error(`${JSON.stringify(step)}: ${said}, not ${expected}`);
        const sort = split ? 'split' : expected;
        seen.set(sort, (seen.get(sort) ?? 0) + 1);
      }
      agree(world, model);
      expect(world.scenario.violations()).toEqual([]);
    }),
    { numRuns: 2000, seed: 5 },
  );
  // A test of splits that never splits would prove nothing.
  expect(Math.min(seen.get('split') ?? 0, seen.get('TrustEnded') ?? 0)).toBeGreaterThan(50);
  expect([...seen.keys()].sort()).toEqual([
    ...['CollectiveFounded', 'SignatureWithdrawn', 'TrustCancelled', 'TrustEnded'],
    ...['TrustEstablished', 'TrustSigned', 'already_signed', 'already_trusted', 'not_signed'],
    ...['not_trusted', 'self_trust', 'split', 'trust_cancelled', 'unknown_collective'],
  ]);
});
