import { Listr, type ListrTaskWrapper } from 'listr2'
import type { RunEvent } from './events.ts'
import type { Ask } from './program.ts'

type StepEnd = Extract<RunEvent, { event: 'step_end' }>
// biome-ignore lint/suspicious/noExplicitAny: the renderer is of no matter here
type Task = ListrTaskWrapper<any, any, any>

interface ShownStep {
  readonly title: string
  readonly ended: Promise<StepEnd | 'waits' | undefined>
  readonly end: (event: StepEnd | 'waits' | undefined) => void
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

/**
 * Draws the event stream of targets that run one after the other: a list of steps each, with progress and times. One that
 * waits, for the gates of all while others run or for an answer, is drawn on in a list of its own.
 */
export async function drawEvents(events: AsyncIterable<RunEvent>, ask: Ask): Promise<void> {
  const targets = new Map<string, ShownTarget>()
  let current: string | undefined
  const close = async (name: string | undefined, why: 'waits' | undefined): Promise<void> => {
    const target = targets.get(name ?? '')
    if (!(name && target?.drawn)) return
    for (const step of target.steps.values()) step.end(why)
    await target.drawn
    targets.set(name, { steps: new Map([...target.steps].map(([id, { title }]) => [id, newStep(title)])) })
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
      case 'step_start':
        target.drawn ??= draw(current, target.steps)
        break
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
        await close(current, undefined)
        targets.delete(current)
        break
      default:
        event satisfies never
    }
  }
  for (const name of [...targets.keys()]) await close(name, undefined)
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
    task.output = `${Math.round((Date.now() - started) / 1000)} s${step.note && `  ${step.note}`}`
  }, 1000)
}

function finish(task: Task, title: string, end: StepEnd | 'waits' | undefined): void {
  if (!end || end === 'waits') {
    task.skip(`${title}: ${end ? 'later' : 'not reached'}`)
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
