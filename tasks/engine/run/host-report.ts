import type { Outcome } from './host-connection.ts'

/** The order in which exit codes count where there are several: as of several targets (scripts/lib/targets/end.sh). */
const WORST_FIRST = [7, 143, 141, 131, 130, 129, 5, 1, 3, 4, 6, 8, 2]

export const worstCode = (codes: readonly number[]): number =>
  WORST_FIRST.find((code) => codes.includes(code)) ?? (codes.every((code) => code === 0) ? 0 : 1)

/** What came of the run on one of several hosts. */
export interface HostOutcome {
  /** As the person called it. */
  readonly name: string
  readonly outcome: Outcome
}

/** What is read of the report of one host. */
interface Report {
  readonly timestamp: string
  readonly run: string
  readonly total_duration: number
  readonly dry_run: boolean
  readonly results: readonly { readonly success: boolean }[]
}

/** One report of all hosts, as that of several targets: each result says of which host and run it is. */
export function joinReports(target: string, outcomes: readonly HostOutcome[], code: number): string {
  const reports = outcomes.map(({ outcome }) => readReport(outcome))
  const results = outcomes.flatMap(({ name, outcome }, index): readonly Record<string, unknown>[] => {
    const { run, results: own } = reports[index] ?? {}
    if (own !== undefined) return own.map((result) => ({ host: name, run, ...result }))
    const message = 'no report came back from there'
    return [{ host: name, run: null, target, success: false, status: 'failed', exit_code: outcome.code, message }]
  })
  const known = reports.filter((report) => report !== undefined)
  const successful = results.filter(({ success }) => success === true).length
  return JSON.stringify({
    timestamp: known.map(({ timestamp }) => timestamp).sort()[0] ?? null,
    total_targets: results.length,
    successful,
    failed: results.length - successful,
    total_duration: Math.max(0, ...known.map((report) => report.total_duration)),
    dry_run: known.some(({ dry_run }) => dry_run),
    exit_code: code,
    results,
  })
}

function readReport({ report }: Outcome): Report | undefined {
  try {
    return report === undefined ? undefined : (JSON.parse(report) as Report)
  } catch {
    return undefined
  }
}
