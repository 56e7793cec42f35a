import { longestGapSeconds, scheduleInWords } from '../../config/cron.ts'
import type { Target } from '../../config/schema.ts'
import { wentWell } from '../history.ts'

/** How a target stands: a word of `status`, or `unfinished`, which only the records say. */
export interface State {
  readonly word: string
  readonly reasons: readonly string[]
  /** UTC, ISO 8601. */
  readonly lastRun: string | undefined
  readonly lastStatus: string | undefined
}

/** What is written down about a target. */
export interface Recorded {
  readonly lastRun: string | undefined
  readonly lastStatus: string | undefined
  /** A run that was begun and has not ended: it goes on, or was interrupted. */
  readonly unfinished: string | undefined
  readonly held: boolean
  /** Since when somebody counts on its schedule, and which that was, in words: see first_awaited of scripts/lib/targets/overdue.sh. */
  readonly awaited?: { readonly since: string; readonly schedule: string } | undefined
}

export type Scheduled = Pick<Target, 'name' | 'direction' | 'schedule' | 'timezone'>

/** How loud a state is. */
export type Tone = 'good' | 'quiet' | 'look' | 'bad'
const TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  running: 'quiet',
  never_ran: 'quiet',
  unfinished: 'look',
  interrupted: 'bad',
  unusable: 'bad',
  failed: 'bad',
}

export const toneOf = (word: string): Tone => TONES[word] ?? 'look'

/** The states that `status --json` tells, by target. Throws where `text` is none of its answers. */
export function toldStates(text: string): Map<string, State> {
  const { targets } = JSON.parse(text) as { readonly targets: readonly Readonly<Record<string, unknown>>[] }
  return new Map(
    targets.map((each) => [
      String(each['target']),
      {
        word: String(each['state']),
        reasons: (each['reasons'] as readonly string[]).map(String),
        lastRun: each['last_run'] === null ? undefined : String(each['last_run']),
        lastStatus: each['last_status'] === null ? undefined : String(each['last_status']),
      },
    ]),
  )
}

/** How a target stands by what is written down alone: neither side is asked, and no program looked at. */
export function recordedState(target: Scheduled, { lastRun, lastStatus, unfinished, held, awaited }: Recorded, now: Date): State {
  const { schedule = '', timezone } = target
  const since = lastRun ?? (awaited?.schedule === scheduleInWords(schedule, timezone) ? awaited.since : undefined)
  const found = [
    ...(unfinished === undefined ? [] : [['unfinished', `run ${unfinished} was begun and has not ended`]]),
    ...(lastStatus === undefined || wentWell(lastStatus) ? [] : [['failed', `the last run ended as ${lastStatus.replaceAll('_', ' ')}`]]),
    ...(isOverdue(target, since, now) ? [['overdue', `its schedule has passed${lastRun === undefined ? ', and it never ran' : ''}`]] : []),
    ...(held ? [['held', 'a rollback holds it']] : []),
    ...(lastRun === undefined && target.direction !== undefined ? [['never_ran', `run: sync ${target.name}`]] : []),
  ]
  return { word: found[0]?.[0] ?? 'ok', reasons: found.map(([, reason = '']) => reason), lastRun, lastStatus }
}

/** As `status` has it: more than the longest gap of its schedule since the last run, or since one is awaited, and a quarter of an hour, as schedulers may be late. */
export const isOverdue = ({ schedule, timezone }: Scheduled, since: string | undefined, now: Date): boolean =>
  schedule !== undefined && since !== undefined && (now.getTime() - Date.parse(since)) / 1000 > longestGapSeconds(schedule, timezone) + 900
