/** The shapes of protobuf codecs, and how the chain's own messages become bytes. */
import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** The shape that ts-proto and cosmjs-types give to a message's codec. */
export interface ProtoCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** The shape of the codecs in `proto/generated`: they go on with the writer that they are given. */
export interface GeneratedCodec<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(bytes: Uint8Array): T;
}

/** The bytes of a message, behind `first`, which are written as they are. */
export function protoBytes<T>(
  codec: GeneratedCodec<T>,
  message: T,
  first: Uint8Array = none,
): Uint8Array {
  const writer = spare ?? new BinaryWriter();
  // Taken while in use: what an encoder that throws leaves is never written on.
  spare = undefined;
  codec.encode(message, first.length === 0 ? writer : writer.raw(first));
  const bytes = writer.finish();
  spare = writer;
  return bytes;
}

const none = new Uint8Array();

/** PERF: a writer is empty again after `finish`; a new one costs more than what it writes. */
let spare: BinaryWriter | undefined;
