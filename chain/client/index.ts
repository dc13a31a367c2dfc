/** What an application imports: `artel/client`. */
export { ArtelClient, type ArtelClientOptions, type SendOptions } from './artel-client.ts';
export { accountPrefix, localMnemonic } from './keys.ts';
export type { Trust } from './light.ts';
export { ArtelNode, type ChainEvent, type Executed, NotYet } from './node.ts';
export { getProved, type ProvedRecord, verifiedHeader } from './proved.ts';
export { ArtelQueries, type Page, type Paged } from './queries.ts';
export { allRefusals, Refused, refusalRule } from './refusals.ts';
export { aminoTypes, messages, queries, registry } from './registry.ts';
export { ProofRefused, verifyStoreProof } from './verify-proof.ts';
