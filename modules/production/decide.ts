/** The rules of production, one function a command. */
import type { Decide } from '../_kernel/decider.ts';
import { components } from './decide/components.ts';
import { inputs } from './decide/inputs.ts';
import { orders } from './decide/orders.ts';
import { output } from './decide/output.ts';
import { relabel } from './decide/relabel.ts';
import { repairs } from './decide/repairs.ts';
import { resources } from './decide/resources.ts';
import { stores } from './decide/stores.ts';
import { votes } from './decide/votes.ts';
import { work } from './decide/work.ts';
import type { tables } from './keys.ts';
import type { ProductionPorts } from './ports.ts';
import type { ProductionCommand, ProductionEvent } from './types.ts';

export const decide: Decide<typeof tables, ProductionCommand, ProductionEvent, ProductionPorts> = {
  ...resources,
  ...orders,
  ...inputs,
  ...work,
  ...output,
  ...repairs,
  ...stores,
  ...votes,
  ...relabel,
  ...components,
};
