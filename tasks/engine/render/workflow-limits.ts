import { CronExpressionParser } from 'cron-parser'
import type { Target } from '../config/schema.ts'
import type { Workflow } from './workflow-shape.ts'
import { targetVariables } from './workflow-target.ts'

const JOBS = 256
const INPUTS = 25
const BYTES = 500_000
/** The highest number in each field of a cron expression; GitHub has no 7 for Sunday. */
const HIGHEST = [59, 23, 31, 12, 6]
const FIELDS = ['minutes', 'hours', 'days', 'months', 'weekdays (Sunday is 0)']

/** What GitHub Actions cannot do of what these targets ask for, a line each. */
export const targetProblems = (targets: readonly Target[]): string[] => [
  ...(targets.length > JOBS ? [`${targets.length} targets: a workflow takes at most ${JOBS}`] : []),
  ...targets.flatMap((target) => [
    ...(target.schedule === undefined ? [] : cronProblems(target.schedule)).map((text) => `${target.name}: schedule: ${text}`),
    ...(target.timezone === undefined ? [] : zoneProblems(target.timezone)).map((text) => `${target.name}: timezone: ${text}`),
    ...sameButForCase(targetVariables(target)).map(
      (pair) => `${target.name}: GitHub takes the variables ${pair} for one: they differ in case only`,
    ),
  ]),
]

/** What GitHub Actions cannot do of a workflow, whose file is `text`. */
export function workflowProblems(workflow: Workflow, text: string): string[] {
  const inputs = Object.keys(workflow.on.workflow_dispatch.inputs).length
  const bytes = new TextEncoder().encode(text).length
  return [
    ...(inputs > INPUTS ? [`${inputs} inputs: a workflow takes at most ${INPUTS}`] : []),
    ...(bytes > BYTES ? [`the workflow has ${bytes} bytes: GitHub reads at most ${BYTES}`] : []),
  ]
}

function cronProblems(schedule: string): string[] {
  const fields = schedule.trim().split(/\s+/)
  const tooHigh = fields.flatMap((field, index) =>
    (field.match(/\d+/g) ?? []).some((number) => Number(number) > Number(HIGHEST[index]))
      ? [`"${field}": on GitHub ${FIELDS[index]} go to ${HIGHEST[index]}`]
      : [],
  )
  return shortestGap(schedule, fields[0] ?? '') < 5 ? [...tooHigh, `"${schedule}": GitHub's shortest interval is 5 minutes`] : tooHigh
}

/** Minutes between two runs of an hour, or of one and the next. GitHub takes a step by its word: 7 leaves 4 at the end. */
function shortestGap(schedule: string, minute: string): number {
  const step = /^\*\/(\d+)$/.exec(minute)
  if (step) return Number(step[1])
  const minutes = CronExpressionParser.parse(schedule).fields.minute.values.map(Number)
  return Math.min(...minutes.map((each, index) => (minutes[index + 1] ?? (minutes[0] ?? 0) + 60) - each))
}

/** Node takes any case and offsets such as +01:00; GitHub takes the names of the IANA. */
function zoneProblems(zone: string): string[] {
  if (/^utc$/i.test(zone)) return []
  const known = Intl.supportedValuesOf('timeZone').find((each) => each.toLowerCase() === zone.toLowerCase())
  if (known !== undefined && known !== zone) return [`"${zone}": GitHub wants it written ${known}`]
  return /^[A-Z][A-Za-z_]*(\/[A-Za-z0-9_+-]+)*$/.test(zone) ? [] : [`"${zone}": GitHub wants the name of a time zone, such as Europe/Rome`]
}

function sameButForCase(names: readonly string[]): string[] {
  const seen = new Map<string, string>()
  return names.flatMap((name) => {
    const other = seen.get(name.toLowerCase())
    seen.set(name.toLowerCase(), name)
    return other === undefined ? [] : [`${other} and ${name}`]
  })
}
