/** A genesis with two collectives, for tests of commands about coupons. */
import type { GenesisDoc } from '../../dev/genesis-doc.ts';

export const hourMs = 3_600_000n;

/** Founded three hours ago by the first account, with segments of an hour and no grace. */
export function withCollectives(doc: GenesisDoc, coupons: object = {}): GenesisDoc {
  const state = (doc as unknown as { app_state: Record<string, unknown> }).app_state;
  const accounts = state.accounts as { accounts: { address: string }[] };
  const owner = accounts.accounts[0]?.address;
  const nowMs = (BigInt(Date.now()) / hourMs) * hourMs;
  const collectives = ['1', '2'].map((id) => ({
    collective: id,
    owner,
    name: `collective ${id}`,
    kind: 'steady',
    consumption: 'C2C',
    descriptionHash: '',
    foundedAtMs: `${nowMs - 3n * hourMs + 1n}`,
    component: id,
  }));
  const parameters = { segmentLengthMs: `${hourMs}`, graceMs: '0' };
  return {
    ...doc,
    app_state: {
      ...state,
      trust: { ...(state.trust as object), collectives, nextComponent: '3' },
      coupons: { parameters: [{ fromSegment: '0', parameters }], ...coupons },
    },
  } as GenesisDoc;
}
