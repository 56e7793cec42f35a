import { Listr, type ListrTaskWrapper } from 'listr2'
import type { RunEvent } from './events.ts'
import type { Ask } from './program.ts'

type StepEnd = Extract<RunEvent, { event: 'step_end' }>
// biome-ignore lint/suspicious/noExplicitAny: the renderer is of no matter here
type Task = ListrTaskWrapper<any, any, any>

/** How a step ended, or why it has not: its list is drawn on later, it was broken off, or nobody came to it. */
type Ending = StepEnd | 'waits' | 'interrupted' | 'not reached'

interface ShownStep {
  readonly title: string
  readonly ended: Promise<Ending>
  readonly end: (event: Ending) => void
  started?: true
  /** How far it is, in its own words; or the last line that it has printed. */
  note: string
  counts?: true
  task?: Task
}

interface ShownTarget {
  /** Those that have not ended. */
  readonly steps: Map<string, ShownStep>
  drawn?: Promise<unknown>
}

/** Columns that stand before what a step says. */
const INDENT = 8

/**
 * Draws the event stream of targets that run one after the other: a list of steps each, with progress and times. One that
 * waits, for the gates of all while others run or for an answer, is drawn on in a list of its own.
 */
export async function drawEvents(events: AsyncIterable<RunEvent>, ask: Ask): Promise<void> {
  const targets = new Map<string, ShownTarget>()
  let current: string | undefined
  const close = async (name: string | undefined, why: 'waits' | 'not reached'): Promise<void> => {
    const target = targets.get(name ?? '')
    if (!(name && target?.drawn)) return
    for (const step of target.steps.values()) step.end(step.started && why !== 'waits' ? 'interrupted' : why)
    await target.drawn
    targets.set(name, {
      steps: new Map([...target.steps].map(([id, { title, started }]) => [id, { ...newStep(title), ...(started && { started }) }])),
    })
  }
  for await (const event of events) {
    if (event.target !== current) await close(current, 'waits')
    current = event.target
    const target = targets.get(current) ?? { steps: new Map<string, ShownStep>() }
    targets.set(current, target)
    switch (event.event) {
      case 'run_start':
        targets.set(current, { steps: new Map() })
        break
      case 'step_planned':
        target.steps.set(event.id, newStep(event.title))
        break
      case 'step_start': {
        const step = target.steps.get(event.id)
        if (step) step.started = true
        target.drawn ??= draw(current, target.steps)
        break
      }
      case 'question':
        await close(current, 'waits')
        await ask(event.text)
        break
      case 'step_progress': {
        const step = target.steps.get(event.id)
        if (!step) break
        step.counts = true
        step.note = `${event.done} of ${event.total}  ${event.note}`
        if (step.task) step.task.output = step.note
        break
      }
      case 'step_output': {
        const step = target.steps.get(event.id)
        // How many of its items are done says more.
        if (step && !step.counts) step.note = event.line
        break
      }
      case 'step_end':
        if (event.status === 'put_back') break
        target.drawn ??= draw(current, target.steps)
        target.steps.get(event.id)?.end(event)
        target.steps.delete(event.id)
        break
      case 'run_end':
        await close(current, 'not reached')
        targets.delete(current)
        break
      default:
        event satisfies never
    }
  }
  for (const name of [...targets.keys()]) await close(name, 'not reached')
}

function newStep(title: string): ShownStep {
  let end: ShownStep['end'] = () => {}
  const ended = new Promise<Parameters<ShownStep['end']>[0]>((resolve) => {
    end = resolve
  })
  return { title, ended, end, note: '' }
}

function draw(target: string, steps: ReadonlyMap<string, ShownStep>): Promise<unknown> {
  const list = [...steps.values()].map((step) => ({
    title: step.title,
    task: async (_: unknown, task: Task) => {
      step.task = task
      const clock = showElapsed(step, task)
      const end = await step.ended
      clearInterval(clock)
      finish(task, step.title, end)
    },
  }))
  return new Listr(
    [{ title: target, task: (_, task) => task.newListr(list, { exitOnError: false, rendererOptions: { collapseSubtasks: false } }) }],
    {
      exitOnError: false,
      // A signal is for the program, which puts back what it did and says so.
      registerSignalListeners: false,
      rendererOptions: { collapseSubtasks: false, collapseErrors: false, showErrorMessage: false },
    },
  )
    .run()
    .catch(() => {})
}

/** Says each second how long a step has taken by now, beside how far it is. */
function showElapsed(step: ShownStep, task: Task): NodeJS.Timeout {
  const started = Date.now()
  return setInterval(() => {
    const text = `${Math.round((Date.now() - started) / 1000)} s${step.note && `  ${step.note}`}`
    // One that goes on in the next row makes the picture jump.
    task.output = [...text].slice(0, (process.stdout.columns || 80) - INDENT).join('')
  }, 1000)
}

function finish(task: Task, title: string, end: Ending): void {
  if (end === 'interrupted') {
    task.title = `${title}: interrupted`
    throw new Error(task.title)
  }
  if (end === 'waits' || end === 'not reached') {
    task.skip(`${title}: ${end === 'waits' ? 'later' : end}`)
    return
  }
  const text = `${title}${end.reason ? `: ${end.reason}` : ''}`
  switch (end.status) {
    case 'ok':
    case 'put_back':
      task.title = `${text} (${end.seconds} s)`
      return
    case 'failed':
      // The last line of the run says why.
      throw new Error(text)
    case 'skipped':
      task.skip(text)
      return
    case 'would_run':
      task.skip(`would run: ${text}`)
      return
    case 'cannot_know':
      task.skip(`cannot know: ${text}`)
      return
    default:
      end.status satisfies never
  }
}
