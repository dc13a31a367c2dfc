/** `artel query`: reads of state, blocks and transactions; and `artel status`. */

import { Command } from 'commander';
import { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { ArtelNode, type Executed } from '../../client/node.ts';
import { refusalRule } from '../../client/refusals.ts';
import { queries } from '../../client/registry.ts';
import { txToJson } from '../../client/transactions.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { readable } from '../documents.ts';
import { formatTable } from '../output.ts';
import { proveRecord } from '../prove-answer.ts';
import { queryCommand as moduleQueryCommand } from '../query-commands.ts';
import { print, settingsOf } from '../settings.ts';
import { executedForm } from '../transact.ts';
import { type TrustOptions, trustFrom, trustOption } from '../trust-option.ts';
import { parseCount, parseHeight, parseHex } from '../values.ts';
import { explainCommand, explainPath } from './query-explain.ts';
import { hoursCommand, hoursPath } from './query-hours.ts';
import { ownersCommand } from './query-owners.ts';
import { statementCommand, statementPath } from './query-statement.ts';

/** Queries with a command written for them. */
const byHand = [statementPath, explainPath, hoursPath];

export function queryCommand(context: CliContext): Command {
  const query = new Command('query').alias('q').description('read state, blocks and transactions');
  for (const name of new Set(queries.map(({ module }) => module))) {
    const module = new Command(name).description(`queries of the module ${name}`);
    // Where the Cosmos SDK has them.
    if (name === 'accounts') module.alias('auth');
    for (const one of queries) {
      if (one.module !== name || byHand.includes(one.path)) continue;
      module.addCommand(moduleQueryCommand(context, one));
    }
    if (name === 'coupons') module.addCommand(statementCommand(context));
    if (name === 'trust') module.addCommand(ownersCommand(context));
    if (name === 'production') {
      module.addCommand(explainCommand(context));
      module.addCommand(hoursCommand(context));
    }
    query.addCommand(module);
  }
  query.addCommand(transactionCommand(context));
  query.addCommand(transactionsCommand(context));
  query.addCommand(blockCommand(context));
  query.addCommand(storeCommand(context));
  return query.addHelpText(
    'after',
    `
--height reads the state after an older block, as long as the node keeps it. --prove fetches the
record with a proof, verifies it here against the header of the next block, and says so.

Examples:
  artel query bank balance artel1... --prove
  artel query trust edge 1 2 --height 100
  artel query txs --events "message.sender='artel1...'"
  artel query tx 6B1F...`,
  );
}

function transactionCommand(context: CliContext): Command {
  const command = new Command('tx')
    .description('a transaction by its hash')
    .argument('<hash>', '64 hex digits');
  return command.action(async (text: string) => {
    const hash = text.replace(/^0x/i, '');
    if (!/^[0-9a-f]{64}$/i.test(hash)) {
      throw new CliError(
        `"${text}" is no hash of a transaction`,
        exitCodes.usage,
        '64 hex digits.',
      );
    }
    const settings = settingsOf(context, command);
    const node = new ArtelNode(settings.node, { signal: context.signal });
    const found = await node.transaction(hash);
    if (found === undefined) {
      throw new CliError(
        `no block holds transaction ${hash.toUpperCase()}`,
        exitCodes.failed,
        'It may wait still, or its check failed; or the node does not index transactions.',
      );
    }
    print(context, settings, withDocument(found));
  });
}

function withDocument(found: Executed): Record<string, unknown> {
  const rule = found.code === 0 ? undefined : refusalRule(found.codespace, found.code);
  const refused = rule === undefined ? {} : { refusal: rule.name, remedy: rule.remedy };
  return { ...executedForm(found), ...refused, tx: txToJson(Tx.decode(found.bytes)) };
}

function transactionsCommand(context: CliContext): Command {
  const command = new Command('txs')
    .description('search transactions by their events')
    .requiredOption('--events <query>', 'such as "message.sender=\'artel1...\' AND tx.height>5"')
    .option('--page <n>', 'which page', '1')
    .option('--limit <n>', 'transactions a page, at most 100', '30')
    .option('--oldest-first', 'oldest first');
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const { events, page, limit, oldestFirst } = command.opts<{
      events: string;
      page: string;
      limit: string;
      oldestFirst?: boolean;
    }>();
    const node = new ArtelNode(settings.node, { signal: context.signal });
    const found = await node.search(events, {
      page: parseCount('page', page, 1),
      perPage: parseCount('limit', limit, 1),
      newestFirst: oldestFirst !== true,
    });
    const rows = formatTable(
      ['height', 'code', 'gas', 'messages', 'hash'],
      found.transactions.map((one) => [
        String(one.height),
        one.code === 0 ? '0' : `${one.codespace}/${one.code}`,
        String(one.gasUsed),
        messageNames(one.bytes),
        one.hash,
      ]),
    );
    const table = `${rows}\n${found.transactions.length} of ${found.total}`;
    const value = { total: found.total, txs: found.transactions.map(withDocument) };
    print(context, settings, value, table);
  });
}

