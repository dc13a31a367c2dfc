/** Base45 (RFC 9285): bytes as the 45 characters of a QR code's alphanumeric mode. */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const [high = 0, low] = bytes.subarray(i, i + 2);
    const value = low === undefined ? high : 256 * high + low;
    text += digits(value, low === undefined ? 2 : 3);
  }
  return text;
}

function digits(value: number, count: number): string {
  let [text, rest] = ['', value];
  for (let i = 0; i < count; i += 1) {
    text += alphabet.charAt(rest % 45);
    rest = Math.floor(rest / 45);
  }
  return text;
}

/** Undefined where the text is not base45 in its one spelling. */
export function decodeBase45(text: string): Uint8Array | undefined {
  if (text.length % 3 === 1) return undefined;
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 3) {
    const group = Array.from(text.slice(i, i + 3), (character) => alphabet.indexOf(character));
    if (group.includes(-1)) return undefined;
    const value = group.reduceRight((sum, digit) => 45 * sum + digit, 0);
    if (value >= (group.length === 3 ? 65_536 : 256)) return undefined;
    if (group.length === 3) bytes.push(value >>> 8);
    bytes.push(value & 255);
  }
  return Uint8Array.from(bytes);
}
