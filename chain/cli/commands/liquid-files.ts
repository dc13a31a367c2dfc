/** `artel liquid import` and `export`: CSV, signed files, and printed QR pages. */

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { hex } from '../../../liquid/core/bytes.ts';
import { type SourceId, self } from '../../../liquid/core/claims.ts';
import { idOfKey } from '../../../liquid/core/id.ts';
import { generateKeyPair } from '../../../liquid/core/keys.ts';
import type { Folder } from '../../../liquid/peer/folder.ts';
import type { Offer } from '../../../liquid/registry/policy.ts';
import { progressOn } from '../../demo/progress.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { answer, codesIn, granted, keyOf, ofFolder, withFolder } from './liquid-folder.ts';

interface ImportOptions {
  readonly csv?: string;
  readonly file?: string;
  readonly pages?: readonly string[];
  readonly asSource?: boolean;
}

export function importCommand(context: CliContext): Command {
  const command = ofFolder(new Command('import'))
    .description('bring in marks without a network')
    .option('--csv <file>', 'lines of id hex, day, provenance: your own, whatever your caps')
    .option('--file <file>', 'the signed export of somebody')
    .option('--pages <image...>', 'pictures of the printed pages of an export, PNG or JPEG')
    .option('--as-source', 'of --csv: as the word of somebody else, under caps, to be taken back')
    .addHelpText(
      'after',
      `
Days are numbers (days since 1970) or YYYY-MM-DD. A receipt can't come by CSV: such a mark counts as
unproven. What comes by --file and --pages is a source of its own, under your filter and caps.

Examples:
  artel liquid import --csv marks.csv
  artel liquid import --pages page1.jpg page2.jpg`,
    );
  return command.action((options: ImportOptions) =>
    withFolder(context, command, async (folder) => {
      const ways = [options.csv, options.file, options.pages].filter((way) => way !== undefined);
      if (ways.length !== 1) {
        const hint = 'Give one of --csv FILE, --file FILE, --pages IMAGE...';
        throw new CliError('what to import is not said', exitCodes.usage, hint);
      }
      const brought =
        options.csv === undefined
          ? await importFiles(folder, await filesOf(context, options))
          : await importCsv(context, folder, options.csv, options.asSource === true);
      const refused = brought.refused.map(({ refusal, count }) => {
        return { reason: refusal.name, count, why: refusal.message };
      });
      answer(context, command, { ...brought, refused });
    }),
  );
}

async function importCsv(context: CliContext, folder: Folder, path: string, asSource: boolean) {
  const { bringIn } = await import('../../../liquid/peer/bring-in.ts');
  const source = asSource ? await folder.registry.newSource() : self;
  const bytes = (await stat(path)).size;
  const progress = progressOn(context.stderr, () => performance.now());
  // A line has some fifty-five bytes: good enough for a bar.
  const bar = context.stderr.isTTY === true && bytes > 1_000_000;
  if (bar) progress.begin('marks', Math.round(bytes / 55));
  const lines = csvOffers(path, source, context.signal);
  const brought = await bringIn(folder, source, lines, (count) => progress.step(count));
  if (bar) progress.end();
  return brought;
}

async function* csvOffers(
  path: string,
  source: SourceId,
  signal: AbortSignal,
): AsyncGenerator<Offer> {
  const { parseCsvLine } = await import('../../../liquid/peer/csv.ts');
  const input = createReadStream(path);
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    signal.throwIfAborted();
    number += 1;
    const mark = granted(parseCsvLine(line, number));
    if (mark === undefined) continue;
    const isOwn = mark.provenance === 'manual' && source === self;
    yield { provenance: isOwn ? 'manual' : 'handshake', id: mark.id, day: mark.day };
  }
}

async function filesOf(
  context: CliContext,
  { file, pages = [] }: ImportOptions,
): Promise<readonly Uint8Array[]> {
  if (file !== undefined) return [new Uint8Array(await readFile(file))];
  const { PageCollector } = await import('../../../liquid/peer/exchange-file.ts');
  const collector = new PageCollector();
  const progress = progressOn(context.stderr, () => performance.now());
  if (context.stderr.isTTY === true) progress.begin('pages', pages.length);
  for (const path of pages) {
    context.signal.throwIfAborted();
    for (const text of await codesIn(path)) granted(collector.add(text));
    progress.step();
  }
  if (context.stderr.isTTY === true) progress.end();
  return granted(collector.files());
}

