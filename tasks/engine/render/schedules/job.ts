import { type CronTimes, cronTimes } from '../../config/cron.ts'
import type { Target } from '../../config/schema.ts'
import { scriptName, verbScript } from '../../plan/plan.ts'
import { sha256 } from '../../sha256.ts'
import { zoneName } from './zone.ts'

/** What a scheduler starts at once. */
export interface Job {
  /** Of its unit, file or object: a name of RFC 1123 of at most 52 characters, which is what Kubernetes takes of a CronJob. */
  readonly name: string
  /** For people: its targets, or the verb and its target. */
  readonly title: string
  /** One; or several that depend on each other and are due at once, in the order in which they run. */
  readonly targets: readonly [Target, ...Target[]]
  /** As sync.yaml has it, but for white space. */
  readonly schedule: string
  readonly timezone: string
  readonly times: CronTimes
  /** The program, below the folder of generated ones. */
  readonly program: string
  readonly words: readonly string[]
}

/** Where jobs run and what is known of that place. */
export interface Place {
  /** The folder that they work in: absolute, one line. */
  readonly root: string
  /** The PATH that they get. */
  readonly path: string
  /** The time zone of the host. */
  readonly zone: string
  readonly now: Date
  /** The command that renders the schedules again. */
  readonly command: string
}

/** What stands in the names of all that is made for a root. */
export const rootId = (root: string): string => `lockstep-${sha256(root).slice(0, 8)}`

/** A run that comes upon another waits for it, since nobody is there to start it again. As on GitHub a sync verifies. */
const WAITING = ['--wait', '600']

/** When a job is ended, in minutes, where each of its targets has so many. */
export const limitOf = ({ targets }: Job, minutes: number): number => minutes * targets.length + 10

/**
 * A job for each target that has a schedule and can be synced, and for each verb that one has a schedule for. `targets` are in
 * the order in which they run.
 */
export function jobsOf(targets: readonly Target[], root: string, profile?: string): Job[] {
  const id = rootId(root)
  return [
    ...chains(targets.filter(isScheduled)).map((chain): Job => {
      const [{ name, schedule = '' }] = chain
      const names = chain.map((target) => target.name)
      const alone = chain.length === 1
      return {
        name: jobName(id, scriptName(name).slice('sync-'.length, -'.sh'.length), name),
        title: names.join(', '),
        targets: chain,
        ...when(schedule, chain[0]),
        program: alone ? scriptName(name) : verbScript('sync', profile),
        words: [...(alone ? [] : names), '--ci', '--verify', ...WAITING],
      }
    }),
    ...targets.flatMap((target) =>
      Object.entries(target.schedules).map(([verb, schedule]): Job => {
        const program = scriptName(target.name, verb)
        return {
          // No target's name has a dot.
          name: jobName(id, `${scriptName(target.name).slice('sync-'.length, -'.sh'.length)}.${verb}`, `${verb} ${target.name}`),
          title: `${verb} ${target.name}`,
          targets: [target],
          ...when(schedule, target),
          program,
          words: ['--ci', ...WAITING],
        }
      }),
    ),
  ]
}

const when = (schedule: string, { timezone = 'UTC' }: Target): Pick<Job, 'schedule' | 'timezone' | 'times'> => ({
  schedule: schedule.trim().replace(/\s+/g, ' '),
  timezone: zoneName(timezone) ?? timezone,
  times: cronTimes(schedule),
})

export const isScheduled = ({ schedule, direction }: Target): boolean => schedule !== undefined && direction !== undefined

/** Targets that depend on each other and have the same times are one run, which knows their order and what fails with what. */
function chains(targets: readonly Target[]): [Target, ...Target[]][] {
  let found: [Target, ...Target[]][] = []
  for (const target of targets) {
    const joins = (chain: readonly Target[]): boolean =>
      chain.some((other) => target.depends_on.includes(other.name) && sameTimes(target, other))
    const [first, ...others] = [...found.filter(joins).flat(), target]
    found = [...found.filter((chain) => !joins(chain)), [first ?? target, ...others]]
  }
  return found
}

const sameTimes = (one: Target, other: Target): boolean => timesKey(one) === timesKey(other)

const timesKey = ({ schedule = '', timezone = 'UTC' }: Target): string =>
  JSON.stringify([zoneName(timezone) ?? timezone, cronTimes(schedule)])

/** A name that is too long, or ends as no name may, is cut and gets a digest in place of the rest. */
function jobName(id: string, end: string, whole: string): string {
  const name = `${id}-${end}`
  return name.length <= 52 && !name.endsWith('-') ? name : `${name.slice(0, 43).replace(/-+$/, '')}-${sha256(whole).slice(0, 8)}`
}
