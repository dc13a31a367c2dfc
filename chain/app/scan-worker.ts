/** Where a thread for queries begins: behind others before it loads what it works with. */
import { comeBehind } from '../abci/right-of-way.ts';

comeBehind();
export const { answer } = await import('./scan-thread.ts');
