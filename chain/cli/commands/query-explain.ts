/** `artel query production explain`: where the value of a lot comes from, step by step. */
import { instance } from '@viz-js/viz';
import { Command } from 'commander';
import { QueryExplainResponse } from '../../../proto/generated/artel/production/v1/query.ts';
import { type Explanation, explanationOf, provedExplanation } from '../../client/explanation.ts';
import { ArtelNode } from '../../client/node.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { explanationDot, explanationTable } from '../explanation-text.ts';
import { print, type Settings, settingsOf } from '../settings.ts';
import { type TrustOptions, trustFrom, trustOption } from '../trust-option.ts';
import { formatHex, parseHeight, parseUint64 } from '../values.ts';

export { explainPath } from '../../client/explanation.ts';

interface Options extends TrustOptions {
  readonly height?: string;
  readonly prove?: true;
  readonly dot?: true;
  readonly svg?: true;
}

export function explainCommand(context: CliContext): Command {
  return new Command('explain')
    .argument('<lot>', 'id of the lot')
    .description('where the value of a lot comes from: each step, its rounding, who keeps the rest')
    .option('--prove', 'prove each record that it was computed from, and compute it again here')
    .addOption(trustOption())
    .option('--dot', 'its graph, as text for Graphviz')
    .option('--svg', 'its graph, as a picture')
    .option('--height <height>', 'read the state after this block')
    .action(async (text: string, _options: unknown, command: Command) => {
      const settings = settingsOf(context, command);
      const options = command.opts<Options>();
      refuseTwo(settings, options);
      const trust = trustFrom(options);
      if (trust !== undefined && options.prove !== true) {
        throw new CliError('--trusted-hash goes with --prove', exitCodes.usage);
      }
      const node = new ArtelNode(settings.node, { signal: context.signal, trust });
      const height = options.height === undefined ? undefined : parseHeight(options.height);
      const read = options.prove === true ? provedExplanation : explanationOf;
      await show(context, settings, options, await read(node, parseUint64('lot', text), height));
    })
    .addHelpText(
      'after',
      `
Values are labour time. The exact value of a step is a fraction of milliseconds; what is booked is
whole, and the table says who keeps the remainder. What came from a shelf has the average value of
its pool, and is not followed further.

Examples:
  artel query production explain 7
  artel query production explain 7 --prove -o json
  artel query production explain 7 --svg > lot-7.svg`,
    );
}

function refuseTwo(settings: Settings, { dot, svg }: Options): void {
  const formats = [dot && '--dot', svg && '--svg', settings.output === 'json' && '-o json'];
  const given = formats.filter((format) => typeof format === 'string');
  if (given.length < 2) return;
  throw new CliError(
    `${given.join(' and ')} are two formats`,
    exitCodes.usage,
    'Give one of them.',
  );
}

async function show(
  context: CliContext,
  settings: Settings,
  { dot, svg }: Options,
  explanation: Explanation,
): Promise<void> {
  const { height, proof } = explanation;
  if (dot === true) {
    context.stdout.write(explanationDot(explanation));
    return;
  }
  if (svg === true) {
    const graphviz = await instance();
    context.stdout.write(graphviz.renderString(explanationDot(explanation), { format: 'svg' }));
    return;
  }
  const proved = proof && {
    verified: true,
    records: proof.records,
    app_hash: formatHex(proof.header.header.appHash).toUpperCase(),
    header_height: proof.header.header.height,
    signed_power: proof.header.signedPower,
    total_power: proof.header.totalPower,
  };
  const json = { ...(QueryExplainResponse.toJSON(explanation) as object), height, proof: proved };
  const words =
    proved === undefined
      ? ''
      : `\n\nproof verified: all ${proved.records} records after block ${height} follow from the app hash in header ${proved.header_height}, which ${proved.signed_power} of ${proved.total_power} voting power signed; computed again from them, the value is the same.`;
  print(context, settings, json, explanationTable(explanation) + words);
}
