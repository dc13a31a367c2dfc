/** `artel tx sign` and `artel tx multisign`: signatures by hand, one machine at a time. */
import type { MultisigThresholdPubkey } from '@cosmjs/amino';
import { encodePubkey } from '@cosmjs/proto-signing';
import { Command } from 'commander';
import { MultiSignature } from 'cosmjs-types/cosmos/crypto/multisig/v1beta1/multisig';
import type { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { addressOf, signBytes } from '../../client/keys.ts';
import { anyFromJson, anyToJson } from '../../client/proto-json.ts';
import {
  aminoSignBytes,
  multisigInfo,
  signersOf,
  txToJson,
  withSigner,
} from '../../client/transactions.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { readable, readInput, readTx, writeDocument } from '../documents.ts';
import { TxSession } from '../transact.ts';
import { fromOption, signOptions } from '../tx-options.ts';
import { parseJson } from '../values.ts';

/** The signature of one member of a multisig key, between `sign --multisig` and `multisign`. */
interface MemberSignature {
  readonly public_key: unknown;
  readonly sequence: string;
  readonly signature: string;
}

export function signCommand(context: CliContext): Command {
  const command = new Command('sign')
    .description('sign a transaction document')
    .argument('<file>', 'what --generate-only printed, or - for standard input')
    .option('--multisig <key>', 'sign as a member of this multisig key (name or address)')
    .option('--output-document <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      `
Where a transaction has several signers, each signs in turn, with --sign-mode amino, in the order that
the error message names.

Examples:
  artel tx sign unsigned.json --from alice > signed.json
  artel tx sign unsigned.json --from alice --multisig board > alice.json`,
    );
  return signOptions(fromOption(command)).action(async (file: string) => {
    const session = new TxSession(context, command);
    const { multisig, outputDocument } = command.opts<{
      multisig?: string;
      outputDocument?: string;
    }>();
    const tx = await readTx(context, file);
    const document =
      multisig === undefined
        ? txToJson(await signNext(session, tx))
        : await signAsMember(session, tx, multisig);
    await writeDocument(context, outputDocument, document);
  });
}

async function signNext(session: TxSession, tx: Tx): Promise<Tx> {
  const key = await session.keyring.find(await session.from());
  const signers = signersOf(tx);
  const next = signers[tx.signatures.length];
  if (next !== key.address) {
    throw new CliError(
      next === undefined
        ? `all ${signers.length} signers have signed already`
        : `the next to sign is ${next}, not ${key.name} (${key.address})`,
      exitCodes.usage,
      next === undefined ? 'Send it with `artel tx broadcast`.' : 'Check --from.',
    );
  }
  if (signers.length > 1 && session.options.signMode === 'direct') {
    throw new CliError(
      `this transaction has ${signers.length} signers, and sign mode direct would cover them all`,
      exitCodes.usage,
      'Let each sign with --sign-mode amino.',
    );
  }
  return session.sign(tx, key);
}

async function signAsMember(
  session: TxSession,
  tx: Tx,
  multisig: string,
): Promise<MemberSignature> {
  const key = await session.keyring.find(await session.from());
  if (key.kind === 'multisig') throw new CliError(`${key.name} can't be a member`, exitCodes.usage);
  const address = await session.address(multisig);
  if (!signersOf(tx).includes(address)) {
    throw new CliError(`${address} does not sign this transaction`, exitCodes.usage);
  }
  const account = await session.account(address);
  const secret = await session.keyring.privateKey(key.name);
  return {
    public_key: anyToJson(encodePubkey(key.pubkey)),
    sequence: account.sequence.toString(),
    signature: Buffer.from(signBytes(key.kind, secret, aminoSignBytes(tx, account))).toString(
      'base64',
    ),
  };
}

export function multisignCommand(context: CliContext): Command {
  const command = new Command('multisign')
    .description('join signatures of members to the signature of a multisig key')
    .argument('<file>', 'the unsigned transaction')
    .argument('<key>', 'the multisig key, by name or address')
    .argument('<signatures...>', 'what the members printed with `sign --multisig`')
    .option('--output-document <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      '\nExample:\n  artel tx multisign unsigned.json board alice.json bob.json > signed.json',
    );
  return signOptions(command).action(
    async (file: string, name: string, signatureFiles: readonly string[]) => {
      const session = new TxSession(context, command);
      const tx = await readTx(context, file);
      const key = await session.keyring.find(name);
      if (key.kind !== 'multisig') {
        throw new CliError(`${key.name} is no multisig key`, exitCodes.usage);
      }
      const given: MemberSignature[] = [];
      for (const path of signatureFiles) {
        given.push(parseJson(path, await readInput(context, path)) as MemberSignature);
      }
      const joined = join(tx, key.pubkey as MultisigThresholdPubkey, given);
      const { outputDocument } = command.opts<{ outputDocument?: string }>();
      await writeDocument(context, outputDocument, txToJson(joined));
    },
  );
}

function join(tx: Tx, pubkey: MultisigThresholdPubkey, given: readonly MemberSignature[]): Tx {
  const { threshold, pubkeys } = pubkey.value;
  const byMember = new Map<string, MemberSignature>();
  for (const signature of given) {
    const any = readable('a signature', () => anyFromJson(signature.public_key));
    byMember.set(Buffer.from(any.value).toString('hex'), signature);
  }
  const inOrder = pubkeys.map((member) => {
    const id = Buffer.from(encodePubkey(member).value).toString('hex');
    const found = byMember.get(id);
    byMember.delete(id);
    return found;
  });
  if (byMember.size > 0) {
    throw new CliError('a signature is not of a member of this key', exitCodes.usage);
  }
  const present = inOrder.filter((signature) => signature !== undefined);
  if (present.length < Number(threshold)) {
    throw new CliError(
      `${present.length} of the ${threshold} signatures needed are given`,
      exitCodes.usage,
      `Members are ${pubkeys.map(addressOf).join(', ')}.`,
    );
  }
  const [first] = present;
  if (first === undefined || present.some(({ sequence }) => sequence !== first.sequence)) {
    throw new CliError('the members signed for different sequences', exitCodes.usage);
  }
  const info = multisigInfo(
    pubkey,
    inOrder.map((signature) => signature !== undefined),
    BigInt(first.sequence),
  );
  const signature = MultiSignature.encode({
    signatures: present.map(({ signature: bytes }) => Buffer.from(bytes, 'base64')),
  }).finish();
  return withSigner(tx, info, signature);
}
