/**
 * What `artel dev` prints once its chain is up: where it is, whose keys are funded, what to try.
 */
import { hdPathOf, localMnemonic } from '../client/keys.ts';
import type { ArtelChain } from './artel-chain.ts';

export function greeting(chain: ArtelChain): string {
  const { engine, rpcUrl, accounts } = chain;
  const { port } = new URL(rpcUrl);
  const [first = '', second = ''] = accounts.map(({ address }) => address);
  const node = port === '26657' ? '' : ` --node ${rpcUrl}`;
  const keys = accounts.map(({ address }, index) => `  ${String(index).padStart(2)}  ${address}`);
  return `
Artel chain ${engine.state.chainId} at height ${engine.state.lastHeight}, in this process. Ctrl-C ends it.

RPC        ${rpcUrl}
WebSocket  ${rpcUrl.replace('http', 'ws')}/websocket

Funded accounts, 1,000,000 hub each; everybody has these keys:
${keys.join('\n')}
Mnemonic   ${localMnemonic}
Path       ${hdPathOf('secp256k1', 0).replace(/0$/, '<number>')}

Try, in another terminal:
  echo "${localMnemonic}" | artel keys recover dev0 --keyring test
  artel tx bank send dev0 ${second} 12hub -y --keyring test${node}
  artel query bank balance ${first}${node} --prove
`;
}
