import { exitCodes, own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'import',
  summary: "take a colleague's archive of a stack in (TARGET=)",
  usage: ['TARGET [options]'],
  about: `Take an archive in: checked first, then, once you agreed, what is here is
exported, the new data is loaded beside it and compared, and takes over by a
rename. What was here stays beside it. Whatever fails: all is as it was, and runs.
The newest archive is taken where none is named. With --only what changed of the
workflows of n8n on either side is merged, one by one.`,
  options: [
    { name: 'archive', value: 'ARCHIVE', help: 'take this one, not the newest' },
    { name: 'from', value: 'PLACE', help: 'take it from there: a file, or rclone:REMOTE/PATH' },
    { name: 'back', help: 'take what the last import has replaced' },
    { name: 'force', help: 'go on where versions, roles or keys stand against it' },
    { name: 'inactive', help: 'let no workflow of n8n be active afterwards' },
    { name: 'take-env', help: 'take its .env too where there is another one here' },
    { name: 'only', value: 'PART', help: 'merge the workflows of this part of the kind n8n, and leave all else alone' },
    { name: 'take-theirs', help: 'with --only: where both sides changed a workflow, take theirs' },
    { name: 'take-mine', help: 'with --only: where both sides changed a workflow, leave yours' },
    ...own('dry-run', 'yes', 'ci', 'verbose', 'quiet', 'json', 'report', 'events', 'profile', 'root', 'wait', 'help', 'version'),
  ],
  exitCodes,
  alias: true,
  program: { kind: 'offered' },
})
