import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'export',
  summary: 'put all data of a stack into one checked archive (TARGET=)',
  usage: ['TARGET [options]'],
  about: `Put every part of a stack, its databases, volumes and files, into one archive
for another machine: dumped at one moment, checked, and read back before it has
its name. TARGET may be left out where only one target can be exported.`,
  options: [
    { name: 'list', help: 'list the archives' },
    { name: 'share', help: 'say what to tell the colleague who is to import it' },
    { name: 'inspect', value: 'ARCHIVE', help: 'check that this archive is whole, and say what is in it' },
    ...own('dry-run', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'profile', 'root', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
