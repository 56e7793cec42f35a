import { Listr, type ListrTaskWrapper } from 'listr2'
import type { RunEvent } from './events.ts'
import type { DrawEvents } from './program.ts'

// biome-ignore lint/suspicious/noExplicitAny: the renderer is of no matter here
type Task = ListrTaskWrapper<any, any, any>

interface Shown {
  readonly name: string
  readonly task: Promise<Task>
  readonly begin: (task: Task) => void
  readonly ended: Promise<boolean>
  readonly end: (success: boolean) => void
}

/**
 * Draws the runs on several hosts side by side: the step in hand beside the name of each, and below it those that have ended.
 * Gives what draws each, which is done when all are.
 */
export function drawHosts(names: readonly string[]): readonly DrawEvents[] {
  const hosts = names.map(newHost)
  const list = new Listr(
    hosts.map(({ name, begin, ended }) => ({
      title: name,
      rendererOptions: { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true },
      task: async (_: unknown, task: Task) => {
        begin(task)
        // The last line of the run says why.
        if (!(await ended)) throw new Error(name)
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // A signal is for the programs, which put back what they did and say so.
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false, showErrorMessage: false },
    },
  )
  const drawn = list.run().catch(() => {})
  return hosts.map((host) => async (events) => {
    host.end(await drawHost(host.name, await host.task, events))
    await drawn
  })
}

function newHost(name: string): Shown {
  let begin: Shown['begin'] = () => {}
  let end: Shown['end'] = () => {}
  const task = new Promise<Task>((resolve) => {
    begin = resolve
  })
  const ended = new Promise<boolean>((resolve) => {
    end = resolve
  })
  return { name, task, begin, ended, end }
}

/** Draws one of them, and says whether it came to a good end. */
async function drawHost(name: string, task: Task, events: AsyncIterable<RunEvent>): Promise<boolean> {
  const titles = new Map<string, string>()
  let success = false
  for await (const event of events) {
    if (event.event === 'step_planned') titles.set(event.id, event.title)
    else if (event.event === 'step_start') task.title = `${name}: ${event.title}`
    else if (event.event === 'step_progress') {
      task.title = `${name}: ${titles.get(event.id) ?? event.id}: ${event.done} of ${event.total}  ${event.note}`
    } else if (event.event === 'step_end') {
      const { id, status, seconds, reason } = event
      task.output = `${status.replaceAll('_', ' ')}: ${titles.get(id) ?? id}${reason && `: ${reason}`} (${seconds} s)`
    } else if (event.event === 'run_end') {
      task.title = `${name}: ${event.status.replaceAll('_', ' ')}`
      success = event.exit_code === 0 || event.exit_code === 8
    }
  }
  return success
}
