/** `artel liquid serve` and `sync`: two people who met bring their registries together. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { self } from '../../../liquid/core/claims.ts';
import { type Id, idOfKey } from '../../../liquid/core/id.ts';
import type { KeyPair, PublicKey } from '../../../liquid/core/keys.ts';
import type { Folder } from '../../../liquid/peer/folder.ts';
import type { Met } from '../../../liquid/peer/meet.ts';
import type { Pass } from '../../../liquid/relay/first-frame.ts';
import type { PairMemory } from '../../../liquid/sync/pairs.ts';
import type { ReceiptWishes, Session, Terms } from '../../../liquid/sync/types.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { parseCount } from '../values.ts';
import { answer, granted, idOf, keyOf, ofFolder, qrText, withFolder } from './liquid-folder.ts';
import { type QrOutput, showQr } from './liquid-keys.ts';

interface MeetOptions {
  readonly key?: string;
  readonly relay?: string;
  readonly take: boolean;
  readonly give: boolean;
  readonly maxBytes: string;
  readonly hideTime?: boolean;
  readonly askReceipts?: string | true;
  readonly receiptOf?: readonly string[];
  readonly giveReceipts?: true;
  readonly makeReceipt?: true;
}

function meeting(command: Command): Command {
  return ofFolder(command)
    .option('--no-take', 'tell the other side, and take nothing from it')
    .option('--no-give', 'take from the other side, and tell it nothing')
    .option('--max-bytes <n>', 'the most that is received in the session', '268435456')
    .option('--ask-receipts [n]', 'ask for receipts of what is told, at most n of 256')
    .option('--receipt-of <id...>', 'ask for the receipts of these ids first')
    .option('--give-receipts', 'hand out receipts that are asked for, and sign one of your key')
    .option('--make-receipt', 'make a receipt of your mark that the other side signs, too')
    .option('--hide-time', 'answer at multiples of 250 ms: the relay can’t guess the work');
}

interface ServeOptions extends MeetOptions, QrOutput {
  readonly listen?: string;
  readonly passFile?: string;
  readonly consumerQr?: string;
  readonly consumerQrImage?: string;
  readonly open?: boolean;
  readonly mark?: boolean;
  readonly valid: string;
  readonly keep?: boolean;
}

export function serveCommand(context: CliContext): Command {
  const command = meeting(new Command('serve'))
    .description('show a QR after a service, and sync with who scans it')
    .option('--relay <url>', 'ws://host:port, wss://host, or host[:port][/path]')
    .option('--listen <host:port>', 'no relay: take the connection here; others must reach it')
    .option('--pass-file <file>', 'pass of the relay (or ARTEL_LIQUID_PASS)')
    .option('--key <id>', 'who you are: id, or its beginning (default: the only key, or a new one)')
    .addOption(new Option('--consumer-qr <text>', 'let in only the consumer of this QR'))
    .addOption(new Option('--consumer-qr-image <file>', 'the same, from a picture'))
    .option('--open', 'let in whoever holds the QR')
    .option('--mark', 'mark the scanned consumer as useful today, too, before syncing')
    .option('--valid <seconds>', 'for how long the QR is good', '120')
    .option('--keep', 'show a new QR after each session, until Ctrl-C')
    .option(
      '--print-qr-text',
      'print the text of the QR on the first line, for whom you hand it to',
    )
    .option('--png <file>', 'write the QR as an image')
    .addHelpText('after', serveHelp);
  return command.action((options: ServeOptions) =>
    withFolder(context, command, async (folder) => {
      const consumer = await consumerOf(folder, options);
      if (options.mark === true) await markConsumer(folder, consumer);
      const own = await producerKey(folder, options.key);
      await using place = await placeOf(context, options);
      const { PairMemory: Pairs } = await import('../../../liquid/sync/pairs.ts');
      const pairs = new Pairs();
      do {
        const met = await serveOnce(context, command, options, {
          folder,
          consumer,
          own,
          place,
          pairs,
        });
        tell(context, command, met);
        if (options.keep !== true) assertOk(met);
      } while (options.keep === true && consumer === 'open');
    }),
  );
}

const serveHelp = `
Whom to let in must be said: the consumer whose QR you scanned, or --open. --print-qr-text hands
the QR over as text, to whom you choose, and so means --open where no consumer is named.
A QR is good for one session. A stranger who joins before the consumer burns it: show a new one.

Examples:
  artel liquid serve --relay relay.example.org --consumer-qr-image photo.jpg
  artel liquid serve --relay ws://127.0.0.1:7770 --print-qr-text --json
  artel liquid serve --listen 192.168.1.20:7771 --open          no relay, one network`;

interface Place {
  readonly url: string;
  readonly text: string;
  readonly pass: Pass | undefined;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Serving {
  readonly folder: Folder;
  readonly consumer: PublicKey | 'open';
  readonly own: KeyPair;
  readonly place: Place;
  readonly pairs: PairMemory;
}

async function serveOnce(
  context: CliContext,
  command: Command,
  options: ServeOptions,
  { folder, consumer, own, place, pairs }: Serving,
): Promise<Met> {
  const { serve } = await import('../../../liquid/peer/meet.ts');
  const watch = watched(context);
  try {
    return await serve({
      folder,
      url: place.url,
      relay: place.text,
      pass: place.pass,
      own,
      consumer,
      pairs,
      terms: termsOf(options),
      validSeconds: parseCount('--valid', options.valid, 1),
      hideTime: options.hideTime,
      signal: context.signal,
      onOffer: (text) => void showQr(context, command, text, options),
      onJoined: watch.joined,
      onProgress: watch.session,
      onLoss: watch.loss,
    });
  } finally {
    watch.end();
  }
}

async function consumerOf(folder: Folder, options: ServeOptions): Promise<PublicKey | 'open'> {
  const text = await qrText({
    ...(options.consumerQr === undefined ? {} : { qr: options.consumerQr }),
    ...(options.consumerQrImage === undefined ? {} : { qrImage: options.consumerQrImage }),
  });
  if (text !== undefined) return scanned(folder, text);
  if (options.open === true || options.printQrText === true) return 'open';
  throw new CliError(
    'whom to let in is not said',
    exitCodes.usage,
    'Scan the consumer (--consumer-qr-image), or let in whoever holds your QR (--open).',
  );
}

async function markConsumer(folder: Folder, consumer: PublicKey | 'open'): Promise<void> {
  if (consumer === 'open') {
    const hint = 'Scan their QR: --consumer-qr-image FILE.';
    throw new CliError('whom to mark is not known', exitCodes.usage, hint);
  }
  await markAs(folder, idOfKey(consumer));
}

/** The key of a consumer's QR, which is good once. */
async function scanned(folder: Folder, text: string): Promise<PublicKey> {
  const { digestBytes, parseConsumerDigest } = await import('../../../liquid/core/qr.ts');
  const { parseSeedConsumer } = await import('../../../liquid/core/qr-seed.ts');
  if (text.includes(' ') && /^[0-9a-f]{66} /i.test(text)) return granted(parseSeedConsumer(text));
  const digest = granted(parseConsumerDigest(granted(digestBytes(text)), folder.now()));
  if (!(await folder.registry.useNonce(digest.nonce, digest.expiry))) {
    throw new CliError(
      'the consumer’s QR was used before',
      exitCodes.failed,
      'Ask for a new one: each is good for one session.',
    );
  }
  return digest.key;
}

