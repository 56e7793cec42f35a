import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'generate',
  summary: 'write the scripts of generated/',
  usage: ['[options]'],
  about: 'Write the scripts of generated/ and the workflow from .insightpulse/sync.yaml.',
  options: [
    { name: 'check', help: 'write nothing; exit 8 if a file is not as it would be written' },
    { name: 'force', help: 'overwrite files that were edited by hand' },
    {
      name: 'standalone',
      value: 'NAME',
      help: 'write nothing; print a program as one file that needs no other: NAME is a target, or that of the file',
    },
    ...own('profile', 'root', 'help'),
  ],
  goal: '$(ARGS)',
  program: { kind: 'node', run: async (given, kit) => (await import('./engine/run/generate.ts')).generate(given, kit) },
})
