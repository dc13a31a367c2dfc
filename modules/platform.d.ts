/**
 * All that the modules get of the platform beside the language itself: UTF-8, which is the same
 * everywhere. Only modules/tsconfig.json reads this file.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(
    label?: 'utf-8',
    options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean },
  );
  decode(bytes: Uint8Array): string;
}
