import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'patch',
  summary: 'keep local commits in a mirrored folder as patch files (TARGET=)',
  usage: ['TARGET [options]'],
  about: `Write the commits that changed a mirrored folder, upon what its lock file names,
as patches/TARGET/REPOSITORY/NUMBER-SUBJECT.patch, and say what to add to its
patches: in sync.yaml, so that the next sync keeps them upon what moved upstream.
Nothing is overwritten. TARGET may be left out where there is only one.`,
  options: [
    { name: 'repo', value: 'REPOSITORY', help: 'this one; without it all that have local commits' },
    ...own('dry-run', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'root', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
