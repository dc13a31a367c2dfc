/**
 * `artel tx`: everything that a transaction can carry, and signing, joining and sending by hand.
 */
import type { EncodeObject } from '@cosmjs/proto-signing';
import { Command } from 'commander';
import { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { anyFromJson } from '../../client/proto-json.ts';
import { messages, registry } from '../../client/registry.ts';
import { coinsOf, txBytes, txToJson } from '../../client/transactions.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { readable, readInput, readTx } from '../documents.ts';
import { messageCommand } from '../message-commands.ts';
import { print, settingsOf } from '../settings.ts';
import { TxSession } from '../transact.ts';
import { sendOptions, transferOptions, txOptions } from '../tx-options.ts';
import { parseBytes, parseJson, parsePositive } from '../values.ts';
import { feegrantCommands, feegrantMessages } from './tx-feegrant.ts';
import { multisignCommand, signCommand } from './tx-sign.ts';
import { validatorCommands, validatorMessages } from './tx-validators.ts';

/** Messages with a command written for them; a final revision is unsigned: `artel reviser`. */
const byHand = [
  'MsgSend',
  'MsgMultiSend',
  'MsgFinalRevision',
  ...feegrantMessages,
  ...validatorMessages,
];

const written: Readonly<Record<string, (context: CliContext) => readonly Command[]>> = {
  bank: (context) => [sendCommand(context), multiSendCommand(context)],
  feegrant: feegrantCommands,
  validators: validatorCommands,
};

export function txCommand(context: CliContext): Command {
  const tx = new Command('tx').description('make, sign and send transactions');
  for (const name of new Set(messages.map(({ module }) => module))) {
    const module = new Command(name).description(`transactions of the module ${name}`);
    for (const command of written[name]?.(context) ?? []) module.addCommand(command);
    for (const message of messages) {
      if (message.module !== name || byHand.includes(message.name)) continue;
      module.addCommand(messageCommand(context, message));
    }
    tx.addCommand(module);
  }
  tx.addCommand(messagesCommand(context));
  tx.addCommand(signCommand(context));
  tx.addCommand(multisignCommand(context));
  tx.addCommand(broadcastCommand(context));
  tx.addCommand(decodeCommand(context));
  return tx.addHelpText(
    'after',
    `
Examples:
  artel tx bank send alice artel1... 12hub
  artel tx bank send alice bob 0.5hub --fees 0.002hub --memo 'for bread' -y
  artel tx bank send board alice 1hub --generate-only > unsigned.json
  artel tx sign unsigned.json --from alice --multisig board > alice.json
  artel tx multisign unsigned.json board alice.json bob.json > signed.json
  artel tx broadcast signed.json`,
  );
}

function sendCommand(context: CliContext): Command {
  const command = new Command('send')
    .description('send tokens')
    .argument('<from>', 'whose tokens: the name or address of a key')
    .argument('<to>', 'address, or the name of a key')
    .argument('<amount>', 'such as 12hub, 0.5hub or 12000000uhub')
    .addHelpText('after', '\nExample:\n  artel tx bank send alice artel1... 12hub');
  return transferOptions(command).action(async (from: string, to: string, amount: string) => {
    command.setOptionValue('from', from);
    const session = new TxSession(context, command);
    const value = {
      fromAddress: await session.from(),
      toAddress: await session.address(to),
      amount: coinsOf(parsePositive(amount)),
    };
    await session.submit([{ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value }]);
  });
}

function multiSendCommand(context: CliContext): Command {
  const command = new Command('multi-send')
    .description('send tokens to several accounts at once')
    .argument('<from>', 'whose tokens: the name or address of a key')
    .argument('<to=amount...>', 'address or name of a key, =, amount')
    .addHelpText('after', '\nExample:\n  artel tx bank multi-send alice bob=1hub carol=0.5hub');
  return transferOptions(command).action(async (from: string, shares: readonly string[]) => {
    command.setOptionValue('from', from);
    const session = new TxSession(context, command);
    const address = await session.from();
    let total = 0n;
    const outputs: unknown[] = [];
    for (const share of shares) {
      const at = share.indexOf('=');
      if (at < 1) {
        throw new CliError(`"${share}" is not to=amount`, exitCodes.usage, 'Write bob=1.5hub.');
      }
      const amount = parsePositive(share.slice(at + 1));
      total += amount;
      outputs.push({ address: await session.address(share.slice(0, at)), coins: coinsOf(amount) });
    }
    const value = { inputs: [{ address, coins: coinsOf(total) }], outputs };
    await session.submit([{ typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend', value }]);
  });
}

function messagesCommand(context: CliContext): Command {
  const command = new Command('messages')
    .description('send messages from a JSON file in one transaction: all or nothing')
    .argument('<file>', 'a list of messages with "@type", or - for standard input')
    .addHelpText(
      'after',
      `
The file holds for example
  [{"@type": "/artel.trust.v1.MsgSignTrust", "signer": "artel1...", "from": "1", "to": "2"}]`,
    );
  return txOptions(command).action(async (file: string) => {
    const session = new TxSession(context, command);
    const json = parseJson(file, await readInput(context, file));
    const list = Array.isArray(json) ? json : [json];
    const sent = list.map((entry): EncodeObject => {
      const any = readable(file, () => anyFromJson(entry));
      return { typeUrl: any.typeUrl, value: registry.decode(any) };
    });
    await session.submit(sent);
  });
}

function broadcastCommand(context: CliContext): Command {
  const command = new Command('broadcast')
    .description('send a signed transaction')
    .argument('<file>', 'signed JSON document, or - for standard input');
  return sendOptions(command).action(async (file: string) => {
    const tx = await readTx(context, file);
    if (tx.signatures.length === 0) {
      throw new CliError(`${file} is not signed`, exitCodes.usage, 'Sign it with `artel tx sign`.');
    }
    const session = new TxSession(context, command);
    await session.confirm(tx);
    await session.send(txBytes(tx));
  });
}

function decodeCommand(context: CliContext): Command {
  const command = new Command('decode')
    .description('show a transaction that is given as bytes')
    .argument('<bytes>', 'base64, or hex with 0x');
  return command.action(async (text: string) => {
    const bytes = parseBytes('transaction', text);
    const tx = readable('the transaction', () => Tx.decode(bytes));
    print(context, settingsOf(context, command), txToJson(tx));
  });
}
