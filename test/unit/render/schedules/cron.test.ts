import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronTimes } from '../../../../tasks/engine/config/cron.ts'
import { renderCrontab, spellCron, withBlock } from '../../../../tasks/engine/render/schedules/cron.ts'
import { jobsOf } from '../../../../tasks/engine/render/schedules/job.ts'
import { fromCrontab } from '../../../../tasks/engine/takeover/crontab.ts'
import { anySchedule, jobs, place, runsOf } from '../../../fixtures/schedules.ts'
import { load } from '../../example.ts'
import { hostile } from '../../hostile.ts'

const NIGHTLY = { schedule: '0 2 * * *' }

describe('spellCron', () => {
  it.each([
    ['0 0 */2 * MON', '0 0 1-31/2 * 1', 'Vixie takes */2 for no restriction'],
    ['5/15 1/3 * * *', '5,20,35,50 1,4,7,10,13,16,19,22 * * *', 'and a step from a number for the number'],
    ['0 0 * JAN,dec 5-7', '0 0 * 1,12 0,5,6', 'a name in a list is not for each'],
    ['0 0 1 * 0-6', '0 0 1 * 0-6', 'it is either: every day'],
  ])('%s is %s: %s', (schedule, spelled) => expect(spellCron(cronTimes(schedule))).toBe(spelled))

  it('has the same times', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        expect(runsOf(spellCron(cronTimes(schedule)), 'UTC', 200)).toEqual(runsOf(schedule, 'UTC', 200))
      }),
      { numRuns: 100 },
    )
  })
})

describe('renderCrontab', () => {
  it('has a line for each target, between two that name the root', () => {
    const lines = renderCrontab(jobs({ nightly: NIGHTLY }), place(), false).split('\n')
    expect(lines.slice(-5)).toEqual([
      '#',
      '# nightly: daily at 02:00 UTC',
      "0 2 * * * cd '/srv/team data/100\\%' && mkdir -p -m 700 .insightpulse/logs && echo '*' >.insightpulse/logs/.gitignore && " +
        'PATH=/usr/bin:/bin ' +
        'generated/sync-nightly.sh --ci --verify --wait 600 --quiet >>.insightpulse/logs/cron-$(date -u +\\%Y\\%m\\%d).log 2>&1',
      '# lockstep: end /srv/team data/100%',
      '',
    ])
    expect(lines[0]).toBe('# lockstep: begin /srv/team data/100%')
    expect(lines).toContain('# cron knows no time zone: the times are those of this host, in UTC.')
  })

  it('has a line for each verb of a driver that has a schedule', () => {
    const stack = (schedules: string): string => `version: "1.0"
targets:
  Big_Stack:
    driver: compose_stack
    timezone: UTC
    schedules: ${schedules}
    config: { project: p, files: [c.yml], parts: { all: { kind: files, paths: [data] } } }
`
    const [job, ...more] = jobsOf(load(stack('{ export: "0 3 * * *" }')).targets, '/srv')
    expect(more).toEqual([])
    expect(job).toMatchObject({ title: 'export Big_Stack', program: 'export-big-stack.sh', words: ['--ci', '--wait', '600'] })
    expect(job?.name).toMatch(/^lockstep-[0-9a-f]{8}-big-stack\.export$/)
    expect(() => load(stack('{ exprot: "0 3 * * *" }'))).toThrow(
      'schedules: compose_stack has export, import, clean, psql, deploy, health, test, refresh, sanitise, promote and rollback; did you mean "export"?',
    )
    expect(() => load(stack('{ export: "0 25 * * *" }'))).toThrow('hour')
  })

  it.each(hostile.filter((text) => text.length < 100 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)).map((text) => `/srv/${text}% x`))(
    'names the root %j to a shell',
    (root) => {
      const [job] = fromCrontab(renderCrontab(jobs({ nightly: NIGHTLY }), place({ root }), false), false).jobs
      const [, folder] = /^cd (.*) && mkdir -p -m 700 /.exec(job?.command ?? '') ?? []
      expect(spawnSync('sh', ['-c', `printf %s ${folder}`], { encoding: 'utf8' }).stdout).toBe(root)
    },
  )

  it('runs targets that depend on each other, and are due at once, as one', () => {
    const text = renderCrontab(
      jobs({
        base: NIGHTLY,
        other: NIGHTLY,
        top: { schedule: '0 2 * * 0-7', depends_on: ['base'] },
        after: { schedule: '0  2 * * *', depends_on: ['base'] },
        later: { schedule: '0 3 * * *', depends_on: ['base'] },
      }),
      place(),
      false,
    )
    const programs = [...text.matchAll(/generated\/(.*?) --ci/g)].map(([, words]) => words)
    expect(programs.sort()).toEqual(['sync-later.sh', 'sync-other.sh', 'sync-top.sh', 'sync.sh base after'])
  })

  it('refuses a zone that it cannot say, and gives each its own with CRON_TZ', () => {
    const inRome = jobs({ rome: { ...NIGHTLY, timezone: 'Europe/Rome' } })
    expect(() => renderCrontab(inRome, place(), false)).toThrow(
      'rome: cron knows no time zone, and what it is in Europe/Rome cannot be said in UTC for all of the year: use --systemd',
    )
    const zones = renderCrontab(inRome, place({ zone: 'Asia/Manila' }), true).match(/^CRON_TZ=.*|^\d.{8}/gm)
    expect(zones).toEqual(['CRON_TZ=Europe/Rome', '0 2 * * *', 'CRON_TZ=Asia/Manila'])
  })

  it('refuses a command that cron would cut', () => {
    expect(() => renderCrontab(jobs({ a: NIGHTLY }), place({ path: '/bin:'.repeat(200) }), false)).toThrow(/a: a command of \d+ bytes/)
  })
})

describe('withBlock', () => {
  const block = (line: string): string => `# lockstep: begin /r\n${line}\n# lockstep: end /r\n`

  it.each(['', '# mine\n', '0 1 * * * echo \\% é\n\n', '# lockstep: begin /r2\nx\n# lockstep: end /r2\n'])(
    'leaves %j as it was when the block is gone again',
    (theirs) => {
      const once = withBlock(theirs, '/r', block('one'))
      expect(once).toBe(theirs + block('one'))
      expect(withBlock(`${once}after\n`, '/r', block('two'))).toBe(`${theirs}${block('two')}after\n`)
      expect(withBlock(once, '/r', '')).toBe(theirs)
      expect(withBlock(theirs, '/r', '')).toBe(theirs)
    },
  )

  it.each(['# lockstep: begin /r\n', '# lockstep: end /r\n# lockstep: begin /r\n', block('a') + block('b')])('refuses %j', (text) => {
    expect(() => withBlock(text, '/r', block('x'))).toThrow('must stand there once each')
  })
})
