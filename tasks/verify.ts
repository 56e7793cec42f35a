import { allBut, selectionOptions } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'verify',
  summary: 'say whether both sides are in step; change nothing',
  usage: ['[TARGET...] [options]'],
  about: `Say whether each target is in sync: exit code 0 if all are, 8 if one is not, with
what differs and the command that settles it. Both sides are compared, and the
verification commands and drift gates are run on what is here. Where nothing can
be known, that is said. Nothing is changed. The same as sync --check.`,
  options: [...selectionOptions, ...allBut('check', 'dry-run', 'verify', 'release', 'yes')],
  alias: true,
  program: { kind: 'words', verb: 'sync', words: ['--check'] },
})