function messageNames(bytes: Uint8Array): string {
  const tx = readable('a transaction', () => Tx.decode(bytes));
  const names = (tx.body?.messages ?? []).map(
    ({ typeUrl }) => typeUrl.split('.').at(-1) ?? typeUrl,
  );
  return [...new Set(names)].map((name) => counted(name, names)).join(' ');
}

function counted(name: string, names: readonly string[]): string {
  const count = names.filter((other) => other === name).length;
  return count === 1 ? name : `${count}x${name}`;
}

function blockCommand(context: CliContext): Command {
  const command = new Command('block')
    .description('a block by its height')
    .argument('[height]', 'default: the latest');
  return command.action(async (text: string | undefined) => {
    const settings = settingsOf(context, command);
    const node = new ArtelNode(settings.node, { signal: context.signal });
    const height = text === undefined ? undefined : parseHeight(text);
    const { blockId, block } = await node.comet.block(height);
    const { header } = block;
    print(context, settings, {
      height: header.height,
      hash: hexOf(blockId.hash),
      chain_id: header.chainId,
      time: header.time.toISOString(),
      app_hash: hexOf(header.appHash),
      app_version: header.version.app,
      proposer: hexOf(header.proposerAddress),
      signatures: block.lastCommit?.signatures.length ?? 0,
      txs: block.txs.map((bytes) => ({ bytes: bytes.length, messages: messageNames(bytes) })),
    });
  });
}

function storeCommand(context: CliContext): Command {
  const command = new Command('store')
    .description('a raw record of a module, always with its proof')
    .argument('<module>', 'name of the store')
    .argument('<key>', 'its key, in hex')
    .option('--height <height>', 'read the state after this block')
    .addOption(trustOption());
  return command.action(async (store: string, key: string) => {
    const { height, ...options } = command.opts<{ height?: string } & TrustOptions>();
    const settings = settingsOf(context, command);
    const trust = trustFrom(options);
    const node = new ArtelNode(settings.node, { signal: context.signal, trust });
    const at = height === undefined ? undefined : parseHeight(height);
    await proveRecord(context, settings, node, { store, key: parseHex('key', key) }, at);
  });
}

export function statusCommand(context: CliContext): Command {
  const command = new Command('status').description('how the node is doing');
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const node = new ArtelNode(settings.node, { signal: context.signal });
    const [{ nodeInfo, syncInfo, validatorInfo }, application] = await Promise.all([
      node.comet.status(),
      node.comet.abciInfo(),
    ]);
    print(context, settings, {
      chain_id: nodeInfo.network,
      moniker: nodeInfo.moniker,
      node_id: hexOf(nodeInfo.id).toLowerCase(),
      version: nodeInfo.version,
      application: application.data ?? '',
      height: syncInfo.latestBlockHeight,
      time: syncInfo.latestBlockTime.toISOString(),
      app_hash: hexOf(syncInfo.latestAppHash),
      committed_height: application.lastBlockHeight ?? 0,
      catching_up: syncInfo.catchingUp,
      voting_power: validatorInfo.votingPower,
      validator: hexOf(validatorInfo.address),
    });
  });
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
