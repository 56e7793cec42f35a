import { wentWell } from '../history.ts'
import { duration } from './charts.ts'
import type { Run } from './past.ts'
import type { Tone } from './states.ts'
import { firstLine, spaced, type Time, timeOf } from './words.ts'

/** A run as the page shows it. */
export interface RunView extends Time {
  readonly id: string
  readonly target: string
  readonly verb: string
  readonly by: string
  readonly word: string
  readonly tone: Tone
  readonly seconds: string
  readonly message: string
  readonly more: string
  readonly steps: readonly {
    readonly title: string
    readonly word: string
    readonly tone: Tone
    readonly seconds: string
    readonly x: number
    readonly width: number
  }[]
  readonly changes: readonly { readonly word: string; readonly paths: readonly string[]; readonly others: number }[]
  /** What it changed, as text, and what that is called. */
  readonly diffTitle: string
  readonly diff: string
  /** The last lines of its log. */
  readonly ending: string
}

const SHOWN_PATHS = 8

/** A run with its steps one after the other, `ending` being the end of its log, and `diff` what it changed, as text. */
export function runView(run: Run, ending: string, diff: string): RunView {
  const [head = '', ...more] = run.message.split('\n')
  const all = Math.max(
    0.001,
    run.steps.reduce((sum, { seconds }) => sum + seconds, 0),
  )
  let before = 0
  return {
    ...timeOf(run.at),
    id: `${run.run}-${run.target}`,
    target: run.target,
    verb: run.verb,
    by: [run.who, run.where].filter((each) => each !== '').join(' on '),
    word: spaced(run.status),
    tone: runTone(run.status),
    seconds: duration(run.seconds),
    message: head,
    more: more.join('\n'),
    steps: run.steps.map(({ title, status, seconds, reason }) => {
      const x = (100 * before) / all
      before += seconds
      const word = reason === '' ? spaced(status) : `${spaced(status)}: ${firstLine(reason)}`
      return {
        title,
        word,
        tone: stepTone(status),
        seconds: duration(seconds),
        x: round(x),
        width: round(Math.max(0.6, (100 * seconds) / all)),
      }
    }),
    changes: [
      { word: 'created', paths: run.created },
      { word: 'changed', paths: run.rewritten },
      { word: 'removed', paths: run.removed },
    ].flatMap(({ word, paths }) =>
      paths.length === 0 ? [] : [{ word, paths: paths.slice(0, SHOWN_PATHS), others: Math.max(0, paths.length - SHOWN_PATHS) }],
    ),
    diffTitle: run.commit === '' ? 'What it changed, as text' : 'What its commit changed',
    diff,
    ending,
  }
}

const runTone = (status: string): Tone => (wentWell(status) ? 'good' : status === 'partial' || status === 'refused' ? 'look' : 'bad')
const stepTone = (status: string): Tone => (status === 'ok' ? 'good' : status === 'failed' ? 'bad' : 'quiet')

const round = (value: number): number => Math.round(value * 10) / 10
