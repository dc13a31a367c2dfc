/**
 * The process in which the links of a lab run, so that nothing else delays their bytes. It ends
 * when the lab that started it does, however that ends.
 */
import { performance } from 'node:perf_hooks';
import { seededRandom } from '../random.ts';
import { Link } from './link.ts';
import type { LinksAnswer, LinksOrder } from './protocol.ts';

const links: Link[] = [];

process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches this process, too; it is the lab that says when to end.
process.on('SIGINT', () => undefined);
process.on('message', (order: LinksOrder) => {
  follow(order).then(
    () => answer({ id: order.id }),
    (error: unknown) =>
      answer({ id: order.id, problem: error instanceof Error ? error.message : String(error) }),
  );
});

function answer(given: LinksAnswer): void {
  process.send?.(given);
}

async function follow(order: LinksOrder): Promise<void> {
  if (order.order === 'open') {
    for (const [index, { listenPort, targetPort }] of order.plans.entries()) {
      const random = seededRandom(order.seed + index);
      const nowMs = (): number => performance.now();
      links.push(await Link.open({ listenPort, targetPort, random, nowMs }));
    }
    return;
  }
  const link = links[order.link];
  if (link === undefined) throw new Error(`there is no link ${order.link}`);
  if (order.order === 'set') link.set(order.policy);
  else link.reset();
}
