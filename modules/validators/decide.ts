/** The rules of validators, one function a command. */
import { BeginBlock } from './decide/begin-block.ts';
import { bonds, type Rules } from './decide/bonds.ts';
import { changes } from './decide/changes.ts';
import { EndBlock } from './decide/end-block.ts';

export const decide: Rules = { ...bonds, ...changes, BeginBlock, EndBlock };
