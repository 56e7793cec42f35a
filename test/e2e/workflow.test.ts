import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WORKFLOW_FILE, workflowOf } from '../../tasks/engine/render/workflow.ts'
import { flows } from '../fixtures/flow-driver.ts'
import { git, repository } from '../fixtures/workflow-repository.ts'
import { type Happening, type JobRun, runWorkflow } from '../fixtures/workflow-runner.ts'
import { hostile } from '../unit/hostile.ts'

const config = flows({
  first: { direction: 'pull', schedule: '0 2 * * *', env: ['FIRST_TOKEN', 'FIRST_PLACE'] },
  second: { direction: 'pull', schedule: '0 2 * * *', depends_on: ['first'], config: { key: '${SECOND_API_KEY}' } },
  third_one: { direction: 'push', schedule: '30 5 * * 1', depends_on: ['second'] },
  rome: { direction: 'bidirectional', schedule: '0 2 * * *', timezone: 'Europe/Rome' },
  differs: { direction: 'push', fail_on_diff: true },
  after: { direction: 'push', depends_on: ['differs'] },
})

let scratch: string
let origin: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lockstep-workflow-'))
  const scripts = config.targets.map(({ name }) => [`generated/sync-${name.replaceAll('_', '-')}.sh`, recorder(name)])
  origin = repository(join(scratch, 'recorded'), config, Object.fromEntries(scripts))
})
afterAll(() => rmSync(scratch, { recursive: true }))

let place: string
beforeEach(() => {
  place = mkdtempSync(join(scratch, 'test-'))
})
afterEach(() => {
  rmSync(place, { recursive: true })
  rmSync(join(scratch, 'calls'), { force: true })
  rmSync(join(scratch, 'exits'), { force: true, recursive: true })
})

/** A script in the place of a target's: it says how it was called, and ends as the test wants. */
const recorder = (name: string): string => `
printf '%s\n' "\${0##*/} $*" >>'${scratch}/calls'
env >"$RUNNER_TEMP/../env"
code=0
[[ ! -e '${scratch}/exits/${name}' ]] || code=$(<'${scratch}/exits/${name}')
printf 'exit_code=%d\n' "$code" >>"$GITHUB_OUTPUT"
exit "$code"
`

