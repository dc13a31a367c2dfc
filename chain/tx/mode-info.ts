/** How a signer signed: one mode, or for a multisig which members signed and each one's mode. */
import type { CompactBitArray } from 'cosmjs-types/cosmos/crypto/multisig/v1beta1/multisig';
import type { ModeInfo } from 'cosmjs-types/cosmos/tx/v1beta1/tx';

/** Numbers of cosmos.tx.signing.v1beta1.SignMode; others parse and never verify. */
export const signModes = { unspecified: 0, direct: 1, legacyAminoJson: 127 } as const;

/** In bytes: 1,024 members, far above any limit on signatures. */
const longestBitArray = 128;

export interface SingleMode {
  readonly type: 'single';
  readonly mode: number;
}

export interface MultiMode {
  readonly type: 'multi';
  /** One a member of the multisig: whether it signed. */
  readonly signed: readonly boolean[];
  /** One a member that signed, in the members' order. */
  readonly modes: readonly SingleMode[];
}

export type SignMode = SingleMode | MultiMode;

export interface ModeInfoProblem {
  readonly type: 'problem';
  readonly problem: string;
}

/** Reads a mode info whose encoding has been checked. Multisigs in multisigs are refused. */
export function parseModeInfo(info: ModeInfo | undefined): SignMode | ModeInfoProblem {
  if (info?.single !== undefined) return { type: 'single', mode: info.single.mode };
  if (info?.multi === undefined) return problem('names neither a mode nor members');
  const signed = parseBits(info.multi.bitarray);
  if (!Array.isArray(signed)) return signed;
  const modes: SingleMode[] = [];
  for (const inner of info.multi.modeInfos) {
    if (inner.single === undefined) return problem('has a multisig as a member');
    modes.push({ type: 'single', mode: inner.single.mode });
  }
  const count = signed.filter(Boolean).length;
  if (count !== modes.length)
    return problem(`marks ${count} signers and has ${modes.length} modes`);
  return { type: 'multi', signed, modes };
}

/**
 * Bits from the most significant down; `extraBitsStored` of the last byte count, 0 meaning all 8.
 */
function parseBits(bitarray: CompactBitArray | undefined): boolean[] | ModeInfoProblem {
  const { extraBitsStored, elems } = bitarray ?? { extraBitsStored: 0, elems: new Uint8Array() };
  if (extraBitsStored > 7) return problem(`stores ${extraBitsStored} extra bits, more than 7`);
  if (elems.length === 0) return problem('has no bit array of its signers');
  if (elems.length > longestBitArray) {
    return problem(`has a bit array of ${elems.length} bytes, more than ${longestBitArray}`);
  }
  const size = extraBitsStored === 0 ? elems.length * 8 : (elems.length - 1) * 8 + extraBitsStored;
  const bits = Array.from({ length: elems.length * 8 }, (_, i) => {
    return (((elems[i >> 3] as number) >> (7 - (i % 8))) & 1) === 1;
  });
  if (bits.slice(size).some(Boolean)) return problem('has bits set after its last member');
  return bits.slice(0, size);
}

function problem(text: string): ModeInfoProblem {
  return { type: 'problem', problem: text };
}
