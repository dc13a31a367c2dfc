/** `artel liquid receipts`: proofs of marks that both sides signed, made, kept and handed on. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { concat, fromHex, hex } from '../../../liquid/core/bytes.ts';
import { type SourceId, self } from '../../../liquid/core/claims.ts';
import { idOfKey } from '../../../liquid/core/id.ts';
import { generateKeyPair, type PublicKey, parsePublicKey } from '../../../liquid/core/keys.ts';
import {
  draftLength,
  draftReceipt,
  markerOf,
  parseReceipt,
  type Receipt,
  receiptLength,
  signDraft,
} from '../../../liquid/core/receipt.ts';
import type { Folder } from '../../../liquid/peer/folder.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { answer, granted, idOf, keyOf, ofFolder, qrText, withFolder } from './liquid-folder.ts';

export function receiptsCommand(context: CliContext): Command {
  const receipts = new Command('receipts').description(
    'prove marks: a receipt is signed by the marked one and by who marked',
  );
  const makes = [listCommand, draftCommand, signCommand, exportReceipts, importReceipts];
  for (const make of [...makes, verifyReceipts]) receipts.addCommand(make(context));
  return receipts.addHelpText(
    'after',
    `
In a session: \`sync --mark --make-receipt\` makes one, \`--ask-receipts\` fetches those of what is
told, and \`--give-receipts\` hands out and signs. Without a network:
  artel liquid receipts draft --qr TEXT --file draft      who marks, from the other's QR
  artel liquid receipts sign draft --file receipt         the marked one
  artel liquid receipts import receipt                    either of them, and whoever gets it`,
  );
}

interface Row {
  readonly id: string;
  readonly day: number;
  readonly date: string;
  readonly marker: string;
  readonly source: string;
}

async function rowOf(receipt: Receipt, source: SourceId): Promise<Row> {
  const { dateOf } = await import('../../../liquid/peer/csv.ts');
  return {
    id: hex(receipt.id),
    day: receipt.day,
    date: dateOf(receipt.day),
    marker: hex(markerOf(receipt)),
    source: source === self ? 'own' : String(source),
  };
}

/** Those of these ids, or all. */
async function kept(folder: Folder, texts: readonly string[]) {
  const wanted = new Set(texts.map((text) => hex(idOf(text))));
  const found: { readonly receipt: Receipt; readonly source: SourceId }[] = [];
  for await (const each of folder.registry.allReceipts()) {
    if (wanted.size === 0 || wanted.has(hex(each.receipt.id))) found.push(each);
  }
  return found;
}

function listCommand(context: CliContext): Command {
  const command = ofFolder(new Command('list'))
    .argument('[id...]', 'of these ids (default: all)')
    .description('list the receipts of the folder');
  return command.action((texts: readonly string[]) =>
    withFolder(context, command, async (folder) => {
      const found = await kept(folder, texts);
      const rows = found.map(({ receipt, source }) => rowOf(receipt, source));
      answer(context, command, await Promise.all(rows));
    }),
  );
}

function draftCommand(context: CliContext): Command {
  const command = ofFolder(new Command('draft'))
    .description('mark somebody with a receipt that only they have still to sign')
    .option('--qr <text>', 'the QR of the one who is marked, of either side')
    .option('--qr-image <file>', 'the same, from a picture')
    .option('--public-key <hex>', 'their Ed25519 key, where there is no QR')
    .requiredOption('--file <file>', 'where to write the draft, to hand it over');
  return command.action((options: DraftOptions) =>
    withFolder(context, command, async (folder) => {
      const { secureRandom } = await import('../../../liquid/peer/folder.ts');
      const key = await keyGiven(folder, options);
      if (key.scheme !== 'ed25519') {
        const hint = 'Their key is of secp256k1: mark them without a receipt.';
        throw new CliError('receipts are of Ed25519 keys only', exitCodes.usage, hint);
      }
      const terms = { key, day: folder.today, nonce: secureRandom(16) };
      await writeFile(options.file, draftReceipt(terms, generateKeyPair('ed25519')));
      answer(context, command, { id: hex(idOfKey(key)), day: folder.today, file: options.file });
    }),
  );
}

interface DraftOptions {
  readonly qr?: string;
  readonly qrImage?: string;
  readonly publicKey?: string;
  readonly file: string;
}

