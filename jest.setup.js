/**
 * CosmJS is CommonJS and requires these ES modules; Jest refuses that while a test's own import
 * graph is still linking them ("a cycle involving require(esm)"), so they are evaluated before any
 * test.
 */
import '@noble/ciphers/chacha.js';
import '@noble/curves/ed25519.js';
import '@noble/curves/secp256k1.js';
import '@noble/hashes/argon2.js';
import '@noble/hashes/legacy.js';
import '@noble/hashes/pbkdf2.js';
import '@noble/hashes/sha2.js';
import '@noble/hashes/sha3.js';
import '@scure/base';
import '@scure/bip39';
import '@scure/bip39/wordlists/english.js';
