import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../../tasks/engine/config/schema.ts'
import { madeBy } from '../../../tasks/engine/render/header.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { WORKFLOW_FILE, workflowFiles, workflowOf, workflowText } from '../../../tasks/engine/render/workflow.ts'
import { workflowProblems } from '../../../tasks/engine/render/workflow-limits.ts'
import type { Job, Workflow } from '../../../tasks/engine/render/workflow-shape.ts'
import { targetJobs } from '../../../tasks/engine/render/workflow-target.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { flows } from '../../fixtures/flow-driver.ts'
import { complaints } from '../../fixtures/language-service.ts'
import { anyText, hostile } from '../hostile.ts'

const renderer = createRenderer(readSources((verb) => `lockstep ${verb}`))
const textOf = (config: Config, checks = true): string => workflowFiles(config, renderer, checks).get(WORKFLOW_FILE) ?? ''
const runs = (job: Job): string[] => job.steps.flatMap((step) => ('run' in step ? [step.run] : []))
const jobOf = (config: Config, id: string): Job => workflowOf(config, renderer.command).jobs[id] as Job
const envOf = (job: Job) => job.steps.flatMap((step) => ('env' in step ? [step.env] : []))[0]

const many = (count: number, entry: (index: number) => object = () => ({})) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`target_${index}`, { schedule: `${index % 60} ${index % 24} * * *`, ...entry(index) }]),
  )

describe("GitHub's language service", () => {
  it('finds what is wrong with a workflow', async () => {
    const config = flows({ a: { schedule: '0 2 * * *' } })
    for (const [piece, wrong] of [
      ['needs.due.result', 'needs.duo.result'],
      ['cron: 0 2 * * *', 'cron: "*/4 * * * *"'],
      ['runs-on', 'run-on'],
      ['      - due', '      - duo'],
    ] as const) {
      expect(textOf(config)).toContain(piece)
      expect(await complaints(textOf(config).replace(piece, wrong)), wrong).not.toEqual([])
    }
  })

  it('has nothing to say of our own', async () => {
    const own = readFileSync(new URL(`../../../${WORKFLOW_FILE}`, import.meta.url), 'utf8')
    expect(own).toContain('sync-oca-repos')
    expect(await complaints(own)).toEqual([])
  })

  it('has nothing to say of the page of all targets', async () => {
    const config = flows(many(3), { workflow: { pages: true } })
    expect(textOf(config)).toContain('github-pages')
    expect(await complaints(textOf(config))).toEqual([])
    expect(await complaints(textOf(config).replace('steps.deployment.outputs', 'steps.deploymen.outputs'))).not.toEqual([])
  })

  it('has nothing to say of 256 targets that depend on each other', async () => {
    const config = flows(many(256, (index) => ({ depends_on: index === 0 ? [] : [`target_${index - 1}`] })))
    expect(Object.keys(workflowOf(config, renderer.command).jobs)).toHaveLength(258)
    expect(await complaints(textOf(config))).toEqual([])
  }, 300_000)

  it.each(['on', 'null', 'true', 'y', 'Due', 'check', 'a-b', 'constructor', 'e1'])(
    'has nothing to say of a target called %s',
    async (name) => {
      const config = flows({
        [name]: { fail_on_diff: true },
        last: { depends_on: [name], schedule: '1 1 * * *', timezone: 'Asia/Kolkata' },
      })
      expect(await complaints(textOf(config))).toEqual([])
      expect(parse(textOf(config)).jobs[`sync-${name.toLowerCase()}`].name).toBe(name)
    },
  )

  it.each(['*/5 * * * *', '*/7 * * * *', '0 0 * * SUN-MON,6', '5,20 1-3 */2 JAN-MAR 1-5/2', '0 0 * * fri'])(
    'has nothing to say of the schedule %s',
    async (schedule) => {
      const config = flows({ a: { schedule }, b: { schedule, timezone: 'Europe/Rome' }, c: { schedule, timezone: 'Asia/Tokyo' } })
      expect(await complaints(textOf(config))).toEqual([])
    },
  )
})

