import Handlebars from 'handlebars'
import type { CronTimes } from '../../config/cron.ts'
import { ConfigError } from '../../config/problem.ts'
import type { Job, Place } from './job.ts'
import { inZone } from './zone.ts'

/** More are no list that anybody reads. */
const MOST_INTERVALS = 500

/**
 * A property list for each job by the name of the file: launchd.plist(5). `template` is the text of templates/launchd.plist.hbs,
 * and `output` the file that runs print to.
 *
 * @throws ConfigError with all that launchd cannot do.
 */
export function renderPlists(jobs: readonly Job[], place: Place, template: string, output: string): Map<string, string> {
  const problems: string[] = []
  const render = Handlebars.create().compile<object>(template, { strict: true, knownHelpersOnly: true, preventIndent: true })
  const files = jobs.map((job): [string, string] => {
    const name = job.title
    const times = inZone(job.times, job.timezone, place.zone, place.now)
    const intervals = (times ?? []).flatMap(intervalsOf)
    if (times === undefined)
      problems.push(
        `${name}: launchd knows no time zone, and what it is in ${job.timezone} cannot be said in ${place.zone} for all of the year; ` +
          `--timezone ${job.timezone} if that is the host's`,
      )
    if (intervals.length > MOST_INTERVALS)
      problems.push(`${name}: "${job.schedule}" is ${intervals.length} entries for launchd, which has no ranges: at most ${MOST_INTERVALS}`)
    const view = {
      name: job.name,
      words: ['/usr/bin/env', 'bash', `${place.root}/generated/${job.program}`, ...job.words, '--quiet'],
      root: place.root,
      path: place.path,
      output,
      intervals,
    }
    return [`${job.name}.plist`, render(view)]
  })
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
  return new Map(files)
}

type Interval = readonly { readonly key: string; readonly value: number }[]

/** An entry for each time; a key that is missing means any. Where one of day and weekday is enough they stand apart. */
function intervalsOf({ minutes, hours, days, months, weekdays }: CronTimes): Interval[] {
  const field = (key: string, values: readonly number[] | undefined, all: number) => ({
    key,
    values: values === undefined || values.length === all ? undefined : values,
  })
  const time = [field('Minute', minutes, 60), field('Hour', hours, 24), field('Month', months, 12)]
  const [day, weekday] = [field('Day', days, 31), field('Weekday', weekdays, 7)]
  const kinds =
    days === undefined
      ? [[...time, weekday]]
      : weekdays === undefined
        ? [[...time, day]]
        : [
            [...time, day],
            [...time, weekday],
          ]
  return kinds.flatMap((fields) =>
    fields.reduce<Interval[]>(
      (found, { key, values }) =>
        values === undefined ? found : found.flatMap((each) => values.map((value) => [...each, { key, value }])),
      [[]],
    ),
  )
}
