/**
 * A scenario: a network, a load, steps one after the other, and how it must end. A file of data
 * (YAML), read whole before anything starts: docs/lab.md.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { CliError, exitCodes } from '../../chain/cli/context.ts';
import { Arguments } from './arguments.ts';
import type { Expectations } from './lab.ts';
import { defaultLab, type LabPlan, type LabSettings, planLab } from './plan.ts';
import type { Action } from './verbs/verb.ts';
import { verbs } from './verbs.ts';

export interface LoadSettings {
  /** Transactions a second; 0 for none. */
  readonly rate: number;
  readonly memoBytes: number;
}

/** Steps are read again for the ports of each run. */
export interface Scenario {
  readonly name: string;
  /** What it shows, for people. */
  readonly about: string;
  readonly settings: LabSettings;
  readonly load: LoadSettings;
  readonly expect: Expectations;
  /** @throws CliError (usage) naming the line. */
  actions(plan: LabPlan): readonly Action[];
}

interface Line {
  readonly node: Node;
  readonly place: string;
}

/**
 * Reads a scenario and checks each of its steps.
 *
 * @param file how the file is called in errors
 * @throws CliError (usage) naming the line
 */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const [message = ''] = error.message.split('\n');
    throw new CliError(`${file}: ${message.replace(/:$/, '')}`, exitCodes.usage);
  }
  const place = (node: Node | null): string =>
    `${file}, line ${lines.linePos(node?.range?.[0] ?? 0).line}`;
  const head = new Arguments(document.toJS(), file).map(
    'name',
    'about',
    'network',
    'load',
    'expect',
    'steps',
  );
  const steps = document.get('steps', true);
  if (!isSeq(steps)) throw new CliError(`${file}: it has no list of steps`, exitCodes.usage);
  const stepLines = steps.items.map((item) => ({ node: item as Node, place: place(item as Node) }));
  const name = head.get('name')?.text() ?? file.replace(/^.*\/|\.ya?ml$/g, '');
  const load = readLoad(head.get('load'));
  const settings = readSettings(head.get('network'), load);
  const scenario: Scenario = {
    name,
    about: head.get('about')?.text() ?? '',
    settings,
    load,
    expect: readExpectations(head.get('expect'), settings),
    actions: (plan) => stepLines.map((line) => readStep(line, plan)),
  };
  // A step that can't be must be told before the network is up.
  scenario.actions(planLab('', settings, 20_000));
  return scenario;
}

function readStep({ node, place }: Line, plan: LabPlan): Action {
  const unknown = (word: unknown): never => {
    throw new CliError(
      `${place}: there is no step "${word}"; known: ${Object.keys(verbs).join(', ')}`,
      exitCodes.usage,
    );
  };
  if (isScalar(node)) {
    return (verbs[String(node.value)] ?? unknown(node.value)).read(new Arguments({}, place), plan);
  }
  const [pair, ...more] = isMap(node) ? node.items : [];
  if (pair === undefined || more.length > 0) {
    throw new CliError(`${place}: a step is one verb with what it needs`, exitCodes.usage);
  }
  const word = String(pair.key);
  const value = (pair.value as Node | null)?.toJSON() as unknown;
  return (verbs[word] ?? unknown(word)).read(new Arguments(value, place), plan);
}

function readSettings(given: Arguments | undefined, load: LoadSettings): LabSettings {
  const fields = given?.map(
    'validators',
    'powers',
    'full',
    'late',
    'timeoutCommit',
    'snapshotInterval',
    'seed',
    'evidence',
    'disks',
    'twins',
    'signers',
    'config',
  );
  const validators = fields?.get('validators')?.count(1);
  const powers = fields
    ?.get('powers')
    ?.list()
    .map((power) => power.count(1));
  const late = fields?.get('late')?.count() ?? 0;
  const evidence = fields?.get('evidence')?.map('blocks', 'age');
  return {
    ...defaultLab,
    powers: powers ?? Array.from({ length: validators ?? 4 }, () => 10),
    full: (fields?.get('full')?.count() ?? 0) + late,
    late,
    timeoutCommit: fields?.get('timeoutCommit')?.text() ?? defaultLab.timeoutCommit,
    snapshotInterval: fields?.get('snapshotInterval')?.count() ?? defaultLab.snapshotInterval,
    seed: fields?.get('seed')?.count() ?? defaultLab.seed,
    // Twice the rate: each account waits for its block before it sends again.
    accounts: Math.max(defaultLab.accounts, 3 * load.rate),
    disks: readDisks(fields?.get('disks')),
    twins: fields?.get('twins')?.names(),
    signers: fields
      ?.get('signers')
      ?.list()
      .map((node) => node.text()),
    config: readConfig(fields?.get('config')),
    ...(evidence !== undefined && {
      evidence: {
        blocks: evidence.get('blocks')?.count(1) ?? 100_000,
        ms: evidence.get('age')?.durationMs() ?? 172_800_000,
      },
    }),
  };
}

/** `node2: 64`: MiB of the disk of a node. */
function readDisks(given: Arguments | undefined): LabSettings['disks'] {
  if (given === undefined) return undefined;
  const sizes = given.map(...Object.keys((given.value ?? {}) as object));
  return Object.fromEntries([...sizes].map(([name, size]) => [name, size.count(16)]));
}

/** `consensus.double_sign_check_height: 10`, one line of config.toml each. */
function readConfig(given: Arguments | undefined): LabSettings['config'] {
  if (given === undefined) return [];
  const entries = Object.entries(given.value as Record<string, unknown>);
  return entries.map(([name, value]) => {
    const at = name.lastIndexOf('.');
    const fits = ['string', 'number', 'boolean'].includes(typeof value);
    if (!fits) given.refuse(`config ${name}: a text, number, true or false is expected`);
    const [section, key] = at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
    return { section, key, value: value as string | number | boolean };
  });
}

function readLoad(given: Arguments | undefined): LoadSettings {
  const fields = given?.map('rate', 'memoBytes');
  return {
    rate: fields?.get('rate')?.count() ?? 50,
    memoBytes: fields?.get('memoBytes')?.count() ?? 0,
  };
}

function readExpectations(given: Arguments | undefined, settings: LabSettings): Expectations {
  const fields = given?.map('punished', 'halts');
  const plan = planLab('', settings, 20_000);
  const punished = fields?.get('punished')?.nodes(plan) ?? [];
  return {
    punished: punished.map((index) => plan.nodes[index]?.name ?? ''),
    halts: fields?.get('halts')?.flag() ?? false,
  };
}
