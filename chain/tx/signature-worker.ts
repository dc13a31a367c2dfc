/** The thread that verifies batches of signatures; see `signature-pool.ts`. */
import { nativeEcdsa, nobleEcdsa } from './ecdsa.ts';
import { questionBytes } from './signature-pool.ts';

const verifyEcdsa = nativeEcdsa() ?? nobleEcdsa;

/** One byte a question: 1 where the signature is right. */
export function verify(packed: Uint8Array): Uint8Array {
  const right = new Uint8Array(packed.length / questionBytes);
  for (let index = 0; index < right.length; index += 1) {
    const at = index * questionBytes;
    const signature = packed.subarray(at, at + 64);
    const digest = packed.subarray(at + 64, at + 96);
    const publicKey = packed.subarray(at + 96, at + questionBytes);
    right[index] = verifyEcdsa(signature, digest, publicKey) ? 1 : 0;
  }
  return right;
}
