/** Input-output tables: who uses how much of whose products, and how many people work where. */

export interface Table {
  readonly sectors: readonly string[];
  /** Domestic output of each sector. */
  readonly output: readonly bigint[];
  /** Persons employed in each sector. */
  readonly persons: readonly bigint[];
  /** `inputs[i][j]`: of sector i's products, what sector j uses up in a year. */
  readonly inputs: readonly (readonly bigint[])[];
}

/** A file that is no such table. */
export class TableProblem extends Error {}

const [labels, outputRow, personsRow] = ['prod_na', 'P1', 'EMP'] as const;

/**
 * Reads a table of products by sectors as Eurostat lays it out: rows `CPA_...` for products, `P1`
 * for output, `EMP` for persons; the first columns after the labels are the sectors, in the order
 * of the products.
 *
 * @throws TableProblem with what is missing
 */
export function readTable(text: string): Table {
  const [head = [], ...rows] = text.trim().split(/\r?\n/).map(cells);
  if (head[0] !== labels) throw new TableProblem(`the first column is "${head[0]}", not ${labels}`);
  const products = rows.filter(([name = '']) => name.startsWith('CPA_'));
  const first = head.indexOf('iotables_row') + 1;
  if (products.length === 0 || first === 0) throw new TableProblem('there are no rows CPA_...');
  const sectors = head.slice(first, first + products.length);
  const numbers = (name: string): readonly bigint[] => {
    const row = rows.find(([label]) => label === name);
    if (row === undefined) throw new TableProblem(`there is no row ${name}`);
    return sectors.map((_, index) => whole(name, row[first + index]));
  };
  return {
    sectors,
    output: numbers(outputRow),
    persons: numbers(personsRow),
    inputs: products.map((row) =>
      sectors.map((_, index) => whole(row[0] ?? '', row[first + index])),
    ),
  };
}

function whole(row: string, text = ''): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new TableProblem(`row ${row} has "${text}" where a whole number of 0 or more is due`);
}

/** Cells apart by commas; those in quotation marks may hold some. */
function cells(line: string): string[] {
  return Array.from(
    line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g),
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
}

/** Labour values v = l + vA, by going on until nothing changes; persons a unit of output. */
export function leontiefValues({ output, persons, inputs }: Table): readonly number[] {
  let values = output.map(() => 0);
  for (let round = 0; round < 10_000; round += 1) {
    const next = output.map((produced, j) => {
      const used = inputs.reduce((sum, row, i) => sum + (values[i] ?? 0) * Number(row[j] ?? 0n), 0);
      return (Number(persons[j] ?? 0n) + used) / Number(produced);
    });
    const same = next.every((value, index) => value === values[index]);
    values = next;
    if (same) return values;
  }
  throw new TableProblem('labour values do not settle: a sector uses more than it puts out');
}
