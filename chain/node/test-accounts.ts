/**
 * The ten funded accounts of every local chain. Their mnemonic is known to the whole world, so a
 * chain that others can reach must never hold value in them. Account i is at `m/44'/118'/0'/0/i` of
 * `localMnemonic` (chain/client/keys.ts).
 */

/** What a local genesis gives to each, in uhub: 1,000,000 hub. */
export const testAccountUhub = 1_000_000_000_000n;

/** The addresses of accounts 0 to 9; a test derives them again from the mnemonic. */
export const testAddresses: readonly string[] = [
  'artel15yk64u7zc9g9k2yr2wmzeva5qgwxps6ynxkunl',
  'artel1erxf3sa9q2j4vgseu7jq4a258ckmk7cy62rcdr',
  'artel1htamarexaxhgdsp0xu6sppeyx7avtvqrcarc7f',
  'artel19tkvgvwht3n8pcqydrcq4cxwhr8rp2ge2fdl09',
  'artel164cy6j05j3kaqlzqgzn9mjz95vqjhxmh0gmphs',
  'artel18el2mdgsjwvzezu5cjsyuyx0uru4zrm2vnvjc9',
  'artel1wqsddpelugnm7ss40puw20dacafhq8gkxvqwd6',
  'artel1urv8703cxqny9mcqdu8enh4mdhx0x55d9jewdx',
  'artel1lh6cxaa5hl0wv73jjct2mk7x2z6rq7de98s258',
  'artel1f84c23zhjlddsfg6n4y94v260v5yd8kt5xyxe0',
];
