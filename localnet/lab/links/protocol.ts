/** What the lab and the process of its links say to each other. */
import type { LinkPolicy } from './link.ts';

/** The link of one pair: the lower node dials `listenPort`, which leads to the higher one. */
export interface LinkPlan {
  /** Index of the node that dials. */
  readonly from: number;
  /** Index of the node that is dialled; above `from`. */
  readonly to: number;
  readonly listenPort: number;
  readonly targetPort: number;
}

/** Orders to the process; each is answered by its number. `seed` is that of the jitter. */
export type LinksOrder =
  | {
      readonly id: number;
      readonly order: 'open';
      readonly plans: readonly LinkPlan[];
      readonly seed: number;
    }
  | {
      readonly id: number;
      readonly order: 'set';
      readonly link: number;
      readonly policy: LinkPolicy;
    }
  | { readonly id: number; readonly order: 'reset'; readonly link: number };

/** The process's answers. */
export interface LinksAnswer {
  readonly id: number;
  readonly problem?: string;
}