/** Runs the workflow of the config above with recorders for scripts; `exits` are those that do not end with 0. */
function recorded(happening: Happening, exits: Readonly<Record<string, number>> = {}): { runs: Record<string, JobRun>; calls: string[] } {
  mkdirSync(join(scratch, 'exits'))
  for (const [name, code] of Object.entries(exits)) writeFileSync(join(scratch, 'exits', name), String(code))
  const runs = runWorkflow(join(scratch, 'recorded', WORKFLOW_FILE), origin, join(place, 'jobs'), happening)
  const calls = existsSync(join(scratch, 'calls')) ? readFileSync(join(scratch, 'calls'), 'utf8').trim().split('\n') : []
  return { runs, calls: calls.map((line) => line.replace(/\S+\/temp\//, '')) }
}

const dispatch = (inputs: Readonly<Record<string, boolean | string>>): Happening => ({
  event: 'workflow_dispatch',
  inputs: { direction: 'all', target: '', dry_run: false, verify: false, ...inputs },
})
const results = (runs: Record<string, JobRun>) => Object.fromEntries(Object.entries(runs).map(([id, { result }]) => [id, result]))
const called = (calls: readonly string[]): string[] => calls.map((line) => line.split(' ')[0]?.slice('sync-'.length, -'.sh'.length) ?? '')

describe('a schedule', () => {
  it.each([
    ['0 2 * * *', ['first', 'second']],
    ['0 2 * 1-12 *', ['rome']],
    ['30 5 * * 1', ['third-one']],
  ])('%s runs its targets and verifies them', (schedule, names) => {
    const { calls } = recorded({ event: 'schedule', schedule })
    expect(calls).toEqual(names.map((name) => `sync-${name}.sh --ci --report report.json --verify`))
  })

  it('that no target has fails, and starts nothing', () => {
    const { runs, calls } = recorded({ event: 'schedule', schedule: '0 3 * * *' })
    expect(calls).toEqual([])
    expect(runs['due']?.result).toBe('failure')
    expect(runs['due']?.printed).toContain('due.sh: no target has the schedule 0 3 * * *')
  })

  it('of each entry of the workflow stands above', () => {
    const { on } = workflowOf(config)
    expect(on.schedule?.map(({ cron }) => cron)).toEqual(['0 2 * * *', '30 5 * * 1', '0 2 * 1-12 *'])
  })
})

describe('a dispatch', () => {
  it.each([
    ['everything', {}, ['first', 'second', 'third-one', 'rome', 'differs', 'after'], ''],
    ['one target', { target: 'first' }, ['first'], ''],
    ['one without those that it depends on', { target: 'second' }, ['second'], ''],
    ['a pattern', { target: '*r*e*' }, ['third-one', 'rome', 'differs', 'after'].filter((name) => /r.*e/.test(name)), ''],
    ['several', { target: ' first\t\n rome ' }, ['first', 'rome'], ''],
    ['a direction', { direction: 'pull' }, ['first', 'second', 'rome'], ' --direction pull'],
    ['a direction of a pattern', { direction: 'push', target: 't*' }, ['third-one'], ' --direction push'],
    ['a dry run', { target: 'first', dry_run: true }, ['first'], ' --dry-run'],
    ['verification', { target: 'first', verify: true }, ['first'], ' --verify'],
    ['all of it', { target: 'first', dry_run: true, verify: true, direction: 'pull' }, ['first'], ' --dry-run --verify --direction pull'],
  ])('runs %s', (_, inputs, names, options) => {
    const { calls, runs } = recorded(dispatch(inputs))
    expect(calls.toSorted()).toEqual(names.map((name) => `sync-${name}.sh --ci --report report.json${options}`.trimEnd()).toSorted())
    expect(Object.values(results(runs)).filter((result) => result === 'failure')).toEqual([])
  })

  it.each([
    ['an unknown target', { target: 'frist' }, 'no target frist; did you mean first?'],
    ['an unknown target among known ones', { target: 'first nobody' }, 'no target nobody'],
    ['a direction that nothing goes', { target: 'first', direction: 'push' }, 'first is pull-only'],
    ['a direction that there is not', { direction: 'sideways' }, 'unknown direction sideways; use pull, push, bidirectional or all'],
    ['a word for a flag', { dry_run: 'maybe' }, 'DUE_DRY_RUN must be true or false, not maybe'],
  ])('with %s fails with the message, and starts nothing', (_, inputs, message) => {
    const { calls, runs } = recorded(dispatch(inputs))
    expect(calls).toEqual([])
    expect(runs['due']?.result).toBe('failure')
    expect(runs['due']?.printed).toContain(`due.sh: ${message}`)
    expect(runs['due']?.printed).toContain(`::error title=due.sh::${message}`)
    expect(Object.values(results(runs)).filter((result) => result === 'skipped')).toHaveLength(config.targets.length)
  })

  const nasty = [
    ...hostile,
    '${{ secrets.FIRST_TOKEN }}',
    '::set-output name=targets::["first"]',
    '##[error]x',
    'x\ntargets=["first"]',
    '@(first|rome)',
    '[[:alpha:]',
    '\\',
  ].map((text) => [JSON.stringify(text).slice(0, 60), text] as const)
  it.each(nasty)('with %s in every input runs nothing of it', (_, text) => {
    const { calls, runs } = recorded(dispatch({ target: text, direction: text, dry_run: text, verify: text }))
    expect(calls).toEqual([])
    expect(results(runs)['due']).toBe('failure')
    expectNothingLeft()
  })

  it.each(nasty)('with %s as target selects what sync.sh selects', (_, text) => {
    const { calls, runs } = recorded(dispatch({ target: text }))
    const words = text.split(/[ \t\r\n]+/).filter((word) => word !== '')
    const selected = syncSelects(words)
    expect(called(calls).toSorted()).toEqual((selected ?? []).toSorted())
    expect(runs['due']?.result).toBe(selected === undefined ? 'failure' : 'success')
    expectNothingLeft()
  })
})

/** The targets that generated/sync.sh lists for these words, as their scripts are named; undefined where it refuses. */
function syncSelects(words: readonly string[]): string[] | undefined {
  const asked = words.map((word) => `--target=${word}`)
  mkdirSync(join(scratch, 'recorded/.insightpulse'), { recursive: true })
  const { status, stdout } = spawnSync('bash', ['generated/sync.sh', '--list', ...asked], {
    cwd: join(scratch, 'recorded'),
    encoding: 'utf8',
  })
  if (status !== 0) return undefined
  const rows = stdout.trim().split('\n').slice(1)
  return rows.map((row) => (row.split(' ')[0] ?? '').replaceAll('_', '-'))
}

/** No file but those of the runner and of the test. */
function expectNothingLeft(): void {
  for (const job of readdirSync(join(place, 'jobs'))) {
    expect(git('-C', join(place, 'jobs', job, 'work'), 'status', '--porcelain', '--ignored')).toBe('')
    expect(readdirSync(join(place, 'jobs', job)).toSorted()).toEqual(job === 'due' ? ['temp', 'work'] : ['env', 'temp', 'work'])
  }
}

describe('of jobs that depend on each other', () => {
  it('a failed one skips those that depend on it, also by another, and no other', () => {
    const { runs } = recorded(dispatch({}), { first: 1 })
    expect(results(runs)).toEqual({
      due: 'success',
      'sync-first': 'failure',
      'sync-second': 'skipped',
      'sync-third-one': 'skipped',
      'sync-rome': 'success',
      'sync-differs': 'success',
      'sync-after': 'success',
    })
  })

  it('one that is not due skips nothing', () => {
    expect(results(recorded(dispatch({ target: 'third_one' })).runs)).toMatchObject({
      'sync-first': 'skipped',
      'sync-second': 'skipped',
      'sync-third-one': 'success',
    })
  })

  it('one that only found differences fails, and those after it run', () => {
    expect(results(recorded(dispatch({ target: 'differs after' }), { differs: 8 }).runs)).toMatchObject({
      'sync-differs': 'failure',
      'sync-after': 'success',
    })
  })

  it('one that should find no differences and failed otherwise skips those after it', () => {
    expect(results(recorded(dispatch({}), { differs: 5 }).runs)).toMatchObject({ 'sync-differs': 'failure', 'sync-after': 'skipped' })
  })

  it('none starts in a run that was cancelled', () => {
    expect(called(recorded({ ...dispatch({}), cancelled: true }).calls)).toEqual([])
  })
})

describe('secrets', () => {
  it('go to the target that names them, and variables too', () => {
    recorded({
      ...dispatch({}),
      secrets: { FIRST_TOKEN: 'one', SECOND_API_KEY: 'two', OTHER_TOKEN: 'three' },
      vars: { FIRST_PLACE: 'here', OTHER: 'four' },
    })
    const seen = (name: string) =>
      readFileSync(join(place, 'jobs', `sync-${name}`, 'env'), 'utf8')
        .split('\n')
        .filter((line) => /^(FIRST|SECOND|OTHER)/.test(line))
        .toSorted()
    expect(seen('first')).toEqual(['FIRST_PLACE=here', 'FIRST_TOKEN=one'])
    expect(seen('second')).toEqual(['SECOND_API_KEY=two'])
    expect(seen('third-one')).toEqual([])
  })
})

describe('a push', () => {
  it('starts no target', () => {
    const ids = ['due', ...config.targets.map(({ name }) => `sync-${name.replaceAll('_', '-')}`)]
    expect(results(recorded({ event: 'push' }).runs)).toEqual(Object.fromEntries(ids.map((id) => [id, 'skipped'])))
  })
})
