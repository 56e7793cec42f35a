import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'clean',
  summary: 'remove a stack with all its data, which is exported first (TARGET=)',
  usage: ['TARGET [options]'],
  about: `Start over: once you agreed, every part of the stack and every volume of its project
goes into an archive in before-clean/, which is checked and read back. Only then its
containers, networks and volumes are removed. Files and images stay.`,
  options: own('dry-run', 'yes', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'profile', 'root', 'wait', 'help', 'version'),
  exitCodes,
  alias: true,
  goalName: 'clean-stack',
  program: { kind: 'offered' },
})
