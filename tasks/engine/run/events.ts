import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

type StepStatus = 'ok' | 'failed' | 'skipped' | 'put_back' | 'would_run' | 'cannot_know'

interface Common {
  readonly run: string
  readonly target: string
  /** UTC, ISO 8601. */
  readonly at: string
}

/** One line of the event stream that every program writes with `--events`. */
export type RunEvent = Common &
  (
    | { readonly event: 'run_start'; readonly direction: string; readonly dry_run: boolean }
    | { readonly event: 'step_planned' | 'step_start'; readonly id: string; readonly title: string }
    | { readonly event: 'step_output'; readonly id: string; readonly line: string }
    | { readonly event: 'question'; readonly text: string }
    | { readonly event: 'step_progress'; readonly id: string; readonly done: number; readonly total: number; readonly note: string }
    | {
        readonly event: 'step_end'
        readonly id: string
        readonly status: StepStatus
        readonly exit_code: number
        readonly seconds: number
        readonly reason: string
      }
    | { readonly event: 'run_end'; readonly status: string; readonly exit_code: number; readonly report: string }
  )

/** The events of a stream as they come. A line that is none is left out: a program may be cut off in the middle of one. */
export async function* readEvents(stream: Readable): AsyncGenerator<RunEvent> {
  for await (const line of createInterface({ input: stream })) {
    try {
      yield JSON.parse(line) as RunEvent
    } catch {}
  }
}
