/** Parameters of the chain, by a vote of its validators that has passed. */
import { accept } from '../../_kernel/decider.ts';
import { Json, problemIn } from '../../_kernel/json.ts';
import { defaultParameters, readParameters } from '../parameters.ts';
import { refuse } from '../refusals.ts';
import type { Params } from '../types.ts';
import type { Rules } from './guards.ts';

export const parameters: Rules<'SetParameters'> = {
  SetParameters(view, { json }) {
    const others = view.params.get() ?? defaultParameters;
    const read = (): Params => readParameters(Json.parse(json, 'production'), others);
    const problem = problemIn(read);
    if (problem !== undefined) return refuse.malformed_parameters({ problem });

    return accept([{ type: 'ParametersSet', params: read() }]);
  },
};
