import { Listr, type ListrTaskWrapper } from 'listr2'
import type { RunEvent } from './events.ts'

type StepEnd = Extract<RunEvent, { event: 'step_end' }>
// biome-ignore lint/suspicious/noExplicitAny: the renderer is of no matter here
type Task = ListrTaskWrapper<any, any, any>

interface ShownStep {
  readonly title: string
  readonly ended: Promise<StepEnd | undefined>
  readonly end: (event: StepEnd | undefined) => void
  task?: Task
}

/** Draws the event stream of targets that run one after the other: a list of steps each, with progress and times. */
export async function drawEvents(events: AsyncIterable<RunEvent>): Promise<void> {
  let steps = new Map<string, ShownStep>()
  let drawn: Promise<unknown> = Promise.resolve()
  let drawing = false
  for await (const event of events) {
    switch (event.event) {
      case 'run_start':
        steps = new Map()
        drawing = false
        break
      case 'step_planned':
        steps.set(event.id, newStep(event.title))
        break
      case 'step_start':
        if (drawing) break
        drawing = true
        drawn = draw(event.target, steps)
        break
      case 'step_progress': {
        const task = steps.get(event.id)?.task
        if (task) task.output = `${event.done} of ${event.total}  ${event.note}`
        break
      }
      case 'step_end':
        if (event.status !== 'put_back') steps.get(event.id)?.end(event)
        break
      case 'run_end':
        for (const step of steps.values()) step.end(undefined)
        await drawn
        break
      default:
        event satisfies never
    }
  }
  for (const step of steps.values()) step.end(undefined)
  await drawn
}

function newStep(title: string): ShownStep {
  let end: ShownStep['end'] = () => {}
  const ended = new Promise<StepEnd | undefined>((resolve) => {
    end = resolve
  })
  return { title, ended, end }
}

function draw(target: string, steps: ReadonlyMap<string, ShownStep>): Promise<unknown> {
  const list = [...steps.values()].map((step) => ({
    title: step.title,
    task: async (_: unknown, task: Task) => {
      step.task = task
      finish(task, step.title, await step.ended)
    },
  }))
  return new Listr(
    [{ title: target, task: (_, task) => task.newListr(list, { exitOnError: false, rendererOptions: { collapseSubtasks: false } }) }],
    {
      exitOnError: false,
      rendererOptions: { collapseSubtasks: false, collapseErrors: false },
    },
  )
    .run()
    .catch(() => {})
}

function finish(task: Task, title: string, end: StepEnd | undefined): void {
  if (!end) {
    task.skip(`${title}: not reached`)
    return
  }
  const text = `${title}${end.reason ? `: ${end.reason}` : ''}`
  switch (end.status) {
    case 'ok':
    case 'put_back':
      task.title = `${text} (${end.seconds} s)`
      return
    case 'failed':
      task.title = title
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
