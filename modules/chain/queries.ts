/** Waiting timers, for people who wonder when something will happen. */
import {
  QueryTimersRequest,
  QueryTimersResponse,
} from '../../proto/generated/artel/chain/v1/query.ts';
import type { Query } from '../_kernel/module.ts';
import type { tables } from './keys.ts';

const most = 1000;

export const timers: Query<typeof tables, QueryTimersRequest, QueryTimersResponse> = {
  path: '/artel.chain.v1.Query/Timers',
  request: QueryTimersRequest,
  response: QueryTimersResponse,
  answer(view, { limit }) {
    const rows = view.timers.range({ limit: Math.min(limit === 0 ? 100 : limit, most) });
    const waiting = Array.from(rows, ({ key: [atMs, id], value }) => ({
      id,
      atMs,
      module: value.module,
      command: value.command,
    }));
    return { ok: true, response: { timers: waiting } };
  },
};
