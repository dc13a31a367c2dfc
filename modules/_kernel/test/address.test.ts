import { fromBech32, toBech32 } from '@cosmjs/encoding';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import {
  addressBytes,
  addressFromBytes,
  addressLength,
  consensusAddressFromBytes,
  isAddress,
  moduleAddress,
  parseAddress,
  parseConsensusAddress,
  parseValidatorAddress,
  validatorAddressFromBytes,
} from '../address.ts';

const twenty = fc.uint8Array({ minLength: addressLength, maxLength: addressLength });

test('an address survives the way to text and back, and agrees with CosmJS', () => {
  fc.assert(
    fc.property(twenty, (bytes) => {
      const address = addressFromBytes(bytes);
      expect(address).toBe(toBech32('artel', bytes));
      expect(parseAddress(address)).toBe(address);
      expect(addressBytes(address)).toEqual(bytes);
      expect(parseValidatorAddress(validatorAddressFromBytes(bytes))).toBe(
        toBech32('artelvaloper', bytes),
      );
      expect(parseConsensusAddress(consensusAddressFromBytes(bytes))).toBe(
        toBech32('artelvalcons', bytes),
      );
    }),
  );
});

test('the kinds do not mix, also when the text has been seen as another kind', () => {
  const bytes = new Uint8Array(20).fill(7);
  const operator = validatorAddressFromBytes(bytes);
  expect(parseValidatorAddress(operator)).toBe(operator);
  expect(parseAddress(operator)).toEqual({ problem: 'has the prefix artelvaloper, not artel' });
  const account = addressFromBytes(bytes);
  expect(parseAddress(account)).toBe(account);
  expect(parseConsensusAddress(account)).toEqual({
    problem: 'has the prefix artel, not artelvalcons',
  });
});

test('everything but the one spelling is refused with its reason', () => {
  const good = addressFromBytes(new Uint8Array(20).fill(1));
  const cases: [string, string][] = [
    ['', 'is empty'],
    [good.toUpperCase(), 'has capital letters'],
    [`${good.slice(0, -1)}q`, 'is not bech32 or its checksum is wrong'],
    [good.slice(0, -1), 'is not bech32 or its checksum is wrong'],
    ['artel', 'is not bech32 or its checksum is wrong'],
    [` ${good}`, 'is not bech32 or its checksum is wrong'],
    [toBech32('cosmos', new Uint8Array(20)), 'has the prefix cosmos, not artel'],
    [toBech32('artel', new Uint8Array(19)), 'holds 19 bytes, not 20'],
    [toBech32('artel', new Uint8Array(21)), 'holds 21 bytes, not 20'],
    [toBech32('artel', new Uint8Array(32)), 'has 64 characters, more than 51'],
    [`artel1${'q'.repeat(1_000_000)}`, 'has 1000006 characters, more than 51'],
  ];
  for (const [text, problem] of cases) expect(parseAddress(text)).toEqual({ problem });
});

test('one changed character never gives another address', () => {
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  fc.assert(
    fc.property(twenty, fc.nat(37), fc.nat(31), (bytes, at, letter) => {
      const address = addressFromBytes(bytes);
      const index = 'artel1'.length + at;
      const changed = address.slice(0, index) + alphabet[letter] + address.slice(index + 1);
      fc.pre(changed !== address);
      expect(isAddress(parseAddress(changed))).toBe(false);
    }),
  );
});

test('a module holds tokens under SHA256 of its name, as in the Cosmos SDK', () => {
  // cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta is the fee collector of every Cosmos chain.
  const cosmos = fromBech32('cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta').data;
  expect(addressBytes(moduleAddress('fee_collector'))).toEqual(cosmos);
  expect(sha256(new TextEncoder().encode('fee_collector')).slice(0, 20)).toEqual(cosmos);
});

test('bytes of a wrong length are a defect', () => {
  for (const length of [0, 19, 21, 32]) {
    expect(() => addressFromBytes(new Uint8Array(length))).toThrow(
      `an address has 20 bytes, not ${length}`,
    );
  }
});
