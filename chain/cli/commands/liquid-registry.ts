/** `artel liquid`: marks, filter, sources, statistics and roots of the own registry. */
import { Command } from 'commander';
import { hex } from '../../../liquid/core/bytes.ts';
import { type SourceId, self } from '../../../liquid/core/claims.ts';
import { commonWindow, type Day, dayOf, maxWireAge } from '../../../liquid/core/days.ts';
import { type Id, idOfKey } from '../../../liquid/core/id.ts';
import type { Folder } from '../../../liquid/peer/folder.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatTable } from '../output.ts';
import { parseCount } from '../values.ts';
import { answer, granted, idOf, isJson, ofFolder, qrText, withFolder } from './liquid-folder.ts';

interface Named {
  readonly qr?: string;
  readonly qrImage?: string;
}

/** Ids as arguments, or those of a QR. */
function ofIds(command: Command): Command {
  return ofFolder(command)
    .argument('[id...]', 'ids, 40 hexadecimal digits each')
    .option('--qr <text>', 'the id of this QR')
    .option('--qr-image <file>', 'the id of the QR in this picture');
}

async function idsOf(folder: Folder, texts: readonly string[], named: Named): Promise<Id[]> {
  const ids = texts.map(idOf);
  const qr = await qrText(named);
  if (qr !== undefined) ids.push(await idOfQr(folder, qr));
  if (ids.length > 0) return ids;
  throw new CliError('no id is given', exitCodes.usage, 'Give ids, --qr TEXT or --qr-image FILE.');
}

/** Of either side's QR; a consumer's signature is checked before its key is hashed. */
async function idOfQr(folder: Folder, text: string): Promise<Id> {
  const qr = await import('../../../liquid/core/qr.ts');
  const bytes = granted(qr.digestBytes(text.trim()));
  const producer = qr.parseProducerDigest(bytes, folder.now());
  if (producer.ok) return idOfKey(producer.value.key);
  return idOfKey(granted(qr.parseConsumerDigest(bytes, folder.now())).key);
}

export function findCommand(context: CliContext): Command {
  const command = ofIds(new Command('find'))
    .description('look ids up: exit code 1 where one of them is not in the registry')
    .addHelpText('after', '\nExample:\n  artel liquid find --qr-image consumer.jpg');
  return command.action((texts: readonly string[], named: Named) =>
    withFolder(context, command, async (folder) => {
      const { dateOf } = await import('../../../liquid/peer/csv.ts');
      const found = [];
      for (const id of await idsOf(folder, texts, named)) {
        const entry = await folder.registry.find(id, folder.today);
        const known = entry && { day: entry.day, date: dateOf(entry.day), proven: entry.proven };
        const claims = entry?.claims.map(({ source, provenance, day }) => {
          return `${provenance} ${dateOf(day)}${source === self ? '' : ` from source ${source}`}`;
        });
        found.push({ id: hex(id), known: entry !== undefined, ...known, claims });
      }
      answer(context, command, found);
      const missing = found.filter(({ known }) => !known).length;
      if (missing > 0) throw new CliError(`${missing} of ${found.length} are not known here`);
    }),
  );
}

export function markCommand(context: CliContext): Command {
  const command = ofIds(new Command('mark'))
    .description('mark ids as useful; dependants and authors need no meeting')
    .option('--day <day>', 'number of the day or YYYY-MM-DD (default: today)')
    .addHelpText('after', '\nExample:\n  artel liquid mark 3f0c...e1 --day 2026-11-20');
  return command.action((texts: readonly string[], options: Named & { day?: string }) =>
    withFolder(context, command, async (folder) => {
      const day = await dayGiven(folder, options.day);
      const ids = await idsOf(folder, texts, options);
      const offers = ids.map((id) => ({ provenance: 'manual' as const, id, day }));
      const { added, raised, refused } = await folder.registry.accept(self, offers, folder.today);
      const [first] = refused;
      if (first !== undefined) {
        throw new CliError(first.refusal.message, exitCodes.failed, first.refusal.remedy);
      }
      answer(context, command, { day, added, raised });
    }),
  );
}

