import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'promote',
  summary: 'let what was tested take over in production (TARGET=)',
  usage: ['TARGET [--env NAME] [--from NAME] [options]'],
  about: `Let the release that passed its tests in one environment take over in another: the
same images, by their ids, never built again. Refused (exit code 4) unless those
tests passed for this very release, of a commit that is clean and pushed. The data
of a protected environment is exported first, what ran there gets a tag in Git.`,
  options: [
    { name: 'env', value: 'NAME', help: 'the environment that changes' },
    { name: 'from', value: 'NAME', help: 'the environment that was tested; found out where there is only one other' },
    { name: 'no-data', help: 'do not export its data first' },
    ...own('dry-run', 'yes', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'profile', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
