/** What may be a name that people give and read. */

/** Why a text is no name of at most `longest` bytes of UTF-8, in words that end a sentence. */
export function nameProblem(name: string, longest: number): string | undefined {
  if (name === '') return 'is empty';
  const { length } = new TextEncoder().encode(name);
  if (length > longest) return `has ${length} bytes, more than ${longest}`;
  if (name.startsWith(' ') || name.endsWith(' ')) return 'begins or ends with a space';
  const hidden = Array.from(name, (c) => c.codePointAt(0) ?? 0).find(isHidden);
  if (hidden === undefined) return undefined;
  return `holds the hidden character U+${hidden.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Controls, invisible characters, marks of writing direction: by them one name poses as another.
 */
function isHidden(point: number): boolean {
  return hiddenRanges.some(([first, last]) => point >= first && point <= last);
}

/** A fixed list: classes of a regular expression change with the Unicode version of the engine. */
const hiddenRanges = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
] as const;