async function dayGiven(folder: Folder, text: string | undefined): Promise<Day> {
  if (text === undefined) return folder.today;
  const { parseDay } = await import('../../../liquid/peer/csv.ts');
  const day = parseDay(text);
  if (day !== undefined) return day;
  throw new CliError(`"${text}" is no day`, exitCodes.usage, 'Write 2026-11-21, or 20778.');
}

export function rootsCommand(context: CliContext): Command {
  const command = ofFolder(new Command('roots'))
    .description('print the root of the window and of each of its days')
    .option('--max-age <days>', 'of the window (default: the own filter)');
  return command.action(({ maxAge }: { maxAge?: string }) =>
    withFolder(context, command, async (folder) => {
      const { registry, today } = folder;
      const age = maxAge === undefined ? registry.policy.maxAge : parseCount('--max-age', maxAge);
      const window = commonWindow(today, age, maxWireAge);
      const all = Array.from({ length: window.count }, (_, i) => dayOf(window.first + i));
      const roots = all.map((day) => [day, hex(registry.tries.root(day))] as const);
      const windowRoot = hex(registry.windowRoot(window));
      const rows = roots.map(([day, root]) => [String(day), root]);
      const table = `window  ${windowRoot}\n${formatTable(['day', 'root'], rows)}`;
      answer(context, command, { windowRoot, days: Object.fromEntries(roots) }, table);
    }),
  );
}

export function statsCommand(context: CliContext): Command {
  const command = ofFolder(new Command('stats')).description('count the ids of each day');
  return command.action(() =>
    withFolder(context, command, async (folder) => {
      const { dateOf } = await import('../../../liquid/peer/csv.ts');
      const days = folder.registry.statistics(folder.today);
      const total = days.reduce((sum, { count }) => sum + count, 0);
      const rows = days.map(({ day, count }) => [String(day), dateOf(day), String(count)]);
      const table = `${formatTable(['day', 'date', 'ids'], rows)}\ntotal  ${total}`;
      answer(context, command, { total, days }, table);
    }),
  );
}

export function filterCommand(context: CliContext): Command {
  const command = ofFolder(new Command('filter'))
    .description('print or set what is kept and let in')
    .option('--max-age <days>', 'marks up to this age are kept and told')
    .option('--max-fresh <n>', 'unreceipted fresh claims that one source may make a day')
    .option('--receipted-only <yes|no>', 'take only what a receipt proves')
    .addHelpText('after', '\nExample:\n  artel liquid filter --max-age 60');
  return command.action((options: FilterOptions) =>
    withFolder(context, command, async (folder) => {
      const { maxAge, maxFresh, receiptedOnly } = options;
      const policy = {
        ...folder.registry.policy,
        ...(maxAge === undefined ? {} : { maxAge: parseCount('--max-age', maxAge) }),
        ...(maxFresh === undefined ? {} : { maxFresh: parseCount('--max-fresh', maxFresh) }),
        ...(receiptedOnly === undefined ? {} : { receiptedOnly: yesOrNo(receiptedOnly) }),
      };
      if (Object.keys(options).some((name) => name in policy)) await folder.setPolicy(policy);
      answer(context, command, policy);
    }),
  );
}

interface FilterOptions {
  readonly maxAge?: string;
  readonly maxFresh?: string;
  readonly receiptedOnly?: string;
}

function yesOrNo(text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new CliError(`"${text}" is neither yes nor no`, exitCodes.usage);
}

export function purgeCommand(context: CliContext): Command {
  const command = ofFolder(new Command('purge')).description(
    'delete the marks that the filter no longer keeps, and used nonces that have expired',
  );
  return command.action(() =>
    withFolder(context, command, async (folder) => {
      answer(context, command, { deleted: await folder.registry.purge(folder.today) });
    }),
  );
}

