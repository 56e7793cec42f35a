import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'graph',
  summary: 'show what depends on what',
  usage: ['[options]'],
  about: `Show what runs after what: each target below those that it depends on, and which
targets never run at the same time, as they can write the same files.`,
  options: [
    { name: 'format', value: 'FORMAT', help: 'text (the default), mermaid for Markdown, or dot for Graphviz' },
    ...own('profile', 'root', 'help'),
  ],
  goal: '$(ARGS)',
  program: { kind: 'node', run: async (given, kit) => (await import('./engine/run/graph.ts')).graph(given, kit) },
})
