import { messages, queries } from '../client/registry.ts';
import { fieldsOf } from '../client/generated.ts';
for (const m of messages) console.log(m.module, m.name, fieldsOf(m.codec).map(f=>f.name+':'+f.kind+(f.optional?'?':'')+f.values).join(' '));
for (const m of queries) console.log(m.module, m.name, m.path, fieldsOf(m.request).map(f=>f.name+':'+f.kind+(f.optional?'?':'')).join(' '));