async function keyGiven(folder: Folder, options: DraftOptions): Promise<PublicKey> {
  if (options.publicKey !== undefined) {
    return granted(parsePublicKey('ed25519', fromHex(options.publicKey) ?? new Uint8Array(0)));
  }
  const text = await qrText(options);
  if (text === undefined) {
    const hint = 'Give --qr TEXT, --qr-image FILE or --public-key HEX.';
    throw new CliError('whom to mark is not said', exitCodes.usage, hint);
  }
  const qr = await import('../../../liquid/core/qr.ts');
  const bytes = granted(qr.digestBytes(text.trim()));
  const producer = qr.parseProducerDigest(bytes, folder.now());
  return producer.ok
    ? producer.value.key
    : granted(qr.parseConsumerDigest(bytes, folder.now())).key;
}

function signCommand(context: CliContext): Command {
  const command = ofFolder(new Command('sign'))
    .argument('<draft>', 'the file that the one who marks has written')
    .description('sign a draft about one of the own keys; the receipt is kept, and written')
    .requiredOption('--file <file>', 'where to write the receipt, to hand it back');
  return command.action((path: string, options: { readonly file: string }) =>
    withFolder(context, command, async (folder) => {
      const draft = new Uint8Array(await readFile(path));
      const receipt = granted(signDraft(draft, await signerOf(folder, draft)));
      await taken(folder, self, [receipt]);
      await writeFile(options.file, receipt.bytes);
      answer(context, command, { ...(await rowOf(receipt, self)), file: options.file });
    }),
  );
}

async function signerOf(folder: Folder, draft: Uint8Array) {
  if (draft.length !== draftLength) {
    throw new CliError(`a draft has ${draftLength} bytes, not ${draft.length}`, exitCodes.usage);
  }
  const key = granted(parsePublicKey('ed25519', draft.slice(1, 33)));
  const { pair } = await keyOf(folder, hex(idOfKey(key)));
  return { publicKey: key as PublicKey & { scheme: 'ed25519' }, secret: pair.secret };
}

function exportReceipts(context: CliContext): Command {
  const command = ofFolder(new Command('export'))
    .argument('[id...]', 'of these ids (default: all)')
    .description('write receipts to a file; they prove themselves')
    .requiredOption('--file <file>', 'where to');
  return command.action((texts: readonly string[], { file }: { readonly file: string }) =>
    withFolder(context, command, async (folder) => {
      const found = await kept(folder, texts);
      await writeFile(file, concat(...found.map(({ receipt }) => receipt.bytes)));
      answer(context, command, { receipts: found.length, file });
    }),
  );
}

function importReceipts(context: CliContext): Command {
  const command = ofFolder(new Command('import'))
    .argument('<file>', 'receipts one after the other, as `receipts export` writes them')
    .description('take receipts in as the word of a new source; all of them must hold')
    .option('--own', 'as your own marks: you are the one who marked');
  return command.action((path: string, { own }: { readonly own?: true }) =>
    withFolder(context, command, async (folder) => {
      const receipts = await receiptsOf(path);
      const source = own === true ? self : await folder.registry.newSource();
      answer(context, command, { ...(await taken(folder, source, receipts)), source });
    }),
  );
}

function verifyReceipts(context: CliContext): Command {
  const command = new Command('verify')
    .argument('<file>', 'receipts one after the other')
    .option('--json', 'answer with one JSON document on one line, as -o json')
    .description('check both signatures of every receipt in a file');
  return command.action(async (path: string) => {
    const rows = (await receiptsOf(path)).map((receipt) => rowOf(receipt, self));
    const all = (await Promise.all(rows)).map(({ source: _, ...row }) => row);
    answer(context, command, all);
  });
}

async function receiptsOf(path: string): Promise<Receipt[]> {
  const bytes = new Uint8Array(await readFile(path));
  if (bytes.length === 0 || bytes.length % receiptLength !== 0) {
    const what = `${path} does not hold receipts of ${receiptLength} bytes each`;
    throw new CliError(what, exitCodes.usage, 'Ask for it again; nothing of it was taken.');
  }
  return Array.from({ length: bytes.length / receiptLength }, (_, i) =>
    granted(parseReceipt(bytes.slice(i * receiptLength, (i + 1) * receiptLength))),
  );
}

async function taken(folder: Folder, source: SourceId, receipts: readonly Receipt[]) {
  const offers = receipts.map((receipt) => ({ provenance: 'receipt' as const, receipt }));
  const accepted = await folder.registry.accept(source, offers, folder.today);
  const refused = accepted.refused.map(({ refusal, count }) => {
    return { reason: refusal.name, count, why: refusal.message };
  });
  return { receipts: receipts.length, added: accepted.added, raised: accepted.raised, refused };
}
