/** The shape that ts-proto and cosmjs-types give to a message's codec. */

export interface ProtoCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}
