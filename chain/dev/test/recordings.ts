/** What vectors/record.ts wrote: answers of a real CometBFT 0.38 about some heights. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The shapes are CometBFT's JSON, as far as the tests look into them. */
export interface RecordedHeight {
  block: {
    block_id: unknown;
    block: {
      header: { height: string; [field: string]: unknown };
      data: { txs: string[] };
      evidence: { evidence: RecordedEvidence[] };
      last_commit: unknown;
    };
  };
  block_meta: { block_size: string };
  commit: { signed_header: { header: unknown; commit: RecordedCommit }; canonical: boolean };
  validators: { validators: RecordedValidator[] };
  block_results: {
    txs_results: RecordedResult[] | null;
    finalize_block_events: RecordedEvent[] | null;
    validator_updates: RecordedUpdate[] | null;
    app_hash: string;
  };
  consensus_params: { consensus_params: { block: { max_bytes: string; max_gas: string } } };
}
export interface RecordedValidator {
  address: string;
  pub_key: { value: string };
  voting_power: string;
  proposer_priority: string;
}
export interface RecordedCommit {
  signatures: { block_id_flag: number; signature: string | null }[];
  [field: string]: unknown;
}
export interface RecordedEvent {
  type: string;
  attributes: { key: string; value: string; index: boolean }[];
}
export interface RecordedResult {
  code: number;
  data: string | null;
  log: string;
  info: string;
  gas_wanted: string;
  gas_used: string;
  events: RecordedEvent[];
  codespace: string;
}
export interface RecordedUpdate {
  pub_key: { Sum: { value: { ed25519: string } } };
  power?: string;
}
export interface RecordedVote {
  type: number;
  height: string;
  round: number;
  block_id: unknown;
  timestamp: string;
  validator_address: string;
  validator_index: number;
  signature: string;
}
export interface RecordedEvidence {
  value: {
    vote_a: RecordedVote;
    vote_b: RecordedVote;
    TotalVotingPower: string;
    ValidatorPower: string;
    Timestamp: string;
  };
}

const folder = join(import.meta.dirname, 'vectors');

/** Every recorded height, with the file and height for a test's title. */
export const recorded: readonly { readonly name: string; readonly vector: RecordedHeight }[] =
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { heights } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      return (heights as RecordedHeight[]).map((vector) => ({
        name: `${name} height ${vector.block.block.header.height}`,
        vector,
      }));
    });
