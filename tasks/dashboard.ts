import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'dashboard',
  summary: 'make a page that shows how everything stands',
  usage: ['[--output FILE] [--states FROM] [--reports DIR]', '--serve [--port N] [--host ADDRESS]'],
  about: `Make one HTML file that asks nothing of any server: how each target stands and when
it runs next, the last 90 days, durations, the latest runs with their steps and the
ends of their logs, backups and their last check, and what depends on what. With
--serve it is shown on this machine alone, and follows what happens. It only reads:
it takes no lock and changes nothing.`,
  options: [
    { name: 'output', value: 'FILE', help: 'the file (default .insightpulse/reports/dashboard.html, which Git ignores)' },
    { name: 'serve', help: 'show it at http://127.0.0.1:4480 until it is interrupted' },
    { name: 'port', value: 'N', help: 'with --serve: at another port; 0 is any that is free' },
    { name: 'host', value: 'ADDRESS', help: 'with --serve: for other machines too, who need the token that is printed' },
    { name: 'states', value: 'FROM', help: 'status asks each target (the default up to 40 of them); records takes what is written down' },
    { name: 'reports', value: 'DIR', help: 'show reports of runs elsewhere too, such as those of a workflow; states are from records' },
    ...own('profile', 'root', 'help'),
  ],
  exitCodes: `Exit code 3: something cannot be read, or the page cannot be written or served.`,
  goal: '$(ARGS)',
  program: { kind: 'node', run: async (given, kit) => (await import('./engine/run/dashboard/dashboard.ts')).dashboard(given, kit) },
})
