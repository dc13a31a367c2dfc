/** From messages to a block: the one path that estimates, signs, asks, sends and waits. */
import type { EncodeObject } from '@cosmjs/proto-signing';
import type { Command } from 'commander';
import type { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { signBytes } from '../client/keys.ts';
import { ArtelNode, type Executed, NotYet } from '../client/node.ts';
import { Refused } from '../client/refusals.ts';
import {
  aminoSignBytes,
  directSignBytes,
  messagesOf,
  type SigningAccount,
  signerInfo,
  signersOf,
  txBytes,
  txToJson,
  unsignedTx,
  withSigner,
} from '../client/transactions.ts';
import { type CliContext, CliError, exitCodes } from './context.ts';
import { forPeople } from './for-people.ts';
import type { KeyEntry } from './key-file.ts';
import type { Keyring } from './keyring.ts';
import { formatJson } from './output.ts';
import { assertTerminal, confirm } from './prompt.ts';
import { openKeyring, print, type Settings, settingsOf } from './settings.ts';
import type { TxOptions } from './tx-options.ts';
import {
  feeOf,
  formatAmount,
  parseAmount,
  parseAnyAddress,
  parseCount,
  parseGasPrice,
  parseUint64,
} from './values.ts';

/** Gas of a transaction that can't be simulated because no node may be asked. */
const offlineGas = 200_000n;

/** Everything that one tx command works with. */
export class TxSession {
  readonly context: CliContext;
  readonly settings: Settings;
  readonly options: TxOptions;
  readonly node: ArtelNode;
  #keyring: Keyring | undefined;

  constructor(context: CliContext, command: Command) {
    this.context = context;
    this.settings = settingsOf(context, command);
    this.options = command.opts<TxOptions>();
    this.node = new ArtelNode(this.settings.node, { signal: context.signal });
  }

  get keyring(): Keyring {
    this.#keyring ??= openKeyring(this.context, this.settings);
    return this.#keyring;
  }

  /** The address that a name stands for; an address stands for itself. */
  async address(nameOrAddress: string): Promise<string> {
    const address = nameOrAddress.startsWith('artel1') ? parseAnyAddress(nameOrAddress) : undefined;
    return address ?? (await this.keyring.find(nameOrAddress)).address;
  }

  /** The address of --from. */
  async from(): Promise<string> {
    return this.address(required(this.options.from, '--from', 'the name of a key'));
  }

  /** Estimates, signs, asks, sends and waits, as far as the options say. */
  async submit(messages: readonly EncodeObject[]): Promise<void> {
    const { options } = this;
    const draft = await this.#draft(messages);
    if (options.dryRun === true) {
      const gasUsed = await this.node.simulate(await this.#forSimulation(draft));
      print(this.context, this.settings, { gas_used: gasUsed }, `gas used: ${gasUsed}`);
      return;
    }
    const tx = withCost(draft, await this.#gasLimit(draft), options);
    if (options.generateOnly === true) {
      this.context.stdout.write(`${formatJson(txToJson(tx))}\n`);
      return;
    }
    const signers = signersOf(tx);
    const key = await this.keyring.find(await this.from());
    const stranger = signers.find((signer) => signer !== key.address);
    if (stranger !== undefined) {
      throw new CliError(
        `${stranger} must sign this, too`,
        exitCodes.usage,
        'Use --generate-only, then `artel tx sign` with each key, then `artel tx broadcast`.',
      );
    }
    // Asked before it is signed: a refusal needs no passphrase.
    await this.confirm(tx);
    const signed = await this.sign(tx, key);
    await this.send(txBytes(signed));
  }

  /** The transaction with the signature of `key`, which must be the next of its signers. */
  async sign(tx: Tx, key: KeyEntry): Promise<Tx> {
    const { signMode: mode } = this.options;
    if (key.kind === 'multisig') {
      throw new CliError(
        `${key.name} is a multisig key`,
        exitCodes.usage,
        'Let its members run `artel tx sign --multisig`, then join with `artel tx multisign`.',
      );
    }
    const account = await this.account(key.address);
    const info = signerInfo(key.pubkey, mode, account.sequence);
    const bytes =
      mode === 'direct' ? directSignBytes(tx, info, account) : aminoSignBytes(tx, account);
    const secret = await this.keyring.privateKey(key.name);
    return withSigner(tx, info, signBytes(key.kind, secret, bytes));
  }

  /**
   * Chain id, number and sequence to sign for, from the options where given, else from the node.
   */
  async account(address: string): Promise<SigningAccount> {
    const { chainId, accountNumber, sequence, offline } = this.options;
    if (offline === true) {
      return {
        chainId: required(chainId, '--chain-id', 'the chain id'),
        accountNumber: parseUint64(
          'account number',
          required(accountNumber, '--account-number', 'its number'),
        ),
        sequence: parseUint64('sequence', required(sequence, '--sequence', 'its next sequence')),
      };
    }
    const found = await this.node.account(address);
    if (chainId !== undefined && chainId !== found.chainId) {
      throw new CliError(
        `the node is on ${found.chainId}, not on ${chainId}`,
        exitCodes.usage,
        'Check --node and --chain-id.',
      );
    }
    return {
      chainId: found.chainId,
      accountNumber:
        accountNumber === undefined
          ? found.accountNumber
          : parseUint64('account number', accountNumber),
      sequence: sequence === undefined ? found.sequence : parseUint64('sequence', sequence),
    };
  }

  /** Sends signed bytes; waits for the block unless told not to, and says how it went. */
  async send(bytes: Uint8Array): Promise<void> {
    const { wait, timeout } = this.options;
    const timeoutMs = parseCount('timeout', timeout, 1) * 1000;
    const hash = await this.node.broadcast(bytes);
    if (!wait) {
      print(this.context, this.settings, { hash }, `sent: ${hash}`);
      return;
    }
    this.context.stderr.write(`sent ${hash}, waiting for its block\n`);
    const done = await this.#wait(hash, timeoutMs);
    if (done.code !== 0) throw new Refused(done, { hash, height: done.height });
    print(this.context, this.settings, executedForm(done), executedText(done));
  }

  async #wait(hash: string, timeoutMs: number): Promise<Executed> {
    try {
      return await this.node.wait(hash, timeoutMs);
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      throw new CliError(error.message, exitCodes.failed, `Look again: artel query tx ${hash}`);
    }
  }

  async #draft(messages: readonly EncodeObject[]): Promise<Tx> {
    const { memo, timeoutHeight, feePayer, feeGranter } = this.options;
    return unsignedTx({
      messages,
      memo,
      timeoutHeight: parseUint64('timeout height', timeoutHeight),
      feeUhub: 0n,
      gasLimit: 0n,
      ...(feePayer === undefined ? {} : { feePayer: await this.address(feePayer) }),
      ...(feeGranter === undefined ? {} : { feeGranter: await this.address(feeGranter) }),
    });
  }

  async #gasLimit(draft: Tx): Promise<bigint> {
    const { gas, gasAdjustment, offline } = this.options;
    if (gas !== 'auto') return parseUint64('gas limit', gas);
    if (offline === true) return offlineGas;
    const factor = Number(gasAdjustment);
    if (!(factor >= 1 && factor <= 10)) {
      throw new CliError(`--gas-adjustment ${gasAdjustment} is not from 1 to 10`, exitCodes.usage);
    }
    const used = await this.node.simulate(await this.#forSimulation(draft));
    return (used * BigInt(Math.ceil(factor * 1000))) / 1000n + 1n;
  }

  /** A transaction as it will look, with empty signatures: only then the gas comes out right. */
  async #forSimulation(draft: Tx): Promise<Tx> {
    let tx = draft;
    for (const signer of signersOf(draft)) {
      const { sequence } = await this.account(signer);
      const key = await this.keyring.find(signer).catch(() => undefined);
      const info =
        key === undefined
          ? { ...signerInfo(placeholderKey, 'direct', sequence) }
          : signerInfo(key.pubkey, 'direct', sequence);
      tx = withSigner(tx, info, new Uint8Array(64));
    }
    return tx;
  }

  /** Shows what is about to be sent and asks, unless told not to. */
  async confirm(tx: Tx): Promise<void> {
    if (this.options.yes === true) return;
    assertTerminal(this.context);
    const fee = tx.authInfo?.fee;
    const cost = BigInt(fee?.amount[0]?.amount ?? '0');
    const names = messagesOf(tx).map(({ typeUrl }) => typeUrl.split('.').at(-1) ?? typeUrl);
    const { body } = txToJson(tx) as { readonly body: { readonly messages: unknown } };
    this.context.stderr.write(`${formatJson(body.messages)}\n`);
    const question = `Send ${names.join(', ')} with a fee of ${formatAmount(cost)} and up to ${fee?.gasLimit ?? 0n} gas?`;
    if (!(await confirm(this.context, question))) {
      throw new CliError('nothing was sent', exitCodes.interrupted);
    }
  }
}

