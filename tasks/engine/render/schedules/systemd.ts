import Handlebars from 'handlebars'
import { type CronTimes, scheduleInWords } from '../../config/cron.ts'
import { ConfigError } from '../../config/problem.ts'
import { ranges } from './cron.ts'
import { type Job, limitOf, type Place } from './job.ts'

/** Of the system, that run as `user`; undefined for units of the user's own manager. */
export interface SystemUnits {
  readonly user: string
  /** What may be written beside the root: absolute paths. */
  readonly writable: readonly string[]
}

/** Text of templates/systemd.service.hbs and of systemd.timer.hbs. */
export interface UnitTemplates {
  readonly service: string
  readonly timer: string
}

/**
 * A service and a timer for each job by the name of the file: systemd.service(5), systemd.timer(5). The file system is
 * closed but for the root in units of the system alone: a user's manager has no right to that without a user namespace of its
 * own, in which the files of root belong to nobody and ssh refuses its own settings.
 *
 * `minutes` is when a run is ended.
 *
 * @throws ConfigError for a time zone without a name.
 */
export function renderUnits(
  jobs: readonly Job[],
  place: Place,
  minutes: number,
  system: SystemUnits | undefined,
  templates: UnitTemplates,
): Map<string, string> {
  const [service, timer] = [compile(templates.service), compile(templates.timer)]
  return new Map(
    jobs.flatMap((job): [string, string][] => {
      const { name, words, program } = job
      const view = {
        name,
        title: job.title,
        source: `${place.root}/.insightpulse/sync.yaml`,
        command: `${place.command} --systemd${system ? ' --system' : ''}`,
        user: system?.user,
        root: place.root.replaceAll('%', '%%'),
        path: unitWord(`PATH=${place.path}`),
        words: [`${place.root}/generated/${program}`, ...words].map((word) => unitWord(word).replaceAll('$', '$$$$')).join(' '),
        minutes: limitOf(job, minutes),
        writable: [place.root, ...(system?.writable ?? [])].map(unitWord).join(' '),
        schedule: scheduleInWords(job.schedule, job.timezone),
        calendar: onCalendar(job),
      }
      return [
        [`${name}.service`, service(view)],
        [`${name}.timer`, timer(view)],
      ]
    }),
  )
}

const compile = (text: string) =>
  Handlebars.create().compile<object>(text, { noEscape: true, strict: true, knownHelpersOnly: true, preventIndent: true })

/** A word of a unit: systemd.syntax(7); % begins what systemd fills in. */
const unitWord = (text: string): string =>
  /^[A-Za-z0-9_/.:@+=,-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The calendar events, systemd.time(7), that are the times of a job: two where one of day and weekday is enough. */
export function onCalendar({ times, timezone, title }: Pick<Job, 'times' | 'timezone' | 'title'>): string[] {
  if (!/^[A-Z]/.test(timezone))
    throw new ConfigError(`${title}: timezone: "${timezone}": systemd wants the name of a time zone, such as Asia/Manila`)
  const { minutes, hours, days, months, weekdays } = times
  const time = `${list(hours, 24)}:${list(minutes, 60)}:00 ${timezone}`
  const event = (onDays: CronTimes['days'], onWeekdays: CronTimes['weekdays']): string =>
    [
      ...(onWeekdays === undefined ? [] : [onWeekdays.map((day) => WEEKDAYS[day]).join(',')]),
      `*-${list(months, 12)}-${onDays === undefined ? '*' : ranges(onDays, '..')}`,
      time,
    ].join(' ')
  return days === undefined || weekdays === undefined ? [event(days, weekdays)] : [event(days, undefined), event(undefined, weekdays)]
}

const list = (values: readonly number[], all: number): string => (values.length === all ? '*' : ranges(values, '..'))
