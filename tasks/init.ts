import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'init',
  summary: 'write a first .insightpulse/sync.yaml',
  usage: ['[--from FILE]... [options]'],
  about: `Write a first .insightpulse/sync.yaml and lines for .gitignore, here or in DIR, and
overwrite nothing. Where there is a package.json, offer scripts for it. With --from, take over what is kept by another tool: repos.yaml
of git-aggregator, .repos of vcstool, .gitmodules, .mrconfig, a crontab (- is
standard input, as in crontab -l), or a folder of clones.`,
  options: [
    { name: 'from', value: 'FILE', help: 'a file of another tool, or a folder of clones; may be given again' },
    ...own('yes', 'root', 'help'),
  ],
  goal: '$(ARGS)',
  program: { kind: 'node', run: async (given) => (await import('./engine/run/init.ts')).init(given) },
})
