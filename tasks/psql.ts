import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'psql',
  summary: 'open psql in the database of a stack (TARGET=)',
  usage: ['TARGET [--part NAME] [options]'],
  about: `psql in the database of a part, in its container or at its address, without a
password to type. SQL may come from standard input. TARGET may be left out where
there is only one.`,
  options: [
    { name: 'part', value: 'NAME', help: 'the part; the first database if it is left out' },
    { name: 'read-only', help: 'in transactions that only read, unless the SQL says otherwise' },
    ...own('root', 'profile', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered', terminal: true },
})
