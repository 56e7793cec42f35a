import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'status',
  summary: 'show how each target stands',
  usage: ['[TARGET...] [options]'],
  about: `Show a line for each target: its state, and what to do. A wider screen shows
more. --verbose and --json have all that is known: direction, schedule, last run
and how it ended, last whole backup, how long its runs take (P50, P95 and P99, in
seconds), whether both sides are in sync, and the health of each. --watch looks
again every 5 SECONDS, until Ctrl-C.`,
  options: [
    { name: 'watch', value: '[SECONDS]', help: 'at a terminal: look again and again' },
    ...own('verbose', 'json', 'profile', 'root', 'help', 'version'),
  ],
  exitCodes: `Exit code 8: a target is out of sync or overdue, or a run was interrupted and
waits to be put back. 3: a side cannot be used.`,
  alias: true,
  program: { kind: 'targets' },
})
