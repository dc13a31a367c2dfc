/** Homes of one validator for tests, with the real CometBFT and ports of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCometbft } from '../../../localnet/cometbft.ts';
import { defaultNodeConfig } from '../config.ts';
import { createHome } from '../create-home.ts';
import type { NodeHome } from '../home.ts';
import { consensusAddress } from '../keys.ts';

/** The CometBFT binary of this machine; got where it is missing, since these tests are about it. */
export async function cometbftBinary(): Promise<string> {
  const goBin = process.env.GOPATH ?? join(process.env.HOME ?? '', 'go');
  const env = { ...process.env, PATH: `${process.env.PATH}:${join(goBin, 'bin')}` };
  return (await findCometbft({ env })).path;
}

/** A temporary folder, removed by `await using`. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'artel-node-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A genesis document with these validators and nothing else. */
export function plainGenesis(
  chainId: string,
  validators: readonly { name: string; publicKey: Uint8Array }[],
): unknown {
  return {
    genesis_time: new Date().toISOString(),
    chain_id: chainId,
    initial_height: '1',
    validators: validators.map(({ name, publicKey }) => ({
      address: Buffer.from(consensusAddress(publicKey)).toString('hex').toUpperCase(),
      pub_key: {
        type: 'tendermint/PubKeyEd25519',
        value: Buffer.from(publicKey).toString('base64'),
      },
      power: '10',
      name,
    })),
    app_hash: '',
    app_state: {},
  };
}

/** A home with one validator, its RPC on `basePort + 1`. */
export async function singleValidatorHome(
  root: string,
  basePort: number,
  chainId = 'artel-local-test',
): Promise<NodeHome> {
  const { home, identity } = await createHome({
    root,
    cometbft: await cometbftBinary(),
    config: {
      ...defaultNodeConfig,
      moniker: 'single',
      p2pPort: basePort,
      rpcPort: basePort + 1,
      prometheusPort: basePort + 4,
      timeoutCommit: '100ms',
      emptyBlocksInterval: '200ms',
      localPeers: [],
    },
  });
  const validators = [{ name: 'single', publicKey: identity.validatorPublicKey }];
  await writeFile(home.genesisFile, JSON.stringify(plainGenesis(chainId, validators)));
  return home;
}
