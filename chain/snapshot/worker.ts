/** Where a thread for a snapshot begins: behind others before it loads what it works with. */
import { comeBehind } from '../abci/right-of-way.ts';

comeBehind();
await import('./thread.ts');
