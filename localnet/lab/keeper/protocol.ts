/** What `artel lab up` and the process that keeps its lab say to each other. */
import type { LabSettings } from '../plan.ts';

/** The one order, after the start. */
export interface KeepOrder {
  readonly root: string;
  readonly settings: LabSettings;
  /** The CometBFT binary. */
  readonly cometbft: string;
}

/** The one answer: the lab is up, or why it is not. */
export type KeepAnswer =
  | { readonly up: true }
  | {
      readonly up: false;
      readonly problem: string;
      readonly exitCode: number;
      readonly hint?: string | undefined;
    };
