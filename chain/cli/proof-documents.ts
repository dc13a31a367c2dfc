/**
 * Store proofs as documents, one a level, in the form that ICS23 verifiers read: `spec`, `root`,
 * `key`, `value` (absent for a proof of absence) and `proof`, all but the spec in hex.
 */
import { CommitmentProof } from 'cosmjs-types/cosmos/ics23/v1/proofs';
import { type StoreClaim, verifyStoreProof } from '../client/verify-proof.ts';
import { CliError, exitCodes } from './context.ts';
import { formatHex, parseHex } from './values.ts';

export interface ProofDocument {
  readonly spec: unknown;
  readonly root: string;
  readonly key: string;
  readonly value?: string;
  readonly proof: string;
}

const opType = 'ics23:artel-smt';

/** The documents of a claim: the record in its module, then the module under the app hash. */
export function proofDocuments(claim: StoreClaim, spec: unknown): readonly ProofDocument[] {
  const { appHash, key, value, ops } = claim;
  const [inModule, inTop] = ops;
  if (inModule === undefined) throw new Error('there is no proof');
  if (inTop === undefined) {
    // The module itself is absent.
    return [documentOf(spec, appHash, inModule.key, undefined, inModule.data)];
  }
  const moduleRoot = CommitmentProof.decode(inTop.data).exist?.value ?? new Uint8Array();
  return [
    documentOf(spec, moduleRoot, key, value, inModule.data),
    documentOf(spec, appHash, inTop.key, moduleRoot, inTop.data),
  ];
}

function documentOf(
  spec: unknown,
  root: Uint8Array,
  key: Uint8Array,
  value: Uint8Array | undefined,
  proof: Uint8Array,
): ProofDocument {
  return {
    spec,
    root: formatHex(root),
    key: formatHex(key),
    ...(value === undefined ? {} : { value: formatHex(value) }),
    proof: formatHex(proof),
  };
}

/** The claim that documents make, verified. Throws where it does not hold. */
export function verifyDocuments(documents: readonly ProofDocument[]): StoreClaim {
  const [record, module = record] = documents;
  if (record === undefined || module === undefined || documents.length > 2) {
    throw new CliError(
      `a proof is one or two documents, not ${documents.length}`,
      exitCodes.usage,
      'Give what `artel proof export` printed.',
    );
  }
  if (documents.length === 2 && record.root !== module.value) {
    throw new CliError(
      `the record is proved under root ${record.root}, the module has ${module.value}`,
      exitCodes.failed,
    );
  }
  const claim: StoreClaim = {
    appHash: parseHex('root', module.root),
    store: Buffer.from(parseHex('key', module.key)).toString('utf8'),
    key: parseHex('key', record.key),
    value: record.value === undefined ? undefined : parseHex('value', record.value),
    ops: documents.map(({ key, proof }) => ({
      type: opType,
      key: parseHex('key', key),
      data: parseHex('proof', proof),
    })),
  };
  verifyStoreProof(claim);
  return claim;
}
