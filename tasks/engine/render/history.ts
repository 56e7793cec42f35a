/** One run of one target. */
export interface PastRun {
  readonly target: string
  readonly run: string
  /** When it ended, in UTC. */
  readonly at: string
  readonly verb: string
  readonly status: string
  readonly exit_code: number
  /** Seconds. */
  readonly duration: number
  readonly message: string
}

const GOOD = ['done', 'unchanged']

/** Did a run of this status do all that it was to do? */
export const wentWell = (status: string): boolean => GOOD.includes(status)

/** Not runs of their own accord: they say nothing of how long it takes. */
export const NO_RUNS: readonly string[] = ['skipped', 'refused']

/** The syncs that lines of history.jsonl tell of, in their order. What is cut off, or from elsewhere, is left out. */
export function pastRuns(lines: readonly string[]): PastRun[] {
  return lines.flatMap((line) => {
    const { run, at, verb, results } = parsed(line)
    if (verb !== 'sync' || !Array.isArray(results)) return []
    return results.flatMap((result: Partial<PastRun>) =>
      typeof result?.target !== 'string' || NO_RUNS.includes(String(result.status))
        ? []
        : [
            {
              target: result.target,
              run: String(run),
              at: String(at),
              verb,
              status: String(result.status),
              exit_code: Number(result.exit_code),
              duration: Number(result.duration),
              message: String(result.message),
            },
          ],
    )
  })
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(line) as Record<string, unknown> | null) ?? {}
  } catch {
    return {}
  }
}

export const summarise = (runs: readonly PastRun[]) => {
  return { runs: runs.length, good: runs.filter(isGood).length, ...percentiles(runs.map(({ duration }) => duration)) }
}

/** Of seconds, by nearest rank; 0 where there are none. */
export function percentiles(seconds: readonly number[]): { readonly p50: number; readonly p95: number; readonly p99: number } {
  const sorted = seconds.toSorted((one, other) => one - other)
  const rank = (percent: number): number => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0
  return { p50: rank(50), p95: rank(95), p99: rank(99) }
}

const isGood = ({ status }: PastRun): boolean => wentWell(status)

/** A line for each target, and with `each` one for each run; nothing is longer than `width`, 0 is no limit. */
export function renderHistory(targets: readonly (readonly [string, readonly PastRun[]])[], each: boolean, width: number): string {
  const longest = Math.max(...targets.map(([name]) => name.length))
  const bars = Math.min(width === 0 ? 30 : Math.max(8, width - longest - 58), 60)
  const most = Math.min(bars, Math.max(...targets.map(([, runs]) => runs.length)))
  const lines = targets.flatMap(([name, runs]) => {
    const { runs: count, good, p50, p95, p99 } = summarise(runs)
    const times = [p50, p95, p99].map((seconds) => seconds.toFixed(1)).join(' ')
    return [
      `${name.padEnd(longest)}  ${sparkline(runs.slice(-bars)).padEnd(most)}  ${good} of ${count} good  P50 P95 P99 ${times} s`,
      ...(each ? runs.map(runLine) : []),
    ]
  })
  return lines.map((line) => `${width > 0 && [...line].length > width ? `${[...line].slice(0, width - 3).join('')}...` : line}\n`).join('')
}

const runLine = ({ at, status, duration, message }: PastRun): string =>
  `  ${at.slice(0, 16).replace('T', ' ')}Z  ${status.padEnd(11)} ${duration.toFixed(1).padStart(7)} s  ${message.split('\n')[0]}`

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** A bar for how long each took, against the longest; ✗ for one that failed. */
function sparkline(runs: readonly PastRun[]): string {
  const longest = Math.max(...runs.map(({ duration }) => duration), 0.1)
  return runs.map((run) => (isGood(run) ? BARS[Math.min(7, Math.floor((run.duration / longest) * 8))] : '✗')).join('')
}
