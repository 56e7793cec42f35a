import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'fetch',
  summary: 'ask and fetch one share of a large target, for a sync elsewhere (TARGET=)',
  usage: ['TARGET --shard NUMBER --shares FOLDER [options]'],
  about: `Ask and fetch one of the shares of a target that has shards: in sync.yaml, and
leave it in FOLDER/NUMBER. Nothing else changes. A sync of the target with
--shares FOLDER takes from there what it would ask and fetch itself. TARGET may
be left out where there is only one.`,
  options: [
    { name: 'shard', value: 'NUMBER', help: 'which of them, from 0' },
    { name: 'shares', value: 'FOLDER', help: 'leave what was fetched in FOLDER/NUMBER, from the root' },
    ...own('ci', 'verbose', 'quiet', 'json', 'report', 'events', 'profile', 'root', 'help', 'version'),
  ],
  exitCodes,
  program: { kind: 'offered' },
})
