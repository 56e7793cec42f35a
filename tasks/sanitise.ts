import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'sanitise',
  summary: 'propose or check the rules by which data is made harmless (TARGET=)',
  usage: ['TARGET [--env NAME] [options]'],
  about: `Compare the rules of sanitise.yaml with the databases of an environment: a column
without a rule, or a rule without a column, is exit code 4. With --propose it prints
a first file of rules instead, out of the catalogue and of samples: what looks
personal, or cannot be told, is masked in it. You decide.`,
  options: [
    { name: 'env', value: 'NAME', help: 'the environment; found out by the name of this machine if it is left out' },
    { name: 'propose', help: 'print a first file of rules, for you to decide on' },
    ...own('ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'profile', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
