import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'refresh',
  summary: 'bring a sanitised copy of production to another environment (TARGET=)',
  usage: ['TARGET [--env NAME] [options]'],
  about: `Copy the databases of one environment to another without personal data: every
column has a rule in sanitise.yaml, or not a row is read (exit code 4), and nothing
that was masked stands anywhere in the copy (exit code 5). What is copied is only
read. The copy is loaded beside what is there and takes over by a rename; workflows
of n8n are inactive then.`,
  options: [
    { name: 'env', value: 'NAME', help: 'the environment that gets it; found out by the name of this machine if it is left out' },
    { name: 'from', value: 'NAME', help: 'the environment whose data is copied; the protected one if it is left out' },
    { name: 'with-credentials', help: 'let the credentials and webhooks of n8n come along where the rules keep them' },
    ...own('dry-run', 'yes', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'profile', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
