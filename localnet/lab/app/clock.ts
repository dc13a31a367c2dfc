/**
 * Imported before the program of a lab's node (`--import`): its clock is wrong by
 * ARTEL_LAB_CLOCK_MS. CometBFT's own can't be turned on one machine; a remote signer shifts what
 * it signs.
 */
const shiftMs = Number(process.env.ARTEL_LAB_CLOCK_MS);
const rightNow = Date.now.bind(Date);
const Right = Date;

Date.now = () => rightNow() + shiftMs;
globalThis.Date = new Proxy(Right, {
  construct(target, given: unknown[], newTarget) {
    return Reflect.construct(target, given.length === 0 ? [Date.now()] : given, newTarget) as Date;
  },
});
