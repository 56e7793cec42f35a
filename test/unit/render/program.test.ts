import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LateText } from '../../../tasks/engine/config/late.ts'
import { type Plan, planTarget } from '../../../tasks/engine/plan/plan.ts'
import { sh } from '../../../tasks/engine/plan/shell.ts'
import { changes, pool, reads, type Step } from '../../../tasks/engine/plan/step.ts'
import { withProgram } from '../../../tasks/engine/plan/verb.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { verbs } from '../../../tasks/verbs.ts'
import { good, goodPlus, load } from '../example.ts'
import { anyText, hostile } from '../hostile.ts'

const sources = readSources((verb) => `lockstep ${verb}`)
const renderer = createRenderer(sources)
const plan = planTarget(load(good).targets[0] as never)
const withSteps = (...steps: readonly Step[]): Plan => ({ ...plan, steps })

let folder: string
let script: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-program-'))
  script = `${folder}.sh`
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(script, { force: true })
})

const options = () => ({ cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', HOME: folder } }) as const

/** Bash that reads a text as its standard input. From a pipe it would read byte by byte. */
function bash(
  words: readonly string[],
  text: string,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  writeFileSync(script, text)
  const input = openSync(script, 'r')
  try {
    return spawnSync('bash', words, { ...options(), stdio: [input, 'pipe', 'pipe'] })
  } finally {
    closeSync(input)
  }
}

function printedByBash(text: string): string {
  const { status, stdout, stderr } = bash(['-s'], text)
  expect(status, stderr).toBe(0)
  expect(readdirSync(folder)).toEqual([])
  return stdout
}

function expectSyntax(program: string): void {
  const { status, stderr } = bash(['-n'], program)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}

/** What a program prints whose last line, the call of main, is replaced; nothing may be left behind. */
function printedBy(program: string, instead: string): string {
  expect(program.endsWith('\nmain "$@"\n')).toBe(true)
  return printedByBash(`${program.slice(0, -'main "$@"\n'.length)}${instead}\n`)
}

const SHOW = `
verify_command() { printf '%s\\0' "$1"; }
git_sources() { :; }
git_check_settings() { :; }
git_check_destination() { :; }
git_environment() { :; }
bind_config
printf '%s\\0' "$description" "$base_url"
verification
printf '%s\\0' "$(usage)"`

interface Texts {
  readonly description: string
  readonly command: string
  readonly fallback: string
}

/** The program for a config that holds these texts, and what its pieces must be at run time. */
function programWith({ description, command, fallback }: Texts) {
  const config = {
    version: '1.0',
    targets: {
      demo: {
        driver: 'git_repos',
        description,
        config: { base_url: `\${BASE:-${fallback}}`, branch: 'main', destination: 'addons', repositories: ['web'] },
        verification: { command },
      },
    },
  }
  const { targets } = load(JSON.stringify(config))
  const made = planTarget(targets[0] as never)
  return {
    program: renderer.target(made),
    others: withProgram(verbs, targets).map((verb) => renderer.verb(verb, targets)),
    description: made.description,
  }
}

function expectHarmless(texts: Texts): void {
  const { program, others, description } = programWith(texts)
  for (const each of [program, ...others]) expectSyntax(each)
  const [gotDescription, baseUrl, command, help] = printedBy(program, SHOW).split('\0')
  expect({ description: gotDescription, baseUrl, command }).toEqual({ description, baseUrl: texts.fallback, command: texts.command })
  expect(help).toContain(`\n\n${description.replace(/\s+/g, ' ')}\n\nOptions:\n`)
  for (const [index, other] of others.entries()) {
    const input = `${other.replace(/\n[a-z_]+ "\$@"\n$/, '\n')}target_is() { printf '%s\\0' "$@"; }\ntargets\n`
    expect(input.length).toBeGreaterThan(other.length)
    expect(printedByBash(input).split('\0'), String(index)).toEqual(['demo', 'pull', '', '', description, '', 'false', '', '', ''])
  }
}

const fallbackOf = (text: string): string => text.replace(/[{}$]/g, '')

describe('a program', () => {
  it.each(hostile)('holds %j as description, command and fallback', (text) => {
    expectHarmless({ description: text, command: text, fallback: fallbackOf(text) })
  })

  it('holds any description, command and fallback, and runs none of it before its time', () => {
    const texts = fc.record({
      description: anyText,
      command: anyText.filter((text) => text !== ''),
      fallback: anyText.map(fallbackOf),
    })
    fc.assert(
      fc.property(texts, (each) => {
        fc.pre(each.description.trim() !== 'HELP')
        expectHarmless(each)
      }),
      { numRuns: 40 },
    )
  })

  it('holds no NUL from the fallback of a variable', () => {
    let program = ''
    try {
      program = programWith({ description: '', command: 'true', fallback: 'https://a\0b' }).program
    } catch {
      // A refusal is right too.
    }
    expect(program).not.toContain('\0')
  })

  it('prefers the variable to its fallback', () => {
    const { program } = programWith({ description: '', command: 'true', fallback: 'https://fallback' })
    expect(printedBy(program, `BASE='https://$(touch ran)'\n${SHOW}`).split('\0')[1]).toBe('https://$(touch ran)')
  })

  it('holds no value of the environment', () => {
    process.env['BASE'] = 'https://secret.example.org'
    try {
      expect(programWith({ description: '', command: 'true', fallback: 'https://fallback' }).program).not.toContain('secret.example.org')
    } finally {
      delete process.env['BASE']
    }
  })

  it('needs the variables without fallback and those of env', () => {
    const program = renderer.target({ ...plan, variables: ['A', 'B_2'] })
    expect(program).toContain('\nneeds() {\n  need_program git git\n  need_variable A\n  need_variable B_2\n}\n')
  })

  it('commits where it says so, in the last step, with git among its programs', () => {
    const commits = planTarget(load(goodPlus('git_commit: true', 'push: true', 'outputs: ["addons/**"]')).targets[0] as never)
    const program = renderer.target({ ...commits, programs: [] })
    expect(program).toContain("  declared_outputs=(\n    'addons/**'\n  )\n")
    expect(program).toContain('  check_commit\n  check_push\n}')
    expect(program).toMatch(
      / {2}step commit 'Commit and push what changed' changes capture=commit_id timeout=900\n}\n\n# All below is the runtime/,
    )
    expect(renderer.target(plan)).not.toMatch(/check_commit|check_push/)
    expect(commits.programs).toEqual([{ name: 'git', package: 'git' }])
  })

  it('without settings, programs and variables is bash', () => {
    expectSyntax(
      renderer.target({
        ...plan,
        settings: {},
        prepare: [],
        variables: [],
        programs: [],
        parameters: [],
        steps: [],
      }),
    )
  })

  it('binds each kind of setting', () => {
    const settings = {
      text: "it's",
      number: 5,
      truth: false,
      list: ['a b', '$(touch ran)'],
      none: [],
      late: new LateText(['<', { name: 'UNSET', fallback: '>' }]),
    }
    const show = 'bind_config\nprintf "%s\\0" "$text" "$number" "$truth" "${#list[@]}" "${list[@]}" "${#none[@]}" "$late"'
    expect(printedBy(renderer.target({ ...plan, settings, prepare: [] }), show).split('\0')).toEqual([
      "it's",
      '5',
      'false',
      '2',
      'a b',
      '$(touch ran)',
      '0',
      '<>',
      '',
    ])
  })

  it('names its steps in the plan with all that is set of them', () => {
    const step = changes('do_it', "Do it, don't ask", sh`true`, {
      when: { condition: sh`[[ -e x ]]`, otherwise: "it's not there" },
      saves: sh`printf 'x\\0'`,
      retry: 3,
      timeoutSeconds: 9,
    })
    const program = renderer.target(withSteps(pool(step, 'items', 4, sh`lane_of "$1"`), reads('look', 'Look', sh`true`)))
    expectSyntax(program)
    expect(program).toContain(
      "\nplan() {\n  step do_it 'Do it, don'\\''t ask' changes retry=3 timeout=9 items=items jobs=4\n  step look Look reads\n}\n",
    )
    expect(program).toContain("\ndo_it_when() {\n  [[ -e x ]] || skip 'it'\\''s not there'\n}\n")
    expect(program).toContain("\ndo_it_saves() {\n  printf 'x\\0'\n}\n")
    expect(program).toContain('\ndo_it_lane() {\n  lane_of "$1"\n}\n')
  })

  it.each([
    ['sync demo', 'pull=fix'],
    ['sync demo --direction pull', 'pull=fix'],
    ['sync demo --dry-run', "''"],
    ['sync other', "''"],
    ['verify demo', "''"],
  ])('names the alias %s as what settles it: %s', (alias, remedies) => {
    const { targets, aliases } = load(`${good}aliases: { fix: ${alias} }\n`)
    expect(renderer.target(planTarget(targets[0] as never), aliases)).toMatch(new RegExp(`^  remedies=${remedies}$`, 'm'))
  })

  it('is the same for the same plan', () => {
    expect(createRenderer(sources).target(plan)).toBe(renderer.target(plan))
  })
})

describe('a step that would replace a function', () => {
  const when = { condition: sh`true`, otherwise: 'never' }
  it.each([
    ['run_step of the library', [reads('run_step', 'x', sh`true`)]],
    ['main of the library', [reads('main', 'x', sh`true`)]],
    ['git_fetch of the library', [reads('look', 'x', sh`true`), reads('git_fetch', 'x', sh`true`)]],
    ['a function of the library by its _saves', [changes('git_update', 'x', sh`true`, { saves: sh`true` })]],
    ['plan of the program', [reads('plan', 'x', sh`true`)]],
    ['needs of the program', [reads('needs', 'x', sh`true`)]],
    ['usage of the program', [reads('usage', 'x', sh`true`)]],
    ['bind_config of the program', [reads('bind_config', 'x', sh`true`)]],
    ['task_option of the program', [reads('task_option', 'x', sh`true`)]],
    ['another step', [reads('look', 'x', sh`true`), reads('look', 'y', sh`true`)]],
    ['the condition of another step', [reads('look', 'x', sh`true`, { when }), reads('look_when', 'y', sh`true`)]],
    ['the verification', [reads('verification', 'x', sh`true`)]],
  ] as readonly (readonly [string, readonly Step[]])[])('is refused: %s', (what, steps) => {
    const verification = what === 'the verification' ? [reads('verification', 'Verify', sh`true`)] : []
    expect(() => renderer.target(withSteps(...steps, ...verification))).toThrow(/^step \w+: /)
  })
})
