import { type CronTimes, scheduleInWords } from '../../config/cron.ts'
import { ConfigError } from '../../config/problem.ts'
import { quote } from '../../plan/shell.ts'
import type { Job, Place } from './job.ts'
import { inZone } from './zone.ts'

/** What cron of Debian takes of a command: MAX_COMMAND of its cron.h, and an end, in bytes. */
const LONGEST_COMMAND = 998

/** The lines around what is ours in a crontab. */
const blockStart = (root: string): string => `# lockstep: begin ${root}`
const blockEnd = (root: string): string => `# lockstep: end ${root}`

/**
 * The lines of a crontab, crontab(5), for the jobs of a root, between two that name it. With `cronTz` each stands below its
 * CRON_TZ, which cronie reads and the cron of Debian takes for a variable of the command; else times are the host's.
 *
 * @throws ConfigError with all that cron cannot do.
 */
export function renderCrontab(jobs: readonly Job[], place: Place, cronTz: boolean): string {
  const { root, zone, command } = place
  const problems: string[] = []
  const lines = jobs.flatMap((job) => {
    const line = commandLine(job, place)
    const bytes = new TextEncoder().encode(line).length
    if (bytes > LONGEST_COMMAND)
      problems.push(`${job.title}: a command of ${bytes} bytes, of which cron takes ${LONGEST_COMMAND}: shorten PATH, or the root's`)
    const times = cronTz ? [job.times] : inZone(job.times, job.timezone, zone, place.now)
    if (times === undefined) problems.push(zoneProblem(job, zone))
    return [
      '#',
      `# ${job.title}: ${scheduleInWords(job.schedule, job.timezone)}`,
      ...(cronTz ? [`CRON_TZ=${job.timezone}`] : []),
      ...(times ?? []).map((each) => `${spellCron(each)} ${line}`),
    ]
  })
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
  return `${[
    blockStart(root),
    `# Source:      ${root}/.insightpulse/sync.yaml`,
    `# Regenerate:  ${command} --cron`,
    ...(cronTz
      ? ['# CRON_TZ is for cronie: the cron of Debian does not know it, and would take the times for its own.']
      : [`# cron knows no time zone: the times are those of this host, in ${zone}.`]),
    ...lines,
    // What comes below is somebody else's.
    ...(cronTz ? [`CRON_TZ=${zone}`] : []),
    blockEnd(root),
  ].join('\n')}\n`
}

/**
 * A crontab with another block for a root; an empty one takes it out. All other lines stay as they are.
 *
 * @throws ConfigError where the lines around the block are not as they were written.
 */
export function withBlock(crontab: string, root: string, block: string): string {
  const lines = crontab.split('\n')
  const at = (line: string): number[] => lines.flatMap((each, index) => (each === line ? [index] : []))
  const [starts, ends] = [at(blockStart(root)), at(blockEnd(root))]
  const [start, end] = [starts[0], ends[0]]
  if (start === undefined && end === undefined)
    return block === '' ? crontab : `${crontab}${crontab === '' || crontab.endsWith('\n') ? '' : '\n'}${block}`
  if (start === undefined || end === undefined || start > end || starts.length + ends.length > 2)
    throw new ConfigError(`crontab: "${blockStart(root)}" and "${blockEnd(root)}" must stand there once each: mend it with crontab -e`)
  return [...lines.slice(0, start), ...(block === '' ? [] : block.trimEnd().split('\n')), ...lines.slice(end + 1)].join('\n')
}

const zoneProblem = ({ title, timezone }: Job, zone: string): string =>
  `${title}: cron knows no time zone, and what it is in ${timezone} cannot be said in ${zone} for all of the year: use --systemd; ` +
  `--timezone ${timezone} if that is the host's; or --cron-tz where cron is cronie`

/** Through the log of a day, which goes with the others after 30 days. PATH holds for this line alone. */
function commandLine({ program, words }: Job, { root, path }: Place): string {
  const log = '.insightpulse/logs'
  const run = [`PATH=${quote(path)}`, `generated/${program}`, ...words.map(quote), '--quiet'].join(' ')
  // cron takes a bare % for the end of the line, in quotation marks too.
  return `cd ${quote(root)} && mkdir -p -m 700 ${log} && echo '*' >${log}/.gitignore && ${run} >>${log}/cron-$(date -u +%Y%m%d).log 2>&1`.replaceAll(
    '%',
    '\\%',
  )
}

/**
 * As a cron expression that every cron reads in one way: no names, no 7, a step only from a range or "*". A day that is
 * restricted never begins with "*", for Vixie's cron takes that for no restriction.
 */
export const spellCron = ({ minutes, hours, days, months, weekdays }: CronTimes): string =>
  [
    spell(minutes, 0, 59),
    spell(hours, 0, 23),
    days === undefined ? '*' : spell(days, 1, 31).replace('*', '1-31'),
    spell(months, 1, 12),
    weekdays === undefined ? '*' : spell(weekdays, 0, 6).replace('*', '0-6'),
  ].join(' ')

function spell(values: readonly number[], lowest: number, highest: number): string {
  const [first = lowest, second = first + 1] = values
  const step = second - first
  const all = Array.from({ length: Math.floor((highest - lowest) / step) + 1 }, (_, index) => lowest + index * step)
  if (values.length > 2 && String(all) === String(values)) return step === 1 ? '*' : `*/${step}`
  return ranges(values, '-')
}

/** Sorted numbers as a list in which those that follow each other are a range. */
export function ranges(values: readonly number[], to: string): string {
  const runs: [number, number][] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last?.[1] === value - 1) last[1] = value
    else runs.push([value, value])
  }
  return runs.map(([from, end]) => (from === end ? `${from}` : end === from + 1 ? `${from},${end}` : `${from}${to}${end}`)).join(',')
}
