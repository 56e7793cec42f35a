import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'deploy',
  summary: 'let a new version of a stack take over in an environment (TARGET=)',
  usage: ['TARGET [--env NAME] [options]'],
  about: `Resolve the compose files of an environment, bring their images there, show what
would change, and let it take over: a canary first where a service allows that,
then all of it. What does not become healthy is taken back, and what ran before
runs again. The host does that by itself; a lost connection does no harm.`,
  options: [
    { name: 'env', value: 'NAME', help: 'the environment; found out by the name of this machine if it is left out' },
    { name: 'pull', help: 'ask the registry for newer images of the same names' },
    ...own('dry-run', 'yes', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'profile', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