async function producerKey(folder: Folder, given: string | undefined): Promise<KeyPair> {
  if (given !== undefined) return (await keyOf(folder, given)).pair;
  const keys = await folder.keys.list();
  if (keys.length > 1) {
    throw new CliError(
      `the folder has ${keys.length} keys, and which to be is not said`,
      exitCodes.usage,
      'Name one by --key; see `artel liquid keys list`.',
    );
  }
  const [key] = keys.length === 1 ? keys : await folder.keys.generate('ed25519');
  if (key === undefined) throw new Error('no key was made');
  return key.pair;
}

/** Where to meet: a relay, or one of our own for this session alone. */
async function placeOf(context: CliContext, options: ServeOptions): Promise<Place> {
  const { connectUrl, needsUrl, relayText } = await import('../../../liquid/relay/address.ts');
  if ((options.relay === undefined) === (options.listen === undefined)) {
    throw new CliError(
      'where to meet is not said',
      exitCodes.usage,
      'Name a relay (--relay URL), or an address of this machine (--listen HOST:PORT).',
    );
  }
  if (options.listen !== undefined) return listenFor(options.listen);
  const given = options.relay ?? '';
  const text = granted(relayText(given));
  if (needsUrl(given)) {
    context.stderr.write(
      `warning: a QR says TLS by port 443 alone; the other side must add --relay ${given}\n`,
    );
  }
  const pass = await passOf(context, options.passFile);
  return { url: granted(connectUrl(given)), text, pass, async [Symbol.asyncDispose]() {} };
}