describe('what stands in sync.yaml', () => {
  const hostileIn = (text: string): Config =>
    flows({
      demo: {
        description: text,
        schedule: '0 2 * * *',
        config: { place: text === '' ? 'x' : text, key: `\${DEMO_TOKEN:-${text.replace(/[{}$]/g, '')}}` },
        verification: { command: text === '' ? 'x' : text },
      },
    })
  const plain = textOf(hostileIn('plain'))

  it.each([...hostile, '${{ secrets.X }}'].map((text) => [JSON.stringify(text).slice(0, 60), text]))(
    '%s changes nothing of the workflow but the variables named',
    (_, text) => {
      expect(withoutVariables(textOf(hostileIn(text)))).toEqual(withoutVariables(plain))
    },
  )

  it('leaves a workflow of which the language service has nothing to say', async () => {
    expect(await complaints(textOf(hostileIn(hostile.join('\n'))))).toEqual([])
  })

  it('of any text changes nothing of it but the variables named', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(withoutVariables(textOf(hostileIn(text)))).toEqual(withoutVariables(plain))
      }),
      { numRuns: 300 },
    )
  })

  /** Without the checksum and the variables of the config, each of which is a name and nothing else. */
  function withoutVariables(text: string): unknown {
    const workflow = parse(text) as Workflow
    const env = envOf(workflow.jobs['sync-demo'] as Job) as Record<string, string>
    for (const [name, source] of Object.entries(env)) {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && [`\${{ vars.${name} }}`, `\${{ secrets.${name} }}`].includes(source)) delete env[name]
    }
    return workflow
  }
})

it('what is named as a secret, or told by a command, is a secret of the repository; the rest are variables', () => {
  const config = flows(
    { a: { schedule: '0 2 * * *', env: ['PLACE', 'MY_TOKEN', 'WORD', 'constructor'] } },
    { secrets: { WORD: 'pass show ops/word' } },
  )
  expect(envOf(jobOf(config, 'sync-a'))).toMatchObject({
    PLACE: '${{ vars.PLACE }}',
    MY_TOKEN: '${{ secrets.MY_TOKEN }}',
    WORD: '${{ secrets.WORD }}',
    constructor: '${{ vars.constructor }}',
  })
})

