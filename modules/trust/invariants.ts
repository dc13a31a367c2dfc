/** Truths about the whole state of trust, each computed from scratch. */
import type { Invariant } from '../_kernel/module.ts';
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import type { CollectiveId, ComponentId, TrustPorts } from './types.ts';

type TrustView = View<typeof tables>;

export const invariants: readonly Invariant<typeof tables, TrustPorts>[] = [
  { name: 'components are the connected components of strong trust', check: componentsConnect },
  { name: 'component sizes count their members', check: sizesCount },
  { name: 'edges and neighbours say the same', check: edgesAreSymmetric },
  { name: 'a pair has an edge, one signature or nothing', check: pairsHaveOneState },
  { name: 'owners and their collectives say the same', check: ownersAgree },
];

/** Spreads the least id of each connected part over it, by the edges alone. */
function componentsConnect(view: TrustView): string | undefined {
  const parts = new Map<CollectiveId, CollectiveId[]>();
  for (const { key } of view.collectives.range()) parts.set(key[0], [key[0]]);
  for (const { key } of view.edges.range()) {
    const [a, b] = [parts.get(key[0]), parts.get(key[1])];
    if (a === undefined || b === undefined) return `edge ${key.join('-')} of an unknown collective`;
    if (a === b) continue;
    const [large, small] = a.length >= b.length ? [a, b] : [b, a];
    large.push(...small);
    for (const id of small) parts.set(id, large);
  }
  const named = new Map<ComponentId, readonly CollectiveId[]>();
  for (const [id, part] of parts) {
    const component = view.componentOf.get(id);
    if (component === undefined) return `collective ${id} has no component`;
    const other = named.get(component) ?? part;
    if (other !== part) return `component ${component} has two parts, with ${id} and ${other[0]}`;
    named.set(component, part);
    const apart = part.find((member) => view.componentOf.get(member) !== component);
    if (apart !== undefined) return `${id} and ${apart} are connected, in two components`;
  }
  return undefined;
}

function sizesCount(view: TrustView): string | undefined {
  const counted = new Map<ComponentId, bigint>();
  for (const { key } of view.members.range()) {
    const [component, id] = key;
    if (view.componentOf.get(id) !== component) return `${id} is listed under ${component}`;
    counted.set(component, (counted.get(component) ?? 0n) + 1n);
  }
  const total = Array.from(counted.values()).reduce((sum, size) => sum + size, 0n);
  const collectives = BigInt(Array.from(view.collectives.range()).length);
  if (total !== collectives) return `${total} members of components, ${collectives} collectives`;
  const sizes = Array.from(view.componentSizes.range());
  if (sizes.length !== counted.size) return `${sizes.length} sizes, ${counted.size} components`;
  const wrong = sizes.find(({ key, value }) => counted.get(key[0]) !== value);
  if (wrong !== undefined) {
    return `component ${wrong.key[0]} has ${counted.get(wrong.key[0])} members, not ${wrong.value}`;
  }
  const next = view.nextComponent.get() ?? 1n;
  const beyond = sizes.find(({ key }) => key[0] >= next);
  return beyond === undefined ? undefined : `component ${beyond.key[0]} where ${next} is next`;
}

function edgesAreSymmetric(view: TrustView): string | undefined {
  let ends = 0;
  for (const { key, value } of view.edges.range()) {
    const [low, high] = key;
    if (low >= high) return `edge ${low}-${high} has its ends the wrong way round`;
    if (value.low !== low || value.high !== high) return `edge ${low}-${high} names other ends`;
    for (const [here, there] of [
      [low, high],
      [high, low],
    ] as const) {
      if (view.neighbours.get(here)?.includes(Number(there)) !== true) {
        return `edge ${low}-${high} is missing among the neighbours of ${here}`;
      }
    }
    ends += 2;
  }
  const listed = Array.from(view.neighbours.range(), ({ value }) => value.length);
  const total = listed.reduce((sum, count) => sum + count, 0);
  return total === ends ? undefined : `${total} neighbours, ${ends} ends of edges`;
}

function pairsHaveOneState(view: TrustView): string | undefined {
  let given = 0;
  for (const { key } of view.signatures.range()) {
    const [from, to] = key;
    if (view.signatures.has(to, from)) return `${from} and ${to} have signed without an edge`;
    const edge = from < to ? view.edges.get(from, to) : view.edges.get(to, from);
    if (edge !== undefined) return `${from} has signed for ${to} beside an edge`;
    if (!view.signaturesReceived.has(to, from)) return `${to} misses the signature of ${from}`;
    given += 1;
  }
  const received = Array.from(view.signaturesReceived.range()).length;
  return received === given ? undefined : `${given} signatures given, ${received} received`;
}

function ownersAgree(view: TrustView): string | undefined {
  let count = 0n;
  for (const { key, value } of view.collectives.range()) {
    const [id] = key;
    count += 1n;
    if (id !== count || value.collective !== id) return `collective ${id} where ${count} is due`;
    if (!view.collectivesOf.has(value.owner, id)) return `${value.owner} misses collective ${id}`;
  }
  const owned = Array.from(view.collectivesOf.range()).length;
  if (BigInt(owned) !== count) return `${count} collectives, ${owned} owned`;
  const next = view.nextCollective.get() ?? 1n;
  return next === count + 1n ? undefined : `collective ${next} is next after ${count}`;
}
