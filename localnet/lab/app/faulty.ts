/** The real application with a fault on the way between it and CometBFT. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Application } from '../../../chain/abci/application.ts';
import type { AppFault } from './fault.ts';

/** @param die ends the process at once, as SIGKILL does. */
export function withFault(
  application: Application,
  fault: AppFault,
  die: () => never,
): Application {
  const due = (height: bigint): boolean => height >= BigInt(fault.fromHeight ?? 0);
  let executed = 0n;
  const faulty: Partial<Application> = {
    async info(request) {
      const info = await application.info(request);
      const told = fault.version === undefined ? info : { ...info, version: fault.version };
      const ahead = fault.infoAhead === true && due(told.lastBlockHeight);
      return ahead ? { ...told, lastBlockHeight: told.lastBlockHeight + 1n } : told;
    },
    async prepareProposal(request) {
      const proposal = await application.prepareProposal(request);
      if (!fault.badProposals || !due(request.height)) return proposal;
      return { ...proposal, txs: [...proposal.txs, new Uint8Array([1, 2, 3])] };
    },
    async processProposal(request) {
      if (fault.badProposals && due(request.height)) return { status: 1 };
      if (fault.rejects && due(request.height)) return { status: 2 };
      return application.processProposal(request);
    },
    async finalizeBlock(request) {
      if (!due(request.height)) return application.finalizeBlock(request);
      if (fault.dieAt === 'before FinalizeBlock') die();
      if (fault.hang) await new Promise(() => setInterval(() => undefined, 60_000));
      if (fault.slowMs !== undefined) await sleep(fault.slowMs);
      const answer = await application.finalizeBlock(request);
      executed = request.height;
      if (fault.dieAt === 'after FinalizeBlock') die();
      if (!fault.wrongHash) return answer;
      const appHash = Uint8Array.from(answer.appHash);
      appHash[0] = (appHash[0] ?? 0) ^ 1;
      return { ...answer, appHash };
    },
    async commit(request) {
      if (fault.dieAt === 'before Commit' && due(executed)) die();
      const answer = await application.commit(request);
      if (fault.dieAt === 'after Commit' && due(executed)) die();
      return answer;
    },
    async loadSnapshotChunk(request) {
      const { chunk } = await application.loadSnapshotChunk(request);
      if (!fault.badChunks || chunk.length === 0) return { chunk };
      const flipped = Uint8Array.from(chunk);
      flipped[0] = (flipped[0] ?? 0) ^ 1;
      return { chunk: flipped };
    },
  };
  return new Proxy(application, {
    get(target, name) {
      if (Object.hasOwn(faulty, name)) return Reflect.get(faulty, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
