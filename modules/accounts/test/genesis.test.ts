import fc from 'fast-check';
import { addressFromBytes } from '../../_kernel/address.ts';
import { Scenario } from '../../_kernel/harness.ts';
import { uhub } from '../../_kernel/units.ts';
import { defaultGenesis, exportState, importState } from '../genesis.ts';
import { accounts } from '../module.ts';
import { defaultParameters } from '../parameters.ts';

function imported(state: unknown) {
  const json: unknown = JSON.parse(JSON.stringify(state));
  return new Scenario(accounts, undefined).given(...importState(json));
}

test('the default has the parameters and no account', () => {
  const scenario = imported(defaultGenesis);
  expect(scenario.view.parameters.get()).toEqual(defaultParameters);
  expect(JSON.parse(JSON.stringify(exportState(scenario.view)))).toEqual(defaultGenesis);
});

test('after any transactions, the export imports to the same bytes', () => {
  const steps = fc.array(
    fc.record({ who: fc.integer({ min: 0, max: 7 }), fee: fc.bigInt({ min: 0n, max: 3n }) }),
  );
  fc.assert(
    fc.property(steps, (taken) => {
      const scenario = imported(defaultGenesis);
      for (const { who, fee } of taken) {
        const address = addressFromBytes(new Uint8Array(20).fill(255 - who));
        scenario.when({ type: 'OpenAccount', address });
        const sequence = scenario.view.accounts.get(address)?.sequence ?? 0n;
        const signers = [{ address, pubKeyAny: Uint8Array.of(1, who), sequence }];
        const paid = { feePayer: address, feeUhub: uhub(fee), memoBytes: 0, signatures: 1 };
        const outcome = scenario.when({ type: 'AdmitTransaction', signers, ...paid });
        expect(outcome.refused).toBeUndefined();
      }
      expect(scenario.violations()).toEqual([]);
      expect(imported(exportState(scenario.view)).state.dump()).toBe(scenario.state.dump());
    }),
  );
});

const address = addressFromBytes(new Uint8Array(20).fill(1));

test.each([
  ['an account twice', [{ address }, { address }], 'app_state.accounts.accounts[1]'],
  ['a sequence without a key', [{ address, sequence: '1' }], 'has a sequence but no pubKey'],
  ['an unknown field', [{ address, number: '1' }], 'unknown field number'],
  ['no address', [{ address: 'artel1qq' }], 'app_state.accounts.accounts[0].address'],
])('a genesis with %s is refused by its path', (_title, list, message) => {
  expect(() => imported({ parameters: {}, accounts: list })).toThrow(message);
});
