import { sha256 } from '../../sha256.ts'
import type { RunEvent } from '../events.ts'
import type { Caller } from './caller.ts'
import type { Span, Trace } from './trace.ts'

type End = Extract<RunEvent, { event: 'run_end' }>
const FAILED: readonly string[] = ['failed', 'partial', 'refused', 'interrupted']

/** What the ids on a host follow from: of one target on several hosts each has a trace of its own. */
export const seedOn = (host: string | undefined, seed: string): string => (host === undefined ? seed : sha256(`${seed} ${host}`))

/**
 * Makes a trace of each run in an event stream, and gives it to `send` when the run has ended. The ids follow from `seed`: a
 * program that knows it can tell the span of a step before there is one (scripts/lib/records/trace.sh).
 */
export function collectTraces(verb: string, seed: string, caller: Caller | undefined, send: (trace: Trace) => void) {
  const traces = new Map<string, Trace>()
  const begun = new Map<string, number>()

  const begin = (event: RunEvent, key: string, at: number): Trace => {
    const { target, run, host } = event
    // The gates of all targets begin twice.
    const times = begun.get(key) ?? 0
    begun.set(key, times + 1)
    const digest = sha256([seedOn(host, seed), target, ...(times > 0 ? [times] : [])].join(' '))
    const attributes = { 'cicd.pipeline.name': target, 'cicd.pipeline.run.id': run, ...(host && { 'lockstep.host': host }) }
    const span = { id: digest.slice(32, 48), name: `${verb} ${target}`, start: at, end: at, attributes, events: [] }
    return { id: caller?.trace ?? digest.slice(0, 32), parent: caller?.span, run: span, steps: [] }
  }

  const finish = (key: string, trace: Trace): void => {
    traces.delete(key)
    send(trace)
  }

  return {
    hear: (event: RunEvent, now: number): void => {
      const key = event.host === undefined ? event.target : `${event.target} ${event.host}`
      const at = timeOf(event, now)
      const trace = traces.get(key) ?? begin(event, key, at)
      traces.set(key, trace)
      trace.run.end = Math.max(trace.run.end, at)
      switch (event.event) {
        case 'run_start':
          Object.assign(trace.run.attributes, { 'lockstep.direction': event.direction, 'lockstep.dry_run': event.dry_run })
          break
        case 'step_start': {
          const id = sha256(`${seedOn(event.host, seed)} ${event.target} ${event.id}`).slice(0, 16)
          trace.steps.push({ id, name: event.title, start: at, end: at, attributes: { 'cicd.pipeline.task.name': event.id }, events: [] })
          break
        }
        case 'step_end':
          endStep(trace, event, at)
          break
        case 'run_end':
          endRun(trace, event)
          finish(key, trace)
          break
        case 'step_planned':
        case 'step_output':
        case 'step_progress':
        case 'question':
          break
        default:
          event satisfies never
      }
    },
    /** What has begun and will not be heard of again. */
    close: (): void => {
      for (const [key, trace] of traces) {
        for (const span of [trace.run, ...trace.steps]) if (!('lockstep.status' in span.attributes)) span.error = 'it ended without a word'
        finish(key, trace)
      }
    },
  }
}

/** An event says the second; it was read a moment after it was written, unless the reader was kept from reading. */
function timeOf({ at }: RunEvent, now: number): number {
  const second = Date.parse(at)
  return now >= second && now < second + 1000 ? now : second
}

function endStep({ run, steps }: Trace, event: Extract<RunEvent, { event: 'step_end' }>, at: number): void {
  if (event.status === 'put_back') {
    run.events.push({ name: event.status, at, step: event.id })
    return
  }
  const step = steps.findLast(({ attributes }) => attributes['cicd.pipeline.task.name'] === event.id)
  if (!step) return
  step.end = step.start + event.seconds * 1000
  run.end = Math.max(run.end, step.end)
  endSpan(step, event)
  if (event.status === 'failed') {
    step.error = event.reason
    run.error ??= event.reason
  }
}

function endRun({ run }: Trace, event: End): void {
  endSpan(run, event)
  if (FAILED.includes(event.status)) run.error ??= event.status
  else delete run.error
}

function endSpan(span: Span, event: { readonly status: string; readonly exit_code: number }): void {
  Object.assign(span.attributes, { 'lockstep.status': event.status, 'process.exit.code': event.exit_code })
}
