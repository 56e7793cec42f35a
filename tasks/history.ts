import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'history',
  summary: 'show how the last runs went',
  usage: ['[TARGET] [options]'],
  about: `Show how the last runs of each target went: a bar for how long each took, ✗ for one
that failed, how many succeeded, and P50, P95 and P99 of the seconds. With TARGET
its runs too, a line each.`,
  options: [{ name: 'last', value: 'N', help: 'of the last N runs (default 30)' }, ...own('json', 'root', 'help')],
  goal: '$(TARGET) $(ARGS)',
  program: { kind: 'node', operands: 1, run: async (given) => (await import('./engine/run/history.ts')).history(given) },
})