describe('every job', () => {
  const config = flows({ a: { schedule: '0 2 * * *' }, b: { depends_on: ['a'], fail_on_diff: true }, c: { depends_on: ['a', 'b'] } })
  const published = { ...config, workflow: { ...config.workflow, pages: true } }
  const { permissions, jobs } = workflowOf(config, renderer.command)

  it('has a condition, a limit of time, and rights of its own; the workflow has none', () => {
    expect(permissions).toEqual({})
    for (const job of Object.values(jobs)) {
      expect(job.if).not.toBe('')
      expect(job['timeout-minutes']).toBeGreaterThan(0)
      expect(job.permissions).toEqual({ contents: 'read' })
    }
  })

  it('uses actions by their commit, with the version beside it in the file', () => {
    const used = textOf(published)
      .split('\n')
      .filter((line) => line.includes('uses:'))
    expect(used.length).toBeGreaterThan(14)
    for (const line of used) expect(line).toMatch(/uses: actions\/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('has no expression in what it runs', () => {
    expect(Object.values(jobs).flatMap(runs).length).toBeGreaterThan(5)
    for (const text of Object.values(workflowOf(published, renderer.command).jobs).flatMap(runs)) expect(text).not.toContain('${{')
  })

  it('runs nothing that shellcheck finds fault with', () => {
    const texts = new Set(Object.values(workflowOf(published, renderer.command).jobs).flatMap(runs))
    for (const input of texts) expect(spawnSync('shellcheck', ['-s', 'bash', '-'], { input, encoding: 'utf8' }).stdout).toBe('')
  })

  it('of a target has the script as its one thing to run, and a group of its own', () => {
    for (const name of ['a', 'b', 'c']) {
      const job = jobs[`sync-${name}`] as Job
      expect(runs(job)).toEqual([
        `read -r -a options <<<"$LOCKSTEP_OPTIONS"\nbash generated/sync-${name}.sh --ci --report "$RUNNER_TEMP/report.json" "\${options[@]}"`,
      ])
      expect(job.concurrency).toEqual({ group: `directional-sync-${name}`, 'cancel-in-progress': false })
    }
  })

  it('waits for what it depends on', () => {
    expect(jobs['sync-c']?.needs).toEqual(['due', 'sync-a', 'sync-b'])
    expect(jobs['sync-c']?.if).toBe(
      [
        "!cancelled() && needs.due.result == 'success' && contains(fromJSON(needs.due.outputs.targets), 'c')",
        "(needs.sync-a.result == 'success' || !contains(fromJSON(needs.due.outputs.targets), 'a'))",
        "(needs.sync-b.result == 'success' || needs.sync-b.outputs.exit_code == '8' || !contains(fromJSON(needs.due.outputs.targets), 'b'))",
      ].join(' && '),
    )
  })

  it('of the page waits for all targets, and is of the default branch; it alone may publish', () => {
    const { pages, ...others } = workflowOf(published, renderer.command).jobs
    expect(others).toEqual(jobs)
    expect(pages?.needs).toEqual(['due', 'sync-a', 'sync-b', 'sync-c'])
    expect(pages?.if).toMatch(
      /^!cancelled\(\) && needs\.due\.result == 'success' && \(github\.event_name == 'schedule' \|\| github\.ref_name == /,
    )
    expect(pages?.permissions).toEqual({ contents: 'read', pages: 'write', 'id-token': 'write' })
    expect(pages?.environment).toEqual({ name: 'github-pages', url: '${{ steps.deployment.outputs.page_url }}' })
    expect(runs(pages as Job).at(-1)).toContain(
      '\nlockstep dashboard --reports "$RUNNER_TEMP/reports" --output "$RUNNER_TEMP/page/index.html"\n',
    )
  })

  it('pushes, keeps the token and may write only where the target commits', () => {
    const [target] = config.targets
    const [job] = Object.values(targetJobs({ ...target, git_commit: true } as never, config.targets, 60)) as [Job]
    expect(job.permissions).toEqual({ contents: 'write' })
    expect(envOf(job)).toHaveProperty('LOCKSTEP_PUSH', 'true')
    expect(envOf(jobs['sync-a'] as Job)).not.toHaveProperty('LOCKSTEP_PUSH')
    expect(job.steps[0]).toMatchObject({ with: { 'persist-credentials': true } })
    expect(jobs['sync-a']?.steps[0]).toMatchObject({ with: { 'persist-credentials': false } })
  })
})

describe('the variables of a target', () => {
  const names = [
    'API_TOKEN',
    'DB_Password',
    'MY_APIKEY',
    'X_PRIVATE_KEY',
    'credentials',
    'client_secret',
    'PLACE',
    'KEY',
    'TOKE',
    'api_key',
    'PASSWD',
    'PASS',
    'DB_PWD',
    'ENCRYPTION_KEY',
    'SMTP_PASS',
    'COMPASS',
  ]

  it('are secrets where scripts/lib/shell/mask.sh masks their value, else variables', () => {
    const lib = new URL('../../../scripts/lib/', import.meta.url).pathname
    const script = `. ${lib}shell/environment.sh; keep_environment; . ${lib}shell/mask.sh; collect_secrets; printf '%s\\n' "\${masked_values[@]}"`
    const env = { PATH: process.env['PATH'], ...Object.fromEntries(names.map((name) => [name, `value of ${name}`])) }
    const masked = execFileSync('bash', ['-c', script], { env, encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.slice('value of '.length))
    const given = envOf(jobOf(flows({ a: { env: names } }), 'sync-a')) ?? {}
    for (const name of names) expect(given[name]).toBe(`\${{ ${masked.includes(name) ? 'secrets' : 'vars'}.${name} }}`)
    expect(masked).toHaveLength(12)
  })

  it('are those of its env and of its config, with a fallback or without, and no other', () => {
    const config = flows({ a: { env: ['ONE'], config: { x: '${TWO} and $THREE', y: '${FOUR:-4} $$FIVE' } }, b: { env: ['SIX'] } })
    expect(Object.keys(envOf(jobOf(config, 'sync-a')) ?? {})).toEqual(['FOUR', 'ONE', 'THREE', 'TWO', 'LOCKSTEP_OPTIONS'])
  })

  it('are not what the runner has itself', () => {
    const config = flows({ a: { env: ['HOME', 'PATH', 'CI', 'RUNNER_TEMP', 'GITHUB_SHA', 'GITHUB_TOKEN', 'HOMEPAGE'] } })
    expect(Object.keys(envOf(jobOf(config, 'sync-a')) ?? {})).toEqual(['GITHUB_TOKEN', 'HOMEPAGE', 'LOCKSTEP_OPTIONS'])
  })
})

describe('workflowFiles', () => {
  const scheduled = { a: { schedule: '0 2 * * *' } }
  it.each([
    ['a schedule', flows(scheduled), true],
    ['no schedule', flows({ a: {} }), false],
    ['a schedule and enabled: false', flows(scheduled, { workflow: { enabled: false } }), false],
    ['no schedule and enabled: true', flows({ a: {} }, { workflow: { enabled: true } }), true],
  ])('gives files for %s: %#', (_, config, wanted) => {
    expect([...workflowFiles(config, renderer, true).keys()]).toEqual(wanted ? [WORKFLOW_FILE, 'generated/due.sh'] : [])
  })

  it('gives texts that are known as generated, and an edit is seen', () => {
    const text = textOf(flows(scheduled))
    expect(madeBy(text)).toBe('generator')
    expect(madeBy(text.replace('permissions: {}', 'permissions: write-all'))).toBe('edited')
    expect(text.startsWith('# directional-sync.yml: ')).toBe(true)
  })

  it('checks the generated files on push only where the root holds the generator', () => {
    const { on, jobs } = workflowOf(flows(scheduled))
    expect(Object.keys(on)).toEqual(['schedule', 'workflow_dispatch'])
    expect(Object.keys(jobs)).toEqual(['due', 'sync-a'])
  })

  it('refuses a page where the root does not hold the generator', () => {
    expect(() => textOf(flows(scheduled, { workflow: { pages: true } }), false)).toThrow(
      'workflow: pages: the dashboard needs Lockstep among the packages of package.json',
    )
  })

  it('takes the settings of the workflow', () => {
    const text = textOf(flows(scheduled, { workflow: { off_the_hour: true, timeout_minutes: 90 } }))
    expect(text).toMatch(/cron: [1-9]\d? 2 \* \* \*$/m)
    expect(text).toContain('timeout-minutes: 90\n')
    const cron = /cron: (.*)$/m.exec(text)?.[1]
    expect(workflowFiles(flows(scheduled, { workflow: { off_the_hour: true } }), renderer, true).get('generated/due.sh')).toContain(
      `'${cron}'`,
    )
  })

  it.each([
    ['every minute', { schedule: '* * * * *' }, 'a: schedule: "* * * * *": GitHub\'s shortest interval is 5 minutes'],
    ['every 4 minutes', { schedule: '*/4 * * * *' }, 'shortest interval is 5 minutes'],
    ['two minutes apart', { schedule: '10,12 * * * *' }, 'shortest interval is 5 minutes'],
    ['two minutes apart over the hour', { schedule: '1,59 * * * *' }, 'shortest interval is 5 minutes'],
    ['a range of minutes', { schedule: '10-14 * * * *' }, 'shortest interval is 5 minutes'],
    ['7 for Sunday', { schedule: '0 2 * * 7' }, '"7": on GitHub weekdays (Sunday is 0) go to 6'],
    ['a step that is too long', { schedule: '0 */24 * * *' }, '"*/24": on GitHub hours go to 23'],
    [
      'a zone in lower case',
      { schedule: '0 2 * * *', timezone: 'europe/rome' },
      'a: timezone: "europe/rome": GitHub wants it written Europe/Rome',
    ],
    [
      'variables that differ in case only',
      { env: ['Place', 'PLACE'], schedule: '0 2 * * *' },
      'GitHub takes the variables PLACE and Place for one',
    ],
  ])('refuses %s', (_, entry, message) => {
    const make = () => workflowFiles(flows({ a: entry }), renderer, true)
    expect(make).toThrow(message)
    expect(make).toThrow('workflow: { enabled: false }')
    expect(() => workflowFiles(flows({ a: entry }, { workflow: { enabled: false } }), renderer, true)).not.toThrow()
  })

  it('refuses more than 256 targets, and names all that is wrong at once', () => {
    expect(() => textOf(flows(many(257)))).toThrow('257 targets: a workflow takes at most 256')
    expect(() => textOf(flows({ a: { schedule: '* * * * *' }, b: { schedule: '0 0 * * 7' } }))).toThrow(/a: schedule[\s\S]*b: schedule/)
  })

  it('refuses a file of more than 500,000 bytes', () => {
    const env = Array.from({ length: 100 }, (_, index) => `VARIABLE_WITH_A_LONG_NAME_${index}`)
    expect(() => textOf(flows(many(100, () => ({ env }))))).toThrow(/the workflow has \d+ bytes: GitHub reads at most 500000/)
  })

  it('refuses more than 25 inputs', () => {
    const workflow = workflowOf(flows(scheduled), renderer.command)
    const inputs = Object.fromEntries(
      Array.from({ length: 26 }, (_, index) => [`i${index}`, { description: '', type: 'string', default: '' } as const]),
    )
    const more = { ...workflow, on: { ...workflow.on, workflow_dispatch: { inputs } } }
    expect(workflowProblems(more, workflowText(more, renderer.command))).toEqual(['26 inputs: a workflow takes at most 25'])
    expect(workflowProblems(workflow, workflowText(workflow, renderer.command))).toEqual([])
  })
})
