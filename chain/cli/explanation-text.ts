/** An explanation for people: a table of its steps, and its graph as DOT, the text of Graphviz. */
import type {
  ExplainedInput,
  ExplainedLot,
  ExplainedProduction,
  Fraction,
} from '../../proto/generated/artel/production/v1/query.ts';
import type { Explanation } from '../client/explanation.ts';
import { formatTable } from './output.ts';
import { formatWork } from './values.ts';

/** One row a step, from the lot asked for down to collectivization and work. */
export function explanationTable({ lots, productions }: Explanation): string {
  const rows = [
    ...lots.map((lot) => lotRow(lot)),
    ...productions.flatMap((production) => productionRows(production)),
  ];
  return formatTable(['step', 'exact (ms)', 'booked', 'booked (ms)', 'remainder'], rows);
}

function lotRow(lot: ExplainedLot): readonly string[] {
  const booked = lot.origin?.valueMs ?? 0n;
  return [`lot ${lot.lot}: ${spellOrigin(lot)}`, ...figures(lot.exact, booked, lot.keptBy)];
}

function figures(exact: Fraction | undefined, booked: bigint, keptBy: string): readonly string[] {
  return [spellFraction(exact), formatWork(booked), `${booked}`, keptBy];
}

function spellOrigin({ origin, label }: ExplainedLot): string {
  const { kind = '', quantity, production, lots = [], ofQuantity, ofValueMs } = origin ?? {};
  const [from] = lots;
  const whole = `${quantity} of ${ofQuantity} at ${ofValueMs} ms`;
  const zero = (origin?.zeroFrom ?? 0n) > 0n ? ', later exclusive at value 0' : '';
  const common = label === 1 ? ', commons' : zero;
  switch (kind) {
    case 'produced':
      return `${quantity} out of production ${production}${common}`;
    case 'split':
      return `${whole}, split off lot ${from}${common}`;
    case 'unshelved':
      return `${whole} in the pool of component ${origin?.component}: the average there${common}`;
    case 'separated':
      return `taken out of lot ${from}${common}`;
    case 'merged':
      return `lots ${lots.join(', ')} together${common}`;
    default:
      return `${quantity} ${kind}, at value 0${common}`;
  }
}

function productionRows({
  production,
  inputs,
  outputs,
}: ExplainedProduction): readonly (readonly string[])[] {
  const { production: id = 0n, workedMs = 0n } = production ?? {};
  const sum = outputs.reduce((total, { valueMs }) => total + valueMs, 0n);
  return [
    ...inputs.map(({ input, exact, keptBy, ...more }) => [
      `production ${id}: ${spellInput({ input, exact, keptBy, ...more })}`,
      ...figures(exact, input?.bookedMs ?? 0n, keptBy),
    ]),
    [`production ${id}: work`, ...figures(undefined, workedMs, '')],
    [
      `production ${id}: its output, ${outputs.map(({ lot, valueMs }) => `lot ${lot} at ${valueMs}`).join(', ')}`,
      ...figures(undefined, sum, ''),
    ],
  ];
}

function spellInput({ input }: ExplainedInput): string {
  if (input === undefined) return '';
  const { kind, lot, quantity, usedBefore, usedAfter, valueMs, bookedMs } = input;
  const free = valueMs === 0n && bookedMs > 0n ? ', counts nothing here' : '';
  if (kind === 'means') return `lot ${lot} used from ${usedBefore} to ${usedAfter}${free}`;
  return `${quantity} of lot ${lot} ${kind === 'part' ? 'built in' : 'used up'}${free}`;
}

function spellFraction(exact: Fraction | undefined): string {
  if (exact === undefined) return '';
  return exact.den === '1' ? exact.num : `${exact.num}/${exact.den}`;
}

/** Goods are round, productions square; an arrow says what is booked, and the exact value. */
export function explanationDot({ lots, productions }: Explanation): string {
  const nodes = [
    ...lots.map(
      ({ lot, origin }) =>
        `  lot${lot} [label="lot ${lot}\\n${origin?.quantity} ${origin?.kind}\\n${formatWork(origin?.valueMs ?? 0n)}"];`,
    ),
    ...productions.map(({ production }) => {
      const { production: id = 0n, workedMs = 0n } = production ?? {};
      return `  production${id} [shape=box, label="production ${id}\\nwork ${formatWork(workedMs)}"];`;
    }),
  ];
  const edges = [...lots.flatMap(lotEdges), ...productions.flatMap(inputEdges)];
  return `digraph explanation {\n  rankdir=BT;\n${[...nodes, ...edges].join('\n')}\n}\n`;
}

function lotEdges({ lot, origin, exact }: ExplainedLot): readonly string[] {
  const { kind = '', production = 0n, lots = [], valueMs = 0n } = origin ?? {};
  const label = edgeLabel(exact, valueMs);
  if (kind === 'produced') return [`  production${production} -> lot${lot} [label="${label}"];`];
  if (kind === 'unshelved' || kind === 'collectivized') return [];
  return lots.map((from) => `  lot${from} -> lot${lot} [label="${kind} ${label}"];`);
}

function inputEdges({ production, inputs }: ExplainedProduction): readonly string[] {
  return inputs.map(({ input, exact }) => {
    const { kind = '', lot = 0n, bookedMs = 0n } = input ?? {};
    const label = `${kind} ${edgeLabel(exact, bookedMs)}`;
    return `  lot${lot} -> production${production?.production} [label="${label}"];`;
  });
}

function edgeLabel(exact: Fraction | undefined, booked: bigint): string {
  const text = spellFraction(exact);
  return text === '' || text === `${booked}` ? `${booked} ms` : `${booked} ms (${text})`;
}