/** Stands in for the key of a signer that is not in the keyring; its size is all that counts. */
const placeholderKey = {
  type: 'tendermint/PubKeySecp256k1',
  value: Buffer.concat([Uint8Array.of(2), Buffer.alloc(32, 1)]).toString('base64'),
};

function withCost(draft: Tx, gasLimit: bigint, { fees, gasPrices }: TxOptions): Tx {
  if (fees !== undefined && gasPrices !== undefined) {
    throw new CliError('--fees and --gas-prices exclude each other', exitCodes.usage);
  }
  const feeUhub =
    fees !== undefined
      ? parseAmount(fees)
      : gasPrices !== undefined
        ? feeOf(parseGasPrice(gasPrices), gasLimit)
        : 0n;
  const { body } = draft;
  return unsignedTx({
    messages: messagesOf(draft),
    memo: body?.memo ?? '',
    timeoutHeight: body?.timeoutHeight ?? 0n,
    feePayer: draft.authInfo?.fee?.payer ?? '',
    feeGranter: draft.authInfo?.fee?.granter ?? '',
    feeUhub,
    gasLimit,
  });
}

/** What `-o json` prints of a transaction in a block. */
export function executedForm(done: Executed): Record<string, unknown> {
  const { bytes: _bytes, gasWanted, gasUsed, ...rest } = done;
  return { ...rest, gas_wanted: gasWanted, gas_used: gasUsed };
}

function executedText({ hash, height, gasUsed, gasWanted, events }: Executed): string {
  const facts = events.filter(({ type }) => type.startsWith('artel.'));
  return [
    `hash    ${hash}`,
    `height  ${height}`,
    'code    0 (done)',
    `gas     ${gasUsed} of ${gasWanted}`,
    ...facts.map(({ type, attributes }) => {
      const named = attributes
        .filter(({ key }) => key !== 'msg_index')
        .map(({ key, value }) => [key, value]);
      const fields = Object.entries(forPeople(Object.fromEntries(named)) as object);
      const words = fields.map(([key, value]) => `${key}=${value}`);
      return `event   ${type.split('.').at(-1)} ${words.join(' ')}`;
    }),
  ].join('\n');
}

function required(value: string | undefined, option: string, what: string): string {
  if (value !== undefined) return value;
  throw new CliError(`${option} is missing`, exitCodes.usage, `Give ${what} by ${option}.`);
}
