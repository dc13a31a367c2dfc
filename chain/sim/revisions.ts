/** Final revisions, which nobody signs: those that are due, and some that are wrong. */
import {
  QueryDueRevisionsRequest,
  QueryDueRevisionsResponse,
} from '../../proto/generated/artel/coupons/v1/query.ts';
import type { MsgFinalRevision } from '../../proto/generated/artel/coupons/v1/tx.ts';
import type { Driver } from '../dev/driver.ts';
import { least, type Scene, segmentStart } from './acts/act.ts';

/** The next revision of each of the components, where it is due. */
export async function dueRevisions(
  driver: Driver,
  components: ReadonlySet<bigint>,
): Promise<readonly MsgFinalRevision[]> {
  const found: MsgFinalRevision[] = [];
  for (const component of components) {
    const key = new Uint8Array(8);
    new DataView(key.buffer).setBigUint64(0, component);
    const request = QueryDueRevisionsRequest.fromPartial({ pagination: { key, limit: 1n } });
    const path = '/artel.coupons.v1.Query/DueRevisions';
    const data = QueryDueRevisionsRequest.encode(request).finish();
    const { value, code, log } = await driver.query(path, data);
    if (code !== 0) throw new Error(`due revisions: ${log}`);
    found.push(...QueryDueRevisionsResponse.decode(value).revisions);
  }
  return found;
}

/** What the mempool answers to the wrong ones. */
export const revisionRefusals: readonly string[] = [
  'coupons/not_the_first_member',
  'coupons/already_revised',
  'coupons/out_of_order',
  'coupons/too_early',
  'coupons/wrong_figure',
];

/** One that is due, with something wrong, or one that is not due yet. */
export function wrongRevision(
  scene: Scene,
  due: readonly MsgFinalRevision[],
): MsgFinalRevision | undefined {
  const { world, random } = scene;
  const right = due.length === 0 ? undefined : random.pick(due);
  if (right === undefined) return tooEarly(scene);
  const byAnother = due.flatMap((revision) => {
    const members = [...world.members.of(world.component(revision.member))];
    const member = members.find((each) => each !== revision.member);
    return member === undefined ? [] : [{ ...revision, member }];
  });
  return random.pick([
    byAnother.length === 0 ? { ...right, c: right.c + 1n } : random.pick(byAnother),
    { ...right, a: right.a + 1n },
    { ...right, debtAfter: right.debtAfter + 1n },
    { ...right, segment: right.segment - 1n },
    { ...right, segment: right.segment + 1n },
  ]);
}

/** Of the segment that runs, or that has ended a moment ago. */
function tooEarly(scene: Scene): MsgFinalRevision {
  const { world, random, nowMs, segmentMs, graceMs } = scene;
  const collective = world.collective(random);
  const members = [...world.members.of(world.component(collective))];
  const member = members.reduce((one, other) => least(one, other), collective);
  const start = segmentStart(scene);
  const segment = start / segmentMs - (nowMs < start + graceMs ? 1n : 0n);
  return { member, segment, a: 0n, c: 0n, w: 0n, debtBefore: 0n, net: 0n, debtAfter: 0n };
}
