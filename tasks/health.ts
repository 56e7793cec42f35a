import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'health',
  summary: 'ask a stack whether it is well (TARGET=)',
  usage: ['TARGET [--env NAME] [options]'],
  about: `Look at the containers of an environment, its disk and memory, and ask what health:
in sync.yaml says. Exit code 8 if anything is wrong, with what, and since when. With
--watch what became ill or healthy since the last round is said too.`,
  options: [
    { name: 'env', value: 'NAME', help: 'the environment; found out by the name of this machine if it is left out' },
    { name: 'junit', value: 'FILE', help: 'write the verdicts as JUnit to FILE' },
    { name: 'watch', value: 'SECONDS', help: 'ask again every so many, until Ctrl-C; with --json a line for each round' },
    ...own('ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'profile', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
