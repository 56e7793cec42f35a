/** What a report of a run tells that its line in the history does too: see report.sh of scripts/lib/records. */
interface Report {
  readonly timestamp: string
  readonly run: string
  readonly total_duration: number
  readonly dry_run: boolean
  readonly exit_code: number
  readonly results: readonly unknown[]
}

/** The history with a line for each report of a run that it does not tell of, by time. What is no report, or of a dry run, is left out. */
export function withReports(history: Buffer, reports: readonly string[]): Buffer {
  let at = ''
  const lines = history
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // What is cut off stays where it is.
      at = /"at":"([^"\\]*)"/.exec(line)?.[1] ?? at
      return { at, line }
    })
  const known = new Set(lines.map(({ line }) => /^\{"run":"([^"\\]*)"/.exec(line)?.[1]))
  const told = reports.flatMap(parsed).filter(({ run, dry_run }) => !dry_run && !known.has(run))
  // The newest report has two names.
  const more = new Map(told.map((report) => [lineOf(report), endOf(report)]))
  const all = [...lines, ...[...more].map(([line, end]) => ({ at: end, line }))]
  return Buffer.from(
    all
      .toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
      .map(({ line }) => `${line}\n`)
      .join(''),
  )
}

function parsed(text: string): Report[] {
  try {
    const report = JSON.parse(text) as Report
    return typeof report.run === 'string' && Array.isArray(report.results) && endOf(report) !== '' ? [report] : []
  } catch {
    return []
  }
}

const lineOf = (report: Report): string => {
  const { run, exit_code, results } = report
  return JSON.stringify({ run, at: endOf(report), who: '', where: '', verb: 'sync', exit_code, results })
}

function endOf({ timestamp, total_duration }: Report): string {
  const end = Date.parse(timestamp) + 1000 * total_duration
  return Number.isFinite(end) ? `${new Date(end).toISOString().slice(0, 19)}Z` : ''
}
