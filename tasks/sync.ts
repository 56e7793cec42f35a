import { commonOptions, exitCodes, selectionOptions } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'sync',
  summary: 'sync the targets (TARGET= a name or a pattern)',
  usage: ['[TARGET...] [options]'],
  about: `Sync the targets of .insightpulse/sync.yaml. TARGET is a name or a pattern
such as 'oca_*'; none means all.`,
  options: [
    ...selectionOptions,
    { name: 'host', value: 'HOST', help: 'run it on [USER@]HOST[:FOLDER] or a name of hosts:, by ssh; several: a,b' },
    { name: 'hosts', help: 'run it on the hosts that the target names in sync.yaml' },
    { name: 'detach', help: 'with --host: the run there goes on by itself, also when the connection is lost' },
    { name: 'attach', help: 'with --host: watch the detached run that is in progress there, or the last one' },
    ...commonOptions,
  ],
  exitCodes,
  alias: true,
  program: { kind: 'targets' },
})
