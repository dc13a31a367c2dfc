/**
 * Records what a running CometBFT 0.38 answers about some heights, as vectors for the hashing and
 * light-client tests: `node record.ts http://127.0.0.1:26657 1-3,84 > NAME.json`.
 */
const [url, ranges] = process.argv.slice(2);
if (url === undefined || ranges === undefined) {
  process.stderr.write('usage: record.ts RPC_URL HEIGHTS, for example 1-3,84\n');
  process.exit(2);
}

async function ask(path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/${path}`);
  const body = (await answer.json()) as { result?: Record<string, unknown> };
  if (body.result === undefined) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return body.result;
}

async function recordHeight(height: number): Promise<unknown> {
  const metas = await ask(`blockchain?minHeight=${height}&maxHeight=${height}`);
  return {
    block: await ask(`block?height=${height}`),
    block_meta: (metas.block_metas as unknown[])[0],
    commit: await ask(`commit?height=${height}`),
    validators: await ask(`validators?height=${height}&per_page=100`),
    block_results: await ask(`block_results?height=${height}`),
    consensus_params: await ask(`consensus_params?height=${height}`),
  };
}

const heights: unknown[] = [];
for (const range of ranges.split(',')) {
  const [first, last] = range.split('-').map(Number);
  if (first === undefined) continue;
  for (let height = first; height <= (last ?? first); height++) {
    heights.push(await recordHeight(height));
  }
}
const lines = heights.map((height) => JSON.stringify(height));
process.stdout.write(`{"heights":[\n${lines.join(',\n')}\n]}\n`);
