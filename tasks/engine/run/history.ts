import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/problem.ts'
import { didYouMean } from '../nearest.ts'
import type { Given } from '../plan/verb.ts'
import { type PastRun, pastRuns, renderHistory, summarise } from '../render/history.ts'
import { findRoot } from './root.ts'

/** The verb history: gives the exit code. @throws ConfigError for a target that never ran, or a number that is none. */
export function history({ words, operands: [target], options: { json, last = '30' } }: Given): number {
  if (!/^[1-9]\d{0,4}$/.test(String(last))) throw new ConfigError(`history: --last ${last} is not a number from 1 to 99999`)
  const all = pastRuns(readHistory(findRoot(words)).toString('utf8').split('\n'))
  const names = [...new Set(all.map((run) => run.target))]
  if (target !== undefined && !names.includes(target))
    throw new ConfigError(`history: ${target} has not run yet${didYouMean(target, names)}`, 3)
  const runs = names
    .filter((name) => target === undefined || name === target)
    .map((name): [string, PastRun[]] => [name, all.filter((run) => run.target === name).slice(-Number(last))])
  if (json === true) {
    const targets = runs.map(([name, those]) => ({ target: name, ...summarise(those), last: those }))
    process.stdout.write(`${JSON.stringify({ targets })}\n`)
  } else {
    process.stdout.write(
      runs.length === 0 ? 'nothing has run yet\n' : renderHistory(runs, target !== undefined, process.stdout.columns ?? 0),
    )
  }
  return 0
}

/** The history as it is stored; empty where nothing has run. @throws ConfigError where it cannot be read. */
export function readHistory(root: string): Buffer {
  try {
    return readFileSync(`${root}/.insightpulse/state/history.jsonl`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw new ConfigError(`${root}/.insightpulse/state/history.jsonl cannot be read (${(error as NodeJS.ErrnoException).code})`, 3)
  }
}
