/** `artel proof`: proofs as documents that others can verify, and their verification here. */
import { Command } from 'commander';
import { ArtelNode } from '../../client/node.ts';
import { getProved, verifiedHeader } from '../../client/proved.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { readInput, writeDocument } from '../documents.ts';
import { type ProofDocument, proofDocuments, verifyDocuments } from '../proof-documents.ts';
import { print, settingsOf } from '../settings.ts';
import { type TrustOptions, trustFrom, trustOption } from '../trust-option.ts';
import { formatHex, parseHeight, parseHex, parseJson } from '../values.ts';

export function proofCommand(context: CliContext): Command {
  const proof = new Command('proof').description('take proofs away and verify them');
  proof.addCommand(exportCommand(context));
  proof.addCommand(verifyCommand(context));
  return proof;
}

function exportCommand(context: CliContext): Command {
  const command = new Command('export')
    .description('print the proof of a record, present or absent, as ICS23 documents')
    .requiredOption('--store <module>', 'name of the store')
    .requiredOption('--key <key>', 'key of the record, in hex')
    .option('--height <height>', 'state after this block (default: the latest that is signed)')
    .addOption(trustOption())
    .option('--output-document <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      `
Prints two documents, {"spec", "root", "key", "value", "proof"}: the record in its module, and the
module under the app hash; value is left out where the record is absent. The proof and the header of
the block after it have been verified.

Example:
  artel proof export --store bank --key 02 > proof.json`,
    );
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const { store, key, height, outputDocument, ...options } = command.opts<
      {
        store: string;
        key: string;
        height?: string;
        outputDocument?: string;
      } & TrustOptions
    >();
    const trust = trustFrom(options);
    const node = new ArtelNode(settings.node, { signal: context.signal, trust });
    const name = { store, key: parseHex('key', key) };
    const proved = await getProved(
      node,
      name,
      height === undefined ? undefined : parseHeight(height),
    );
    const { proofSpec } = await import('../../store/prove.ts');
    const { appHash } = proved.header.header;
    const documents = proofDocuments({ ...proved, appHash }, proofSpec);
    context.stderr.write(
      `state after block ${proved.height}; the app hash stands in header ${proved.height + 1}\n`,
    );
    await writeDocument(context, outputDocument, documents);
  });
}

function verifyCommand(context: CliContext): Command {
  const command = new Command('verify')
    .description('verify documents that `artel proof export` printed')
    .argument('<file>', 'the documents, or - for standard input')
    .option('--app-hash <hex>', 'the app hash that it must lead to')
    .option(
      '--height <height>',
      'state after this block: take the app hash from the header of --node',
    )
    .addOption(trustOption())
    .addHelpText('after', '\nExample:\n  artel proof verify proof.json --height 120');
  return command.action(async (file: string) => {
    const settings = settingsOf(context, command);
    const { appHash, height, ...options } = command.opts<
      { appHash?: string; height?: string } & TrustOptions
    >();
    const trust = trustFrom(options);
    if (trust !== undefined && height === undefined) {
      throw new CliError('--trusted-hash goes with --height', exitCodes.usage);
    }
    const json = parseJson(file, await readInput(context, file));
    const claim = verifyDocuments((Array.isArray(json) ? json : [json]) as ProofDocument[]);
    const found = formatHex(claim.appHash);
    let against = 'no header was asked for: compare the app hash with one that you trust';
    if (appHash !== undefined) {
      same(found, formatHex(parseHex('app hash', appHash)));
      against = 'it is the app hash that was given';
    }
    if (height !== undefined) {
      const node = new ArtelNode(settings.node, { signal: context.signal, trust });
      const { header, signedPower, totalPower } = await verifiedHeader(
        node,
        parseHeight(height) + 1,
      );
      same(found, formatHex(header.appHash));
      against = `it stands in header ${header.height}, which ${signedPower} of ${totalPower} voting power signed`;
    }
    const value = {
      verified: true,
      store: claim.store,
      key: formatHex(claim.key),
      value: claim.value === undefined ? null : formatHex(claim.value),
      app_hash: found,
    };
    const what =
      claim.value === undefined ? 'absent' : `present with the value ${formatHex(claim.value)}`;
    const text = `verified: key ${value.key} of store ${claim.store} is ${what}\nunder app hash ${found}; ${against}`;
    print(context, settings, value, text);
  });
}

function same(found: string, expected: string): void {
  if (found === expected) return;
  throw new CliError(
    `the proof leads to app hash ${found}, not to ${expected}`,
    exitCodes.failed,
    'Check the height: the app hash after block H stands in header H+1.',
  );
}
