import type { DrawEvents } from './program.ts'

/**
 * Prints a line for each step that has ended, as programs do that nobody watches (scripts/lib/run/end-step.sh), with `before` at its
 * start; with --quiet nothing.
 */
export function printEvents(words: readonly string[], before: string): DrawEvents {
  const quiet = words.includes('--quiet') || words.includes('-q')
  return async (events) => {
    const titles = new Map<string, string>()
    for await (const event of events) {
      if (event.event === 'step_planned') titles.set(event.id, event.title)
      if (event.event !== 'step_end' || quiet) continue
      const { target, id, status, seconds, reason } = event
      const title = `${status.replaceAll('_', ' ').padEnd(11)} ${titles.get(id) ?? id} (${seconds.toFixed(1)} s)`
      process.stderr.write(`${before}${target}: ${title}${reason && `: ${reason}`}\n`)
    }
  }
}