/** Sources: each session with somebody is one; what they said can be set aside or taken back. */
export function sourcesCommand(context: CliContext): Command {
  const sources = new Command('sources').description(
    'see who has said what, set it aside (quarantine), or take it back',
  );
  const list = ofFolder(new Command('list')).description('list the sources, which name nobody');
  list.action(() =>
    withFolder(context, list, async ({ registry }) => answer(context, list, registry.sources())),
  );
  sources.addCommand(list, { isDefault: true });
  const works = [
    ['quarantine', 'let what a source says count for nothing, until it is released'],
    ['release', 'let a quarantined source count again'],
    ['take-back', 'forget all that a source has said, and hear it no more'],
  ] as const;
  for (const [name, description] of works) {
    const command = ofFolder(new Command(name))
      .argument('<source>', 'its number')
      .description(description);
    command.action((text: string) =>
      withFolder(context, command, async (folder) => {
        const source = sourceOf(folder, text);
        const { registry } = folder;
        const ids = await {
          quarantine: () => registry.quarantine(source),
          release: () => registry.release(source),
          'take-back': () => registry.takeBack(source),
        }[name]();
        answer(context, command, { source, ids });
      }),
    );
    sources.addCommand(command);
  }
  return sources;
}

function sourceOf({ registry }: Folder, text: string): SourceId {
  const found = registry.sources().find(({ source }) => String(source) === text);
  if (found !== undefined) return found.source;
  const hint = 'See `artel liquid sources list`; each session prints its source.';
  throw new CliError(`there is no source ${text}`, exitCodes.usage, hint);
}

export function withholdCommand(context: CliContext): Command {
  return told(context, 'withhold', 'tell nobody of these ids any more; you still see them');
}

export function tellCommand(context: CliContext): Command {
  return told(context, 'tell', 'tell of these ids again');
}

function told(context: CliContext, name: 'withhold' | 'tell', description: string): Command {
  const command = ofIds(new Command(name)).description(description);
  return command.action((texts: readonly string[], named: Named) =>
    withFolder(context, command, async (folder) => {
      const ids = await idsOf(folder, texts, named);
      for (const id of ids) await folder.registry[name](id);
      answer(context, command, { [name]: ids.length });
    }),
  );
}

export function verifyCommand(context: CliContext): Command {
  const command = ofFolder(new Command('verify'))
    .argument('[file]', 'an export (default: the whole folder)')
    .description('check an export’s signature, or the records, receipts and roots of the folder');
  return command.action(async (file: string | undefined) => {
    const checked =
      file === undefined
        ? await withFolder(context, command, verifyFolder)
        : await verifyFile(file);
    answer(context, command, checked);
    if (isJson(command) === false) context.stderr.write('all of it is right\n');
  });
}

/** Every record decodes, every receipt proves its id, and tries made anew have the same roots. */
async function verifyFolder(folder: Folder) {
  const { isProven } = await import('../../../liquid/core/claims.ts');
  const { Trie } = await import('../../../liquid/core/trie.ts');
  let [ids, receipts, days] = [0, 0, 0];
  for await (const { id, claims } of folder.records()) {
    ids += 1;
    if (isProven(claims)) receipts += (await folder.registry.receipts(id)).length;
  }
  for (const { day } of folder.registry.statistics(folder.today)) {
    const kept = folder.registry.tries.trie(day);
    const anew = new Trie();
    for (const id of [...(kept?.ids() ?? [])].reverse()) anew.insert(id);
    if (!Buffer.from(anew.root()).equals(folder.registry.tries.root(day))) {
      throw new CliError(`the root of day ${day} is not that of its ids`, exitCodes.failed);
    }
    days += 1;
  }
  return { ids, receipts, days };
}

async function verifyFile(path: string) {
  const { readFile } = await import('node:fs/promises');
  const { parseExchange } = await import('../../../liquid/peer/exchange-file.ts');
  const file = granted(parseExchange(new Uint8Array(await readFile(path))));
  const { first, count } = file.window;
  return { signer: hex(idOfKey(file.key)), ids: file.marks.length, first, days: count };
}
