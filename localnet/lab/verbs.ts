/** All steps that scenarios are made of, by the word that stands in a file. */
import { byzantineVerbs } from './byzantine/verbs.ts';
import { linkVerbs } from './verbs/links.ts';
import { nodeVerbs } from './verbs/nodes.ts';
import { validatorVerbs } from './verbs/validators.ts';
import type { Verbs } from './verbs/verb.ts';
import { waitVerbs } from './verbs/waits.ts';

export const verbs: Verbs = {
  ...nodeVerbs,
  ...linkVerbs,
  ...waitVerbs,
  ...validatorVerbs,
  ...byzantineVerbs,
};
