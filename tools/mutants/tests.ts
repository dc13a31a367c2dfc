/**
 * Collects tests that are written for Jest, and runs them one by one in this process: mutants are
 * many, and a start of Jest for each would take hours. Knows what the modules' tests use.
 */
import { expect } from 'expect';

export interface Test {
  readonly name: string;
  /** URL of the file that it stands in. */
  readonly file: string;
  /** Throws where it fails. */
  run(): unknown;
}

type Body = (...args: never[]) => unknown;

/** Loads test files and returns their tests. */
export async function loadTests(urls: readonly string[]): Promise<readonly Test[]> {
  const tests: Test[] = [];
  const groups: string[] = [];
  let before: (() => unknown)[] = [];
  let file = '';

  const test = (name: string, body: Body): void => {
    const hooks = before;
    tests.push({
      name: [...groups, name].join(' › '),
      file,
      async run() {
        for (const hook of hooks) await hook();
        await (body as () => unknown)();
      },
    });
  };
  const describe = (name: string, body: Body): void => {
    const outer = before;
    groups.push(name);
    (body as () => void)();
    groups.pop();
    before = outer;
  };
  const each =
    (declare: (name: string, body: Body) => void) =>
    (rows: readonly unknown[]) =>
    (name: string, body: (...row: readonly unknown[]) => unknown): void => {
      rows.forEach((row, index) => {
        const args = Array.isArray(row) ? row : [row];
        declare(`${name} [${index}]`, () => body(...args));
      });
    };
  const globals = {
    expect,
    test: Object.assign(test, { each: each(test) }),
    it: Object.assign(test, { each: each(test) }),
    describe: Object.assign(describe, { each: each(describe) }),
    beforeEach: (hook: () => unknown) => {
      before = [...before, hook];
    },
  };
  Object.assign(globalThis, globals);
  for (const url of urls) {
    [before, file] = [[], url];
    await import(url);
  }
  return tests;
}
