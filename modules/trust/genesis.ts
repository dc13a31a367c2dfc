/** The module's part of a genesis document: in as events of block 0, out as their exact inverse. */
import { Json, toBase64 } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { timeMs } from '../_kernel/units.ts';
import { collectiveNameProblem } from './codec.ts';
import type { tables } from './keys.ts';
import { defaultParameters, parametersOf, readParameters, writeParameters } from './parameters.ts';
import {
  type Collective,
  type CollectiveFounded,
  type CollectiveId,
  type ComponentId,
  Consumption,
  collectiveId,
  componentId,
  type Edge,
  Kind,
  pairOf,
  type Signature,
  type TrustEvent,
} from './types.ts';

const kinds = { loose: Kind.LOOSE, steady: Kind.STEADY } as const;
const consumptions = { C2C: Consumption.C2C, C2I: Consumption.C2I } as const;

interface CollectiveJson {
  readonly collective: string;
  readonly owner: string;
  readonly name: string;
  readonly kind: string;
  readonly consumption: string;
  readonly descriptionHash: string;
  readonly foundedAtMs: string;
  readonly component: string;
}

interface SignatureJson {
  readonly from: string;
  readonly to: string;
  readonly signedAtMs: string;
}

interface EdgeJson {
  readonly low: string;
  readonly high: string;
  readonly establishedAtMs: string;
  /** Left out where nobody has cancelled. */
  readonly cancellation?: {
    readonly by: string;
    readonly announcedAtMs: string;
    readonly endsAtMs: string;
  };
}

export interface GenesisJson {
  readonly parameters: Readonly<Record<string, string>>;
  /** Above every component that ever was. */
  readonly nextComponent: string;
  /** In the order of founding, without gaps. */
  readonly collectives: readonly CollectiveJson[];
  readonly signatures: readonly SignatureJson[];
  readonly edges: readonly EdgeJson[];
}

export const defaultGenesis: GenesisJson = {
  parameters: writeParameters(defaultParameters),
  nextComponent: '1',
  collectives: [],
  signatures: [],
  edges: [],
};

export function exportState(view: View<typeof tables>): GenesisJson {
  return {
    parameters: writeParameters(parametersOf(view)),
    nextComponent: (view.nextComponent.get() ?? 1n).toString(),
    collectives: Array.from(view.collectives.range(), ({ value }) =>
      collectiveJson(value, view.componentOf.get(value.collective) ?? componentId(0n)),
    ),
    signatures: Array.from(view.signatures.range(), ({ key: [from, to], value }) => ({
      from: from.toString(),
      to: to.toString(),
      signedAtMs: value.toString(),
    })),
    edges: Array.from(view.edges.range(), ({ value }) => edgeJson(value)),
  };
}

function collectiveJson(collective: Collective, component: ComponentId): CollectiveJson {
  const { kind, consumption } = collective;
  return {
    collective: collective.collective.toString(),
    owner: collective.owner,
    name: collective.name,
    kind: kind === Kind.LOOSE ? 'loose' : 'steady',
    consumption: consumption === Consumption.C2C ? 'C2C' : 'C2I',
    descriptionHash: toBase64(collective.descriptionHash),
    foundedAtMs: collective.foundedAtMs.toString(),
    component: component.toString(),
  };
}

function edgeJson({ low, high, establishedAtMs, cancellation }: Edge): EdgeJson {
  return {
    low: low.toString(),
    high: high.toString(),
    establishedAtMs: establishedAtMs.toString(),
    ...(cancellation === undefined
      ? {}
      : {
          cancellation: {
            by: cancellation.by.toString(),
            announcedAtMs: cancellation.announcedAtMs.toString(),
            endsAtMs: cancellation.endsAtMs.toString(),
          },
        }),
  };
}

/** Timers of running notices are the chain module's: they are in its part of the document. */
export function importState(state: unknown): readonly TrustEvent[] {
  const json = new Json(state, 'app_state.trust');
  json.only('parameters', 'nextComponent', 'collectives', 'signatures', 'edges');
  const parameters = readParameters(json.field('parameters'), defaultParameters);
  const founded = json.field('collectives').list().map(readCollective);
  const known = founded.length;
  const signatures = json
    .field('signatures')
    .list()
    .map((item) => readSignature(item, known));
  const edges = json
    .field('edges')
    .list()
    .map((item) => readEdge(item, known));
  refuseRepeats(json, signatures, edges);
  checkComponents(json, founded, edges);
  const next = readNextComponent(json, founded);
  return [
    { type: 'ParametersSet', ...parameters },
    ...founded,
    ...signatures.map((signature): TrustEvent => ({ type: 'TrustSigned', ...signature })),
    ...edges.flatMap(edgeEvents),
    ...(next === 1n ? [] : [{ type: 'ComponentIdsReserved' as const, next }]),
  ];
}

