/** The field tables of the Cosmos SDK's messages that this chain takes (SDK 0.53, proto names). */
import type { FieldTables } from './strict.ts';

export const standardFields: FieldTables = {
  'google.protobuf.Any': [
    [1, 'type_url', 'string'],
    [2, 'value', 'bytes'],
  ],
  'google.protobuf.Timestamp': [
    [1, 'seconds', 'int64'],
    [2, 'nanos', 'int32'],
  ],
  'google.protobuf.Duration': [
    [1, 'seconds', 'int64'],
    [2, 'nanos', 'int32'],
  ],
  'cosmos.base.v1beta1.Coin': [
    [1, 'denom', 'string'],
    [2, 'amount', 'string'],
  ],
  'cosmos.tx.v1beta1.TxRaw': [
    [1, 'body_bytes', 'bytes'],
    [2, 'auth_info_bytes', 'bytes'],
    [3, 'signatures', 'bytes', 'repeated'],
  ],
  'cosmos.tx.v1beta1.TxBody': [
    [1, 'messages', 'message google.protobuf.Any', 'repeated'],
    [2, 'memo', 'string'],
    [3, 'timeout_height', 'uint64'],
    [4, 'unordered', 'bool', 'refused'],
    [5, 'timeout_timestamp', 'message google.protobuf.Timestamp', 'refused'],
    [1023, 'extension_options', 'message google.protobuf.Any', 'refused'],
    [2047, 'non_critical_extension_options', 'message google.protobuf.Any', 'refused'],
  ],
  'cosmos.tx.v1beta1.AuthInfo': [
    [1, 'signer_infos', 'message cosmos.tx.v1beta1.SignerInfo', 'repeated'],
    [2, 'fee', 'message cosmos.tx.v1beta1.Fee'],
    [3, 'tip', 'bytes', 'refused'],
  ],
  'cosmos.tx.v1beta1.SignerInfo': [
    [1, 'public_key', 'message google.protobuf.Any'],
    [2, 'mode_info', 'message cosmos.tx.v1beta1.ModeInfo'],
    [3, 'sequence', 'uint64'],
  ],
  'cosmos.tx.v1beta1.ModeInfo': [
    [1, 'single', 'message cosmos.tx.v1beta1.ModeInfo.Single', 'oneof sum'],
    [2, 'multi', 'message cosmos.tx.v1beta1.ModeInfo.Multi', 'oneof sum'],
  ],
  'cosmos.tx.v1beta1.ModeInfo.Single': [[1, 'mode', 'enum']],
  'cosmos.tx.v1beta1.ModeInfo.Multi': [
    [1, 'bitarray', 'message cosmos.crypto.multisig.v1beta1.CompactBitArray'],
    [2, 'mode_infos', 'message cosmos.tx.v1beta1.ModeInfo', 'repeated'],
  ],
  'cosmos.tx.v1beta1.Fee': [
    [1, 'amount', 'message cosmos.base.v1beta1.Coin', 'repeated'],
    [2, 'gas_limit', 'uint64'],
    [3, 'payer', 'string'],
    [4, 'granter', 'string'],
  ],
  'cosmos.crypto.multisig.v1beta1.CompactBitArray': [
    [1, 'extra_bits_stored', 'uint32'],
    [2, 'elems', 'bytes'],
  ],
  'cosmos.crypto.multisig.v1beta1.MultiSignature': [[1, 'signatures', 'bytes', 'repeated']],
  'cosmos.crypto.secp256k1.PubKey': [[1, 'key', 'bytes']],
  'cosmos.crypto.ed25519.PubKey': [[1, 'key', 'bytes']],
  'cosmos.crypto.multisig.LegacyAminoPubKey': [
    [1, 'threshold', 'uint32'],
    [2, 'public_keys', 'message google.protobuf.Any', 'repeated'],
  ],
  'cosmos.bank.v1beta1.MsgSend': [
    [1, 'from_address', 'string'],
    [2, 'to_address', 'string'],
    [3, 'amount', 'message cosmos.base.v1beta1.Coin', 'repeated'],
  ],
  'cosmos.bank.v1beta1.MsgMultiSend': [
    [1, 'inputs', 'message cosmos.bank.v1beta1.Input', 'repeated'],
    [2, 'outputs', 'message cosmos.bank.v1beta1.Output', 'repeated'],
  ],
  'cosmos.bank.v1beta1.Input': [
    [1, 'address', 'string'],
    [2, 'coins', 'message cosmos.base.v1beta1.Coin', 'repeated'],
  ],
  'cosmos.bank.v1beta1.Output': [
    [1, 'address', 'string'],
    [2, 'coins', 'message cosmos.base.v1beta1.Coin', 'repeated'],
  ],
  'cosmos.feegrant.v1beta1.MsgGrantAllowance': [
    [1, 'granter', 'string'],
    [2, 'grantee', 'string'],
    [3, 'allowance', 'message google.protobuf.Any'],
  ],
  'cosmos.feegrant.v1beta1.MsgRevokeAllowance': [
    [1, 'granter', 'string'],
    [2, 'grantee', 'string'],
  ],
  'cosmos.feegrant.v1beta1.BasicAllowance': [
    [1, 'spend_limit', 'message cosmos.base.v1beta1.Coin', 'repeated'],
    [2, 'expiration', 'message google.protobuf.Timestamp'],
  ],
  'cosmos.feegrant.v1beta1.PeriodicAllowance': [
    [1, 'basic', 'message cosmos.feegrant.v1beta1.BasicAllowance'],
    [2, 'period', 'message google.protobuf.Duration'],
    [3, 'period_spend_limit', 'message cosmos.base.v1beta1.Coin', 'repeated'],
    [4, 'period_can_spend', 'message cosmos.base.v1beta1.Coin', 'repeated'],
    [5, 'period_reset', 'message google.protobuf.Timestamp'],
  ],
  'cosmos.feegrant.v1beta1.AllowedMsgAllowance': [
    [1, 'allowance', 'message google.protobuf.Any'],
    [2, 'allowed_messages', 'string', 'repeated'],
  ],
};

/** Types that may stand in an `Any` beside the registered messages: keys and fee allowances. */
export const standardAnyTypes: readonly string[] = [
  '/cosmos.crypto.secp256k1.PubKey',
  '/cosmos.crypto.ed25519.PubKey',
  '/cosmos.crypto.multisig.LegacyAminoPubKey',
  '/cosmos.feegrant.v1beta1.BasicAllowance',
  '/cosmos.feegrant.v1beta1.PeriodicAllowance',
  '/cosmos.feegrant.v1beta1.AllowedMsgAllowance',
];
