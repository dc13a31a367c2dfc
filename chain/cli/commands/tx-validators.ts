/** `artel tx validators`: what a validator's owner says, with the proofs and defaults filled in. */
import { readFile } from 'node:fs/promises';
import { ed25519 } from '@noble/curves/ed25519.js';
import { Argument, Command } from 'commander';
import { registrationBytes } from '../../client/registration.ts';
import { nodeHome } from '../../node/home.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { TxSession } from '../transact.ts';
import { txOptions } from '../tx-options.ts';
import { parseAmount, parseCount, parseHeight, parseJson, parseUint64 } from '../values.ts';

const url = (name: string): string => `/artel.validators.v1.${name}`;

/** Messages that the commands here send, so that no generic command stands beside them. */
export const validatorMessages = ['MsgRegisterValidator', 'MsgProposeChange', 'MsgVoteChange'];

export function validatorCommands(context: CliContext): readonly Command[] {
  return [
    registerCommand(context),
    proposeParametersCommand(context),
    proposeUpgradeCommand(context),
    voteCommand(context),
  ];
}

function registerCommand(context: CliContext): Command {
  const command = new Command('register')
    .description('become a validator: bond tokens and prove that the consensus key is yours')
    .argument('<bond>', 'such as 1000hub; each whole hub is a vote')
    .option('--validator-key <file>', 'consensus key (default: priv_validator_key.json of --home)')
    .addHelpText('after', '\nExample:\n  artel tx validators register 1000hub --from alice');
  return txOptions(command).action(async (bond: string) => {
    const session = new TxSession(context, command);
    const { validatorKey } = command.opts<{ validatorKey?: string }>();
    const file = validatorKey ?? nodeHome(session.settings.home).validatorKeyFile;
    const secret = await readConsensusKey(file);
    const owner = await session.from();
    const chainId = session.options.chainId ?? (await session.node.chainId());
    const claim = registrationBytes(chainId, owner);
    const value = {
      owner,
      pubKey: ed25519.getPublicKey(secret),
      proof: ed25519.sign(claim, secret),
      bondUhub: parseAmount(bond),
    };
    await session.submit([{ typeUrl: url('MsgRegisterValidator'), value }]);
  });
}

async function readConsensusKey(file: string): Promise<Uint8Array> {
  const json = parseJson(file, await readFile(file, 'utf8')) as {
    readonly priv_key?: { readonly type?: string; readonly value?: string };
  };
  const bytes = Buffer.from(json.priv_key?.value ?? '', 'base64');
  if (json.priv_key?.type !== 'tendermint/PrivKeyEd25519' || bytes.length !== 64) {
    throw new CliError(`${file} holds no ed25519 consensus key`, exitCodes.usage);
  }
  return bytes.subarray(0, 32);
}

function proposeParametersCommand(context: CliContext): Command {
  const command = new Command('propose-parameters')
    .description('propose other parameters of a module, to be voted on by the validators')
    .argument('<module>', 'such as trust')
    .argument('<json>', 'an object of the parameters that change')
    .option('--summary <text>', 'why, in at most 280 bytes', '')
    .addHelpText(
      'after',
      `
Example:
  artel tx validators propose-parameters trust '{"noticeMs": "3456000000"}' --from alice`,
    );
  return txOptions(command).action(async (module: string, json: string) => {
    const session = new TxSession(context, command);
    parseJson('the parameters', json);
    const value = {
      proposer: await session.from(),
      summary: command.opts<{ summary: string }>().summary,
      parameters: { module, json },
    };
    await session.submit([{ typeUrl: url('MsgProposeChange'), value }]);
  });
}

function proposeUpgradeCommand(context: CliContext): Command {
  const command = new Command('propose-upgrade')
    .description('propose that the chain runs another version of the application from a height on')
    .argument('<height>', 'first height of the new version')
    .argument('<app-version>', 'its number')
    .option('--summary <text>', 'why, in at most 280 bytes', '')
    .addHelpText(
      'after',
      '\nExample:\n  artel tx validators propose-upgrade 500000 2 --from alice',
    );
  return txOptions(command).action(async (height: string, version: string) => {
    const session = new TxSession(context, command);
    const value = {
      proposer: await session.from(),
      summary: command.opts<{ summary: string }>().summary,
      upgrade: {
        height: BigInt(parseHeight(height)),
        appVersion: BigInt(parseCount('version', version, 1)),
      },
    };
    await session.submit([{ typeUrl: url('MsgProposeChange'), value }]);
  });
}

function voteCommand(context: CliContext): Command {
  const command = new Command('vote')
    .description('vote on a proposed change, with the power of the validator')
    .argument('<change>', 'its number')
    .addArgument(new Argument('<vote>', 'which way').choices(['yes', 'no']))
    .addHelpText('after', '\nExample:\n  artel tx validators vote 3 yes --from alice');
  return txOptions(command).action(async (change: string, vote: string) => {
    const session = new TxSession(context, command);
    const value = {
      voter: await session.from(),
      change: parseUint64('change', change),
      yes: vote === 'yes',
    };
    await session.submit([{ typeUrl: url('MsgVoteChange'), value }]);
  });
}