function readCollective(json: Json, index: number): CollectiveFounded {
  json.only(
    ...['collective', 'owner', 'name', 'kind', 'consumption'],
    ...['descriptionHash', 'foundedAtMs', 'component'],
  );
  const id = json.field('collective').uint64();
  if (id !== BigInt(index + 1)) json.refuse(`is collective ${id} where ${index + 1} is due`);
  const name = json.field('name').text();
  const problem = collectiveNameProblem(name);
  if (problem !== undefined) json.field('name').refuse(problem);
  const descriptionHash = json.field('descriptionHash').bytes();
  if (descriptionHash.length !== 0 && descriptionHash.length !== 32) {
    json.field('descriptionHash').refuse(`has ${descriptionHash.length} bytes, not 0 or 32`);
  }
  const component = json.field('component').uint64();
  if (component === 0n) json.field('component').refuse('is 0; components are numbered from 1 on');
  return {
    type: 'CollectiveFounded',
    collective: collectiveId(id),
    owner: json.field('owner').address(),
    name,
    kind: oneOf(json.field('kind'), kinds),
    consumption: oneOf(json.field('consumption'), consumptions),
    descriptionHash,
    foundedAtMs: timeMs(json.field('foundedAtMs').uint64()),
    component: componentId(component),
  };
}

function oneOf<T>(json: Json, choices: Readonly<Record<string, T>>): T {
  const text = json.text();
  const choice = Object.hasOwn(choices, text) ? choices[text] : undefined;
  return choice ?? json.refuse(`is ${text}, none of ${Object.keys(choices).join(', ')}`);
}

function readSignature(json: Json, known: number): Signature {
  json.only('from', 'to', 'signedAtMs');
  const from = readMember(json.field('from'), known);
  const to = readMember(json.field('to'), known);
  if (from === to) json.refuse(`has collective ${from} on both sides`);
  return { from, to, signedAtMs: timeMs(json.field('signedAtMs').uint64()) };
}

function readEdge(json: Json, known: number): Edge {
  json.only('low', 'high', 'establishedAtMs', 'cancellation');
  const low = readMember(json.field('low'), known);
  const high = readMember(json.field('high'), known);
  if (low >= high) json.refuse(`has low ${low} that is not below high ${high}`);
  const establishedAtMs = timeMs(json.field('establishedAtMs').uint64());
  if (!json.has('cancellation')) return { low, high, establishedAtMs };
  const end = json.field('cancellation').only('by', 'announcedAtMs', 'endsAtMs');
  const by = readMember(end.field('by'), known);
  if (by !== low && by !== high) end.refuse(`is by ${by}, no end of the edge ${low}-${high}`);
  const announcedAtMs = timeMs(end.field('announcedAtMs').uint64());
  const endsAtMs = timeMs(end.field('endsAtMs').uint64());
  return { low, high, establishedAtMs, cancellation: { by, announcedAtMs, endsAtMs } };
}

function readMember(json: Json, known: number): CollectiveId {
  const id = json.uint64();
  if (id < 1n || id > BigInt(known)) json.refuse(`is ${id}; there are collectives 1 to ${known}`);
  return collectiveId(id);
}

/** A pair has one edge, or one signature, or nothing. */
function refuseRepeats(json: Json, signatures: readonly Signature[], edges: readonly Edge[]): void {
  const seen = new Set<string>();
  for (const { low, high } of [...edges, ...signatures.map(({ from, to }) => pairOf(from, to))]) {
    const name = `${low}-${high}`;
    if (seen.has(name)) json.refuse(`has the pair ${name} twice among signatures and edges`);
    seen.add(name);
  }
}

/** The components given must be those that the edges make. */
function checkComponents(
  json: Json,
  founded: readonly CollectiveFounded[],
  edges: readonly Edge[],
): void {
  const roots = founded.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (roots[root] !== root) {
      roots[root] = roots[roots[root] ?? root] ?? root;
      root = roots[root] ?? root;
    }
    return root;
  };
  for (const { low, high } of edges) roots[rootOf(Number(low) - 1)] = rootOf(Number(high) - 1);
  const namedBy = new Map<number, ComponentId>();
  const rootsOf = new Map<ComponentId, number>();
  founded.forEach(({ collective, component }, index) => {
    const root = rootOf(index);
    const name = namedBy.get(root) ?? component;
    if (name !== component || (rootsOf.get(component) ?? root) !== root) {
      json.refuse(`puts collective ${collective} into component ${component} against its edges`);
    }
    namedBy.set(root, name);
    rootsOf.set(component, root);
  });
}

function readNextComponent(json: Json, founded: readonly CollectiveFounded[]): ComponentId {
  const next = json.field('nextComponent').uint64();
  const taken = founded.find(({ component }) => component >= next);
  if (next === 0n || taken !== undefined) {
    json.field('nextComponent').refuse(`is ${next}, not above every component`);
  }
  return componentId(next);
}

function edgeEvents({ cancellation, ...edge }: Edge): readonly TrustEvent[] {
  const { low, high } = edge;
  const established: TrustEvent = { type: 'TrustEstablished', ...edge };
  if (cancellation === undefined) return [established];
  return [established, { type: 'TrustCancelled', low, high, ...cancellation }];
}
