/** The options that the `artel tx` commands share, by what they are about. */
import { type Command, Option } from 'commander';
import type { SignModeName } from '../client/transactions.ts';

/** Options of every command that makes a transaction, as commander names them. */
export interface TxOptions {
  readonly from?: string;
  readonly fees?: string;
  readonly gas: string;
  readonly gasAdjustment: string;
  readonly gasPrices?: string;
  readonly memo: string;
  readonly timeoutHeight: string;
  readonly feePayer?: string;
  readonly feeGranter?: string;
  readonly signMode: SignModeName;
  readonly chainId?: string;
  readonly accountNumber?: string;
  readonly sequence?: string;
  readonly offline?: boolean;
  readonly generateOnly?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait: boolean;
  readonly timeout: string;
}

/** `--from`, where the account is not named otherwise. */
export function fromOption(command: Command): Command {
  return command.option('--from <key>', 'who signs: the name or address of a key');
}

/** How much it may cost and when it must be in. */
export function costOptions(command: Command): Command {
  return command
    .option('--fees <amount>', 'fee, such as 0.002hub (default: gas times --gas-prices)')
    .option('--gas <limit>', 'gas limit, or auto to simulate', 'auto')
    .option('--gas-adjustment <factor>', 'what auto multiplies the simulated gas by', '1.3')
    .option('--gas-prices <price>', 'fee for one unit of gas, such as 0.001uhub')
    .option('--memo <text>', 'a note for all to read', '')
    .option('--timeout-height <height>', 'refuse it above this height', '0')
    .option('--fee-payer <address>', 'account that pays the fee, and must sign too')
    .option('--fee-granter <address>', 'account that pays the fee by an allowance it has granted')
    .option('--generate-only', 'print the unsigned transaction, for `artel tx sign`')
    .option('--dry-run', 'simulate only: nothing is signed or sent');
}

/** How it is signed. */
export function signOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--sign-mode <mode>', 'what the signature covers')
        .choices(['direct', 'amino'])
        .default('direct'),
    )
    .option('--chain-id <id>', 'chain to sign for (default: asked of the node)')
    .option('--account-number <n>', 'number of the account (default: asked of the node)')
    .option('--sequence <n>', 'sequence to sign with (default: asked of the node)')
    .option('--offline', 'ask no node: needs --chain-id, --account-number and --sequence');
}

/** What happens after it is signed. */
export function sendOptions(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask before sending')
    .option('--wait', 'wait until a block holds it (the default)', true)
    .option('--no-wait', 'print the hash as soon as the node has taken it')
    .option('--timeout <seconds>', 'how long to wait', '60');
}

/** All of them. */
export function txOptions(command: Command): Command {
  return transferOptions(fromOption(command));
}

/** All but `--from`, where an argument already says who signs. */
export function transferOptions(command: Command): Command {
  return sendOptions(signOptions(costOptions(command)));
}
