/**
 * All messages and queries of this version, from the modules' own wire definitions (ADR 0006), for
 * CosmJS (`registry`, `aminoTypes`) and for whoever lists them, like the CLI.
 */
import { type GeneratedType, Registry } from '@cosmjs/proto-signing';
import { type AminoConverter, AminoTypes } from '@cosmjs/stargate';
import { BaseAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth';
import { PubKey as Ed25519PubKey } from 'cosmjs-types/cosmos/crypto/ed25519/keys';
import { LegacyAminoPubKey } from 'cosmjs-types/cosmos/crypto/multisig/keys';
import { PubKey as Secp256k1PubKey } from 'cosmjs-types/cosmos/crypto/secp256k1/keys';
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { TxBody } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { MessageWire } from '../../modules/_kernel/module.ts';
import type { ProtoCodec } from '../../modules/_kernel/proto-codec.ts';
import { accounts } from '../../modules/accounts/module.ts';
import { bank } from '../../modules/bank/module.ts';
import { chain } from '../../modules/chain/module.ts';
import { coupons } from '../../modules/coupons/module.ts';
import { feegrant } from '../../modules/feegrant/module.ts';
import { production } from '../../modules/production/module.ts';
import { trust } from '../../modules/trust/module.ts';
import { validators } from '../../modules/validators/module.ts';
import { fromProtoNames, type GeneratedCodec, generated } from './generated.ts';
import './binary-writer.ts';

/** A message that a transaction can carry. */
export interface ClientMessage {
  readonly module: string;
  /** `MsgSignTrust` */
  readonly name: string;
  readonly typeUrl: string;
  readonly codec: GeneratedCodec;
  readonly aminoType: string;
  /** Addresses that must sign, in order. */
  readonly signers: (value: unknown) => readonly string[];
  readonly toAmino: (value: unknown) => unknown;
  readonly fromAmino: (value: unknown) => unknown;
}

/** A read that a node answers under `path` of abci_query. */
export interface ClientQuery {
  readonly module: string;
  /** `Edge` */
  readonly name: string;
  readonly path: string;
  readonly request: GeneratedCodec;
  readonly response: GeneratedCodec;
}

/** The part of a module that clients may know; its rules stay with the node. */
interface ModuleWire {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each message has types of its own.
  readonly messages: readonly MessageWire<any, any>[];
  readonly queries: readonly {
    readonly path: string;
    // biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
    readonly request: ProtoCodec<any>;
    // biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
    readonly response: ProtoCodec<any>;
  }[];
}

const modules: readonly ModuleWire[] = [
  accounts,
  bank,
  feegrant,
  validators,
  trust,
  production,
  coupons,
  chain,
];

export const messages: readonly ClientMessage[] = modules.flatMap((module) =>
  module.messages.map((wire) => {
    const codec = generated(wire.codec, wire.typeUrl);
    return {
      module: module.name,
      name: lastPart(wire.typeUrl),
      typeUrl: wire.typeUrl,
      codec,
      aminoType: wire.aminoType,
      signers: wire.signers,
      toAmino: wire.toAmino,
      fromAmino: wire.fromAmino ?? ((value) => codec.fromJSON(fromProtoNames(value))),
    };
  }),
);

export const queries: readonly ClientQuery[] = modules.flatMap((module) =>
  module.queries.map(({ path, request, response }) => ({
    module: module.name,
    name: lastPart(path),
    path,
    request: generated(request, path),
    response: generated(response, path),
  })),
);

const messagesByUrl = new Map(messages.map((message) => [message.typeUrl, message]));

/** Undefined for a type that no module takes. */
export function messageOf(typeUrl: string): ClientMessage | undefined {
  return messagesByUrl.get(typeUrl);
}

/** For CosmJS: encodes every message of the chain. */
export const registry = new Registry(
  messages.map(({ typeUrl, codec }) => [typeUrl, codec as unknown as GeneratedType]),
);
registry.register('/cosmos.tx.v1beta1.TxBody', TxBody);
registry.register('/cosmos.auth.v1beta1.BaseAccount', BaseAccount);
registry.register('/cosmos.feegrant.v1beta1.BasicAllowance', BasicAllowance);
registry.register('/cosmos.feegrant.v1beta1.PeriodicAllowance', PeriodicAllowance);
registry.register('/cosmos.feegrant.v1beta1.AllowedMsgAllowance', AllowedMsgAllowance);
registry.register('/cosmos.crypto.secp256k1.PubKey', Secp256k1PubKey);
registry.register('/cosmos.crypto.ed25519.PubKey', Ed25519PubKey);
registry.register('/cosmos.crypto.multisig.LegacyAminoPubKey', LegacyAminoPubKey);

/** For CosmJS: amino JSON of every message, both ways. */
export const aminoTypes = new AminoTypes(
  Object.fromEntries(messages.map((message) => [message.typeUrl, converterOf(message)])),
);

/** The codec of any type that may stand in an `Any`; undefined where this version has none. */
export function codecOf(typeUrl: string): GeneratedCodec | undefined {
  const type = messageOf(typeUrl)?.codec ?? registry.lookupType(typeUrl);
  return type === undefined ? undefined : generated(type as GeneratedCodec, typeUrl);
}

function converterOf({ aminoType, toAmino, fromAmino, typeUrl }: ClientMessage): AminoConverter {
  return {
    aminoType,
    toAmino,
    fromAmino(value: unknown): unknown {
      const message = fromAmino(value);
      // A wallet may hand back anything: only what means the same may be sent.
      if (canonical(toAmino(message)) !== canonical(value)) {
        throw new Error(`the signed amino JSON is no ${typeUrl} of this version`);
      }
      return message;
    },
  };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}

function lastPart(path: string): string {
  return path.split(/[./]/).at(-1) ?? path;
}
