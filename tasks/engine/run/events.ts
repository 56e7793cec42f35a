import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { ConfigError } from '../config/problem.ts'
import { optionValue } from './root.ts'

type StepStatus = 'ok' | 'failed' | 'skipped' | 'put_back' | 'would_run' | 'cannot_know'

interface Common {
  readonly run: string
  readonly target: string
  /** Where it runs, if that is one of several hosts. */
  readonly host?: string
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

/** The events of a stream as they come; `tell` is given their lines. */
export async function* readEvents(stream: Readable, tell: (line: string) => void = () => {}): AsyncGenerator<RunEvent> {
  for await (const line of createInterface({ input: stream })) {
    tell(line)
    const event = parseEvent(line)
    if (event) yield event
  }
}

/** The event of a line. One that is none is left out: a program may be cut off in the middle of it. */
export function parseEvent(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent
  } catch {
    return undefined
  }
}

/** Writes lines of the stream to where `--events` has them go; what cannot be written later on is lost. Throws ConfigError. */
export function eventWriter(words: readonly string[]): (line: string) => void {
  const to = optionValue(words, 'events')
  if (to === undefined) return () => {}
  const [, number] = /^fd:(\d+)$/.exec(to) ?? []
  const file = openStream(to, number === undefined ? undefined : Number(number))
  return (line) => {
    try {
      writeSync(file, `${line}\n`)
    } catch {}
  }
}

function openStream(to: string, descriptor: number | undefined): number {
  try {
    if (descriptor === undefined) return openSync(to, 'a')
    writeSync(descriptor, '')
    return descriptor
  } catch {
    const what = descriptor === undefined ? 'cannot be written' : 'that descriptor is not open'
    throw new ConfigError(`--events ${to}: ${what}`, descriptor === undefined ? 3 : 2)
  }
}