async function passOf({ env }: CliContext, file: string | undefined): Promise<Pass | undefined> {
  const { parsePass } = await import('../../../liquid/relay/first-frame.ts');
  const text = file === undefined ? env.ARTEL_LIQUID_PASS : await readFile(file, 'utf8');
  if (text === undefined) return undefined;
  const pass = parsePass(text);
  if (pass !== undefined) return pass;
  throw new CliError('the pass can’t be read', exitCodes.usage, 'It has 88 hexadecimal digits.');
}

async function listenFor(address: string): Promise<Place> {
  const { parseListen, openHouse } = await import('../../../liquid/relay/open-house.ts');
  const listen = granted(parseListen(address));
  const house = await openHouse(listen);
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const text = `${host}:${house.port}`;
  return {
    url: `ws://${text}`,
    text,
    pass: house.pass,
    [Symbol.asyncDispose]: () => house.stop(),
  };
}

interface SyncOptions extends MeetOptions {
  readonly qr?: string;
  readonly qrImage?: string;
  readonly mark?: boolean;
}

export function syncCommand(context: CliContext): Command {
  const command = meeting(new Command('sync'))
    .description('scan a producer’s QR, and sync with them')
    .option('--qr <text>', 'text of the QR')
    .option('--qr-image <file>', 'picture of the QR, PNG or JPEG')
    .option('--mark', 'mark the producer as useful today, before syncing')
    .option('--key <id>', 'who you are (default: whom you showed last, or a new key for this once)')
    .option('--relay <url>', 'another way to the relay than the QR says')
    .addHelpText(
      'after',
      `
Answers with bytes sent and received (WebSocket headers included), round trips, ids gained and
given, both roots, and a code: ok, or why it ended. Exit code 0 only for ok.

Example:
  artel liquid sync --qr-image photo.jpg --mark`,
    );
  return command.action((options: SyncOptions) =>
    withFolder(context, command, async (folder) => {
      const text = await qrText(options);
      if (text === undefined) {
        throw new CliError('no QR is given', exitCodes.usage, 'Give --qr TEXT or --qr-image FILE.');
      }
      const met = await syncOnce(context, folder, text, options);
      tell(context, command, met);
      assertOk(met);
    }),
  );
}

