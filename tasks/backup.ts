import { own } from './engine/plan/options.ts'
import { sh } from './engine/plan/shell.ts'
import { changes } from './engine/plan/step.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'backup',
  summary: 'save what a target writes (TARGET=), or list: ARGS=--list',
  usage: ['PATH... | --target TARGET [options]', '--list | --check | --prune | --clean FILE... | --usage'],
  about: `Save files and folders, and look after what was saved. Every sync saves by
itself what it is about to overwrite.`,
  options: [
    { name: 'target', value: 'TARGET', help: 'save what this target writes' },
    { name: 'artifact', value: 'ID', help: 'a word that goes into the name of the backup' },
    { name: 'layout', value: 'LAYOUT', help: 'directory, or sibling: FILE.bak.TIME beside each file' },
    { name: 'list', help: 'list the backups' },
    { name: 'check', help: 'check that they are whole; exit code 5 if one is not' },
    { name: 'read-data', help: 'with --check: read every byte' },
    { name: 'prune', help: 'remove what no rule keeps; with --dry-run say what and why' },
    { name: 'clean', help: 'remove all .bak copies of FILE' },
    { name: 'usage', help: 'bytes by target and by age, and what is saved most often' },
    ...own('dry-run', 'json', 'quiet', 'verbose', 'report', 'events', 'profile', 'root', 'init', 'wait', 'help', 'version'),
  ],
  exitCodes: `Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is missing,
5 a backup is damaged, 6 a run holds the lock`,
  goal: '$(if $(TARGET),--target $(TARGET)) $(ARGS)',
  alias: true,
  program: {
    kind: 'stores',
    alone: true,
    steps: [changes('save_now', 'Save the files', sh`save_chosen`, { saves: undefined })],
  },
})
