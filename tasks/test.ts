import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'test',
  summary: 'run the tests of a stack in an environment (TARGET=)',
  usage: ['TARGET [--env NAME] [options]'],
  about: `Run what tests: in sync.yaml declares, side by side. If all of them pass, that is
noted of the very release that runs there: promote asks for it. Exit code 5 if one
does not.`,
  options: [
    { name: 'env', value: 'NAME', help: 'the environment; found out by the name of this machine if it is left out' },
    { name: 'junit', value: 'FILE', help: 'write the verdicts as JUnit to FILE' },
    ...own('ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'profile', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  goalName: 'test-stack',
  program: { kind: 'offered' },
})