async function syncOnce(
  context: CliContext,
  folder: Folder,
  text: string,
  options: SyncOptions,
): Promise<Met> {
  const { digestBytes, parseProducerDigest } = await import('../../../liquid/core/qr.ts');
  const { connectUrl } = await import('../../../liquid/relay/address.ts');
  const { sync } = await import('../../../liquid/peer/meet.ts');
  const bytes = granted(digestBytes(text.trim()));
  const digest = granted(parseProducerDigest(bytes, folder.now()));
  const url = granted(connectUrl(options.relay ?? digest.relay));
  if (options.mark === true) await markAs(folder, idOfKey(digest.key));
  const watch = watched(context);
  try {
    return await sync({
      folder,
      url,
      own: await consumerKey(folder, options.key),
      digest: bytes,
      terms: termsOf(options),
      hideTime: options.hideTime,
      signal: context.signal,
      onProgress: watch.session,
      onLoss: watch.loss,
    });
  } finally {
    watch.end();
  }
}

/** The owner's mark, dated by their own clock. */
export async function markAs(folder: Folder, id: Id): Promise<void> {
  const offer = { provenance: 'manual', id, day: folder.today } as const;
  await folder.registry.accept(self, [offer], folder.today);
}

async function consumerKey(folder: Folder, given: string | undefined): Promise<KeyPair> {
  if (given !== undefined) return (await keyOf(folder, given)).pair;
  const shown = await folder.shown();
  if (shown !== undefined) {
    const [key] = (await folder.keys.list()).filter(({ id }) => Buffer.from(id).equals(shown.id));
    if (key !== undefined) return key.pair;
  }
  const { generateKeyPair } = await import('../../../liquid/core/keys.ts');
  return generateKeyPair('ed25519');
}

function termsOf(options: MeetOptions): Terms {
  const { take, give, maxBytes } = options;
  const receipts = receiptWishes(options);
  const terms = { take, give, maxBytes: parseCount('--max-bytes', maxBytes, 1) };
  return receipts === undefined ? terms : { ...terms, receipts };
}

/** Undefined where nothing is wished: then receipts are not spoken of. */
function receiptWishes(options: MeetOptions): ReceiptWishes | undefined {
  const { askReceipts, receiptOf = [], giveReceipts, makeReceipt } = options;
  const ids = receiptOf.map(idOf);
  const told = typeof askReceipts === 'string' ? parseCount('--ask-receipts', askReceipts) : 256;
  const ask = Math.min(256, askReceipts === undefined ? ids.length : told);
  const wishes = { give: giveReceipts === true, ask, ids, make: makeReceipt === true };
  return wishes.give || wishes.make || ask > 0 ? wishes : undefined;
}

function tell(context: CliContext, command: Command, { outcome, traffic, seconds }: Met): void {
  const { code, report, refusal } = outcome;
  const { rounds, gained, given, refused, root, peerRoot, source, warm, receipts } = report;
  const { sent, received } = traffic;
  const told = {
    sent,
    received,
    rounds,
    gained,
    given,
    root,
    peerRoot,
    code,
    refused,
    seconds,
    source,
    warm,
    receipts,
  };
  answer(context, command, refusal === undefined ? told : { ...told, why: refusal.message });
}

function assertOk({ outcome }: Met): void {
  if (outcome.code === 'ok') return;
  const { refusal } = outcome;
  throw new CliError(
    `the session ended: ${refusal?.message ?? outcome.code}`,
    exitCodes.failed,
    refusal?.remedy,
  );
}

/** Tells a person who looks on how far it is; how much there will be, nobody knows before. */
function watched({ stderr }: CliContext) {
  let begun = false;
  const say = (line: string): void => {
    stderr.write(`${begun ? '\n' : ''}${line}\n`);
    begun = false;
  };
  return {
    joined: () => {
      if (stderr.isTTY === true) say('somebody has joined');
    },
    loss: () => say('the connection was lost; trying again'),
    session: ({ report }: Session) => {
      if (stderr.isTTY !== true) return;
      const exchanged = Math.ceil((report.sent + report.received) / 1024);
      stderr.write(`\r${exchanged} KiB exchanged, ${report.rounds} round trips `);
      begun = true;
    },
    end: () => {
      if (begun) stderr.write('\n');
    },
  };
}