async function importFiles(folder: Folder, files: readonly Uint8Array[]) {
  const { bringIn } = await import('../../../liquid/peer/bring-in.ts');
  const { parseExchange } = await import('../../../liquid/peer/exchange-file.ts');
  const parsed = files.map((bytes) => granted(parseExchange(bytes)));
  const offers = parsed.flatMap(({ marks }) =>
    marks.map(({ id, day }) => ({ provenance: 'handshake' as const, id, day })),
  );
  const brought = await bringIn(folder, await folder.registry.newSource(), offers);
  return { ...brought, signer: parsed.map(({ key }) => hex(idOfKey(key))).join(' ') };
}

interface ExportOptions {
  readonly csv?: string;
  readonly file?: string;
  readonly pages?: string;
  readonly key?: string;
}

export function exportCommand(context: CliContext): Command {
  const command = ofFolder(new Command('export'))
    .description('write marks out, to keep them or to hand them to somebody')
    .option('--csv <file>', 'lines of id hex, day, provenance; withheld ids too: for yourself')
    .option('--file <file>', 'a signed file of what you tell others')
    .option('--pages <file>', 'the same as QR codes on pages to print (HTML)')
    .option('--key <id>', 'who signs: id, or its beginning (default: a new key for this once)')
    .addHelpText('after', '\nExample:\n  artel liquid export --pages mine.html');
  return command.action((options: ExportOptions) =>
    withFolder(context, command, async (folder) => {
      const { csv, file, pages } = options;
      if ([csv, file, pages].filter((way) => way !== undefined).length !== 1) {
        const hint = 'Give one of --csv FILE, --file FILE, --pages FILE.';
        throw new CliError('where to export to is not said', exitCodes.usage, hint);
      }
      if (csv !== undefined) {
        answer(context, command, { ids: await exportCsv(folder, csv, context.signal) });
        return;
      }
      const bytes = await exchangeOf(folder, options.key);
      if (file !== undefined) {
        await writeFile(file, bytes);
        answer(context, command, { file, bytes: bytes.length });
      } else if (pages !== undefined) {
        answer(context, command, { pages, codes: await writePages(pages, bytes) });
      }
    }),
  );
}

async function exportCsv(folder: Folder, path: string, signal: AbortSignal): Promise<number> {
  const { csvHeader, csvLine } = await import('../../../liquid/peer/csv.ts');
  const out = createWriteStream(path);
  const failed = new Promise<never>((_, reject) => {
    out.on('error', reject);
  });
  let ids = 0;
  const write = async (): Promise<void> => {
    out.write(`${csvHeader}\n`);
    for await (const { id, claims } of folder.records()) {
      signal.throwIfAborted();
      ids += 1;
      if (!out.write(`${csvLine(id, claims)}\n`)) await once(out, 'drain');
    }
    out.end();
    await once(out, 'finish');
  };
  await Promise.race([write(), failed]);
  return ids;
}

async function exchangeOf(folder: Folder, given: string | undefined): Promise<Uint8Array> {
  const { encodeExchange, windowOf } = await import('../../../liquid/peer/exchange-file.ts');
  const { registry, today } = folder;
  const pair = given === undefined ? generateKeyPair('ed25519') : (await keyOf(folder, given)).pair;
  return encodeExchange(registry, windowOf(today, registry.policy.maxAge), pair);
}

/** More codes than anybody would print and photograph. */
const mostCodes = 2_000;

async function writePages(path: string, bytes: Uint8Array): Promise<number> {
  const { pagesOf } = await import('../../../liquid/peer/exchange-file.ts');
  const { qrPages } = await import('../../../liquid/qr/pages.ts');
  const texts = pagesOf(bytes);
  if (texts.length > mostCodes) {
    throw new CliError(
      `this would be ${texts.length} codes on ${Math.ceil(texts.length / 6)} pages`,
      exitCodes.usage,
      'Hand it over as a file (--file), or narrow the filter (--max-age) first.',
    );
  }
  await writeFile(path, qrPages(texts));
  return texts.length;
}
