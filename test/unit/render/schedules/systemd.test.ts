import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { onCalendar, renderUnits, type SystemUnits } from '../../../../tasks/engine/render/schedules/systemd.ts'
import { readScheduleTemplates } from '../../../../tasks/engine/run/sources.ts'
import { anySchedule, jobs, place, runsOf, YEAR } from '../../../fixtures/schedules.ts'

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

const calendar = (schedule: string, timezone: string): string[] => jobs({ a: { schedule, timezone } }).flatMap(onCalendar)

/** When the first of these calendar events come, in seconds: of each so many. */
function elapses(events: readonly string[], most: number): number[] {
  // From a second before: an event at the base itself has been.
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['calendar', `--iterations=${most}`, `--base-time=@${YEAR.from.getTime() / 1000 - 1}`, ...events],
    { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } },
  )
  if (status !== 0) throw new Error(stderr)
  const times = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (\S+) (\S+) UTC/g)].map(
    ([, day, time]) => Date.parse(`${day}T${time}Z`) / 1000,
  )
  return [...new Set(times)].filter((time) => time < YEAR.until.getTime() / 1000).sort((a, b) => a - b)
}

const units = (system?: SystemUnits) =>
  renderUnits(jobs({ nightly: { schedule: '0 2 * * *' } }), place(), 60, system, readScheduleTemplates())

describe('onCalendar', () => {
  it.each([
    ['0 2 * * *', ['*-*-* 2:0:00 UTC']],
    ['*/20 1-5,9 1 JAN,jun SUN', ['*-1,6-1 1..5,9:0,20,40:00 UTC', 'Sun *-1,6-* 1..5,9:0,20,40:00 UTC']],
    ['* * * * 1-5', ['Mon,Tue,Wed,Thu,Fri *-*-* *:*:00 UTC']],
  ])('of %s is %j', (schedule, events) => expect(calendar(schedule, 'UTC')).toEqual(events))

  it('refuses a time zone without a name', () => {
    const [job] = jobs({ a: { schedule: '0 2 * * *' } })
    expect(() => onCalendar({ ...job, timezone: '+08:00' } as never)).toThrow('a: timezone: "+08:00": systemd wants the name')
  })

  it.skipIf(!hasSystemd)(
    'comes when the cron expression does, all the year',
    () => {
      fc.assert(
        fc.property(anySchedule, (schedule) => {
          expect(elapses(calendar(schedule, 'UTC'), 400).slice(0, 400)).toEqual(runsOf(schedule, 'UTC', 400))
        }),
        { numRuns: 80, examples: [['0 0 29 2 *'], ['0 0 13 * FRI'], ['59 23 31 * 7'], ['0 0 */2 * */2']] },
      )
    },
    60_000,
  )

  // systemd starts a process for each time in a zone of its own, so there are few.
  it.skipIf(!hasSystemd)(
    'comes so in each zone, and follows its clocks',
    () => {
      for (const schedule of ['30 4 * * *', '0 12 1 * MON'])
        for (const zone of ['Asia/Kathmandu', 'Europe/Rome', 'America/New_York'])
          expect(elapses(calendar(schedule, zone), 160).slice(0, 160)).toEqual(runsOf(schedule, zone, 160))
    },
    60_000,
  )
})

describe('renderUnits', () => {
  it('has a service and a timer by the name of the job', () => {
    const [[service, text] = ['', ''], [timer, times] = ['', '']] = [...units()]
    expect([service, timer]).toEqual(['lockstep-787e685f-nightly.service', 'lockstep-787e685f-nightly.timer'])
    expect(text).toContain('WorkingDirectory=/srv/team data/100%%\n')
    expect(text).toContain('ExecStart=/usr/bin/env bash "/srv/team data/100%%/generated/sync-nightly.sh" --ci --verify --wait 600\n')
    expect(times).toContain('OnCalendar=*-*-* 2:0:00 UTC\n')
  })

  it('closes the file system but for the root in units of the system', () => {
    const [text = ''] = [...units({ user: 'odoo', writable: ['/var/lib/x'] }).values()]
    for (const line of ['User=odoo', 'ProtectSystem=strict', 'ReadWritePaths="/srv/team data/100%%" /var/lib/x', 'NoNewPrivileges=yes'])
      expect(text.split('\n')).toContain(line)
    expect([...units().values()].join('')).not.toMatch(/ProtectSystem|User=/)
  })

  it.skipIf(!hasSystemd)('passes systemd-analyze verify', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-units-'))
    try {
      for (const system of [undefined, { user: 'root', writable: [] }]) {
        const files = [...units(system)].map(([name, text]) => {
          // Its folder has to be there.
          writeFileSync(join(folder, name), text.replaceAll('/srv/team data/100%%', tmpdir()))
          return join(folder, name)
        })
        const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' })
        expect(`${stderr}${status}`, readFileSync(files[0] ?? '', 'utf8')).toBe('0')
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
