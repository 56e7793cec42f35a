import { describe, expect, it } from 'vitest'
import { drivers } from '../../../tasks/drivers/index.ts'
import { loadConfig } from '../../../tasks/engine/config/load.ts'
import { ConfigError } from '../../../tasks/engine/config/problem.ts'
import type { Target } from '../../../tasks/engine/config/schema.ts'
import { planTarget } from '../../../tasks/engine/plan/plan.ts'
import { verbs } from '../../../tasks/verbs.ts'
import { good, goodPlus, goodWith, load } from '../example.ts'

const kinds = drivers
  .filter(({ unnamed }) => !unnamed)
  .map(({ name }) => name)
  .join(' or ')

/** What is wrong, the text, where it must say so (LINE:COLUMN), what it must say, and the marked piece of the line. */
type Case = readonly [what: string, text: string, place: string, message: string, marked: string]

function errorOf(text: string): ConfigError {
  try {
    loadConfig(text, 'sync.yaml', { drivers, verbs })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the config was accepted')
}

/** The whole message for one problem: place and message, the line, the mark. */
function expected(text: string, place: string, message: string, marked: string): string {
  const [line = 0, column = 0] = place.split(':').map(Number)
  const source = text.split('\n')[line - 1] ?? ''
  if (!source.startsWith(marked, column - 1)) throw new Error(`${JSON.stringify(marked)} is not at ${place}`)
  const mark = `${' '.repeat(column - 1)}^${'~'.repeat(Math.max(0, marked.length - 1))}`
  return `sync.yaml:${place}: ${message}\n  ${source}\n  ${mark}`
}

const PLAIN_NAME = 'must be letters, digits, ".", "_" and "-", starting with a letter or digit'
const ADDRESS = 'must be the address of a Git server: https://, http://, ssh://, git://, file:///, a path, or user@host:path'
const INSIDE = ': it must stay inside the root'
const RESERVED = 'must not be the root itself, .git or .insightpulse, nor start with "-"'
const TARGET_NAME = 'must be letters, digits, "_" and "-", starting with a letter'
const second = good.slice(good.indexOf('  demo:'))

const yaml: readonly Case[] = [
  [
    'a flow list is not closed',
    'version: [1\n',
    '2:1',
    'not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    '',
  ],
  [
    'mappings are nested on one line',
    goodWith('- web', '- a: b: c'),
    '10:14',
    'not YAML: Nested mappings are not allowed in compact mappings',
    'b',
  ],
  ['a tab indents', 'targets:\n\tdemo: 1\n', '2:1', 'indented with a tab; YAML wants spaces', '\t'],
  ['a key of the file stands twice', 'version: "1.0"\nversion: "1.0"\n', '2:1', 'duplicate key "version"', 'version'],
  ['a key of config stands twice', goodWith('"18.0"', '"18.0"\n      branch: "17.0"'), '8:7', 'duplicate key "branch"', 'branch'],
  ['a target stands twice', `${good}${second}`, '11:3', 'duplicate key "demo"', 'demo'],
  ['the file is empty', '', '1:1', 'the file is empty; it needs version and targets', ''],
]

const unknownKeys: readonly Case[] = [
  ['the file', `${good}tragets: 1\n`, '11:1', 'unknown key "tragets"; did you mean "targets"?', 'tragets'],
  ['the file, and nothing is near', `${good}zzzzzzzzzzz: 1\n`, '11:1', 'unknown key "zzzzzzzzzzz"', 'zzzzzzzzzzz'],
  [
    'defaults',
    goodWith('targets:', 'defaults:\n  directon: pull\ntargets:'),
    '3:3',
    'unknown key "directon"; did you mean "direction"?',
    'directon',
  ],
  [
    'workflow',
    goodWith('targets:', 'workflow:\n  of_the_hour: true\ntargets:'),
    '3:3',
    'unknown key "of_the_hour"; did you mean "off_the_hour"?',
    'of_the_hour',
  ],
  ['a target', goodPlus('descripton: x'), '5:5', 'unknown key "descripton"; did you mean "description"?', 'descripton'],
  ['config', goodWith('branch:', 'brnch: x\n      branch:'), '7:7', 'unknown key "brnch"; did you mean "branch"?', 'brnch'],
  [
    'safety',
    goodWith('targets:', 'safety:\n  pre_sync_check: []\ntargets:'),
    '3:3',
    'unknown key "pre_sync_check"; did you mean "pre_sync_checks"?',
    'pre_sync_check',
  ],
  [
    'a gate',
    goodPlus('drift_gates:', '  - { name: x, command: y, comand: y }'),
    '6:32',
    'unknown key "comand"; did you mean "command"?',
    'comand',
  ],
  [
    'verification',
    goodPlus('verification:', '  command: ls', '  expected_mim: 1'),
    '7:7',
    'unknown key "expected_mim"; did you mean "expected_min"?',
    'expected_mim',
  ],
  [
    'a repository',
    goodWith('- web', '- name: web\n          url: /srv/web\n          ulr: x'),
    '12:11',
    'unknown key "ulr"; did you mean "url"?',
    'ulr',
  ],
]

const types: readonly Case[] = [
  ['the file is text', 'hello\n', '1:1', 'must be a mapping', 'hello'],
  ['targets is a list', 'version: "1.0"\ntargets: [a]\n', '2:1', 'targets: must be a mapping', 'targets'],
  ['a target is a number', 'version: "1.0"\ntargets:\n  demo: 5\n', '3:9', 'demo: must be a mapping', '5'],
  [
    'config is a number',
    'version: "1.0"\ntargets:\n  demo:\n    driver: git_repos\n    config: 3\n',
    '5:13',
    'config: must be a mapping',
    '3',
  ],
  ['a description is a number', goodPlus('description: 5'), '5:18', 'description: must be text', '5'],
  ['a branch is a number', goodWith('"18.0"', '18.0'), '7:15', 'branch: must be text', '18.0'],
  ['a destination is a number', goodWith('addons', '5'), '8:20', 'destination: must be text', '5'],
  ['env is text', goodPlus('env: A'), '5:10', 'env: must be a list', 'A'],
  ['jobs is text', goodWith('branch:', 'jobs: many\n      branch:'), '7:13', 'jobs: must be a number', 'many'],
  ['jobs is broken', goodWith('branch:', 'jobs: 1.5\n      branch:'), '7:13', 'jobs: must be a whole number', '1.5'],
  ['prune is text', goodWith('branch:', 'prune: "yes"\n      branch:'), '7:14', 'prune: must be true or false', '"yes"'],
  [
    'a repository is a number',
    goodWith('- web', '- 7'),
    '10:11',
    'repositories: must be a name, or a name with a url, and a branch, a ref or a commit',
    '7',
  ],
  ['on_conflict is another word', goodPlus('on_conflict: mine'), '5:18', 'on_conflict: must be "stop" or "theirs"', 'mine'],
  ['on_conflict is a word of another driver', goodPlus('on_conflict: newest'), '5:18', 'on_conflict: must be "stop" or "theirs"', 'newest'],
  ['direction is another word', goodPlus('direction: up'), '5:16', 'direction: must be "pull" or "push" or "bidirectional"', 'up'],
]

const values: readonly Case[] = [
  ['version is "2.0"', goodWith('"1.0"', '"2.0"'), '1:10', 'version: must be "1.0", in quotes', '"2.0"'],
  ['version is a number', goodWith('"1.0"', '1.0'), '1:10', 'version: must be "1.0", in quotes', '1.0'],
  ['targets is missing', 'version: "1.0"\n', '1:1', 'targets is missing', 'version: "1.0"'],
  ['targets is empty', 'version: "1.0"\ntargets: {}\n', '2:1', 'targets: must have at least one target', 'targets'],
  ['a target starts with a digit', goodWith('demo:', '1demo:'), '3:3', `"1demo" ${TARGET_NAME}`, '1demo'],
  [
    'a driver is nearly right',
    goodWith('git_repos', 'git_repo'),
    '4:13',
    'unknown driver "git_repo"; did you mean "git_repos"?',
    'git_repo',
  ],
  ['a driver is far off', goodWith('git_repos', 'postgresql'), '4:13', `unknown driver "postgresql"; there is ${kinds}`, 'postgresql'],
  ['a driver is no text', goodWith('git_repos', '{ a: 1 }'), '4:5', `driver: must be ${kinds}`, 'driver'],
  [
    'a driver is missing',
    goodWith('    driver: git_repos\n', ''),
    '3:3',
    `needs a driver (${kinds}), or an entrypoint: a script of your own`,
    'demo',
  ],
  ['a branch is missing', goodWith('      branch: "18.0"\n', ''), '5:5', 'branch is missing', 'config'],
  ['a verification has no command', goodPlus('verification:', '  expected_min: 2'), '5:5', 'command is missing', 'verification'],
  ['a direction is not of the driver', goodPlus('direction: push'), '5:16', 'direction: git_repos supports pull, not push', 'push'],
  ['a gate without a command', goodPlus('drift_gates:', '  - name: x'), '6:9', 'command is missing', 'name: x'],
  [
    'a limit of a gate is text',
    goodPlus('drift_gates:', '  - { name: x, command: y, max_drift_score: none }'),
    '6:49',
    'max_drift_score: must be a number',
    'none',
  ],
  [
    'a gate expects an exit code that there is not',
    goodPlus('pre_sync_checks:', '  - { name: x, command: y, expected_exit_code: 256 }'),
    '6:52',
    'expected_exit_code: must be at most 255',
    '256',
  ],
  [
    'the limits of a gate leave nothing',
    goodPlus('drift_gates:', '  - { name: x, command: y, min_value: 5, max_value: 4 }'),
    '6:43',
    'min_value: must not be above max_value',
    '5',
  ],
  [
    'a push-only target that is to commit',
    'version: "1.0"\ntargets:\n  demo:\n    entrypoint: x.sh\n    direction: push\n    git_commit: true\n',
    '6:17',
    'git_commit: demo is push-only, and a push writes nothing here to commit',
    'true',
  ],
  [
    'a repository is nowhere',
    goodWith('      base_url: https://example.org/group\n', ''),
    '9:11',
    'repositories: "web" needs a url, or base_url for all',
    'web',
  ],
  ['a push without a commit', goodPlus('push: true'), '5:11', 'push: without git_commit: true there is no commit to push', 'true'],
  ['a variable has a dash', goodPlus('env: [A-B]'), '5:11', 'env: must be the name of a variable: letters, digits and "_"', 'A-B'],
  [
    'a time zone is unknown',
    goodPlus('timezone: Europe/Rom'),
    '5:15',
    'timezone: unknown time zone "Europe/Rom"; did you mean "Europe/Rome"?',
    'Europe/Rom',
  ],
  [
    'a time zone is a city',
    goodPlus("schedule: '0 2 * * *'", 'timezone: Rome'),
    '6:15',
    'timezone: unknown time zone "Rome"; did you mean "Europe/Rome"?',
    'Rome',
  ],
  [
    'a time zone is like no other',
    goodPlus('timezone: Nowhere'),
    '5:15',
    'timezone: unknown time zone "Nowhere"; its name is one such as Europe/Rome',
    'Nowhere',
  ],
  ['an hour is 25', goodPlus("schedule: '0 25 * * *'"), '5:15', 'schedule: hour 25: hours go from 0 to 23', "'0 25 * * *'"],
  ['jobs is 0', goodWith('branch:', 'jobs: 0\n      branch:'), '7:13', 'jobs: must be at least 1', '0'],
  ['no repository is named', goodWith('\n        - web', ' []'), '9:7', 'repositories: must name at least one repository', 'repositories'],
  ['a repository stands twice', goodWith('- web', '- web\n        - web'), '11:11', 'repositories: "web" is listed twice', 'web'],
  [
    'a schedule has six fields',
    goodPlus("schedule: '0 0 3 * * *'"),
    '5:15',
    'schedule: must have 5 fields: minute hour day month weekday',
    "'0 0 3 * * *'",
  ],
  [
    'a schedule is on 31 February',
    goodPlus("schedule: '0 0 31 2 *'"),
    '5:15',
    'schedule: never comes: there is no 31 February',
    "'0 0 31 2 *'",
  ],
]

const destinations = [
  ['../x', `must not contain ".."${INSIDE}`],
  ['a/../b', `must not contain ".."${INSIDE}`],
  ['/x', 'must be relative to the root'],
  ['~/x', 'must be relative to the root'],
  ['$HOME/x', 'must be a plain path, without variables and control characters'],
  ['.', RESERVED],
  ['-x', RESERVED],
  ['.git', RESERVED],
  ['./.git/x', RESERVED],
  ['.insightpulse/x', RESERVED],
].map(([path = '', message = '']): Case => [`destination ${path}`, goodWith('addons', path), '8:20', `destination: ${message}`, path])

const repositories = [
  ['../x', '../x'],
  ['-x', '-x'],
  ['a b', "'a b'"],
  ['$(touch x)', "'$(touch x)'"],
  ['.hidden', '.hidden'],
  ['an empty name', '""'],
].map(
  ([name = '', yaml = '']): Case => [`repository ${name}`, goodWith('- web', `- ${yaml}`), '10:11', `repositories: ${PLAIN_NAME}`, yaml],
)

const addresses: readonly Case[] = [
  ['base_url is empty', goodWith('https://example.org/group', '""'), '6:17', 'base_url: must not be empty', '""'],
  ['base_url is a word', goodWith('https://example.org/group', 'group'), '6:17', `base_url: ${ADDRESS}`, 'group'],
  ['base_url is an option', goodWith('https://example.org/group', '--upload-pack=x'), '6:17', `base_url: ${ADDRESS}`, '--upload-pack=x'],
  [
    'base_url is a transport that runs a command',
    goodWith('https://example.org/group', 'ext::sh'),
    '6:17',
    `base_url: ${ADDRESS}`,
    'ext::sh',
  ],
  ['a url is a word', goodWith('- web', '- name: web\n          url: nope'), '11:16', `url: ${ADDRESS}`, 'nope'],
  ['a name beside a url leaves the root', goodWith('- web', '- name: ../x\n          url: /x'), '10:17', `name: ${PLAIN_NAME}`, '../x'],
  ['branch is empty', goodWith('"18.0"', '""'), '7:15', 'branch: must not be empty', '""'],
  ['branch is an option', goodWith('"18.0"', '--upload-pack=x'), '7:15', 'branch: must be the name of a branch', '--upload-pack=x'],
  ['branch is a range', goodWith('"18.0"', 'a..b'), '7:15', 'branch: must be the name of a branch', 'a..b'],
]

const relations: readonly Case[] = [
  [
    'depends_on is nearly right',
    goodPlus('depends_on: [demp]'),
    '5:5',
    'depends_on: there is no target "demp"; did you mean "demo"?',
    'depends_on',
  ],
  ['depends_on is far off', goodPlus('depends_on: [elsewhere]'), '5:5', 'depends_on: there is no target "elsewhere"', 'depends_on'],
  ['a target depends on itself', goodPlus('depends_on: [demo]'), '5:5', 'depends_on is circular: demo → demo', 'depends_on'],
  [
    'two targets depend on each other',
    goodPlus('depends_on: [two]') + second.replace('demo:', 'two:').replace('    config:', '    depends_on: [demo]\n    config:'),
    '5:5',
    'depends_on is circular: demo → two → demo',
    'depends_on',
  ],
  [
    'two targets differ in case only',
    good + second.replace('demo:', 'Demo:'),
    '11:3',
    '"Demo" and "demo" would share the script sync-demo.sh; rename one',
    'Demo',
  ],
  [
    'two targets differ in - and _ only',
    goodWith('demo:', 'a_b:') + second.replace('demo:', 'a-b:'),
    '11:3',
    '"a-b" and "a_b" would share the script sync-a-b.sh; rename one',
    'a-b',
  ],
]

const groups: readonly (readonly [string, readonly Case[]])[] = [
  ['of YAML', yaml],
  ['of an unknown key in', unknownKeys],
  ['of a wrong type:', types],
  ['of a wrong value:', values],
  ['of a bad path:', destinations],
  ['of a bad name:', repositories],
  ['of a bad address or branch:', addresses],
  ['between targets:', relations],
]

describe.each(groups)('a mistake %s', (_, cases) => {
  it.each(cases)('%s', (_what, text, place, message, marked) => {
    const error = errorOf(text)
    expect(error.message).toBe(expected(text, place, message, marked))
    expect(error.exitCode).toBe(2)
  })
})

describe('several mistakes', () => {
  it('are all told, in the order of the file', () => {
    const text = good.replace('addons', '../x').replace('"18.0"', '--x')
    const [branch, destination] = errorOf(text).message.split(/\n(?=sync\.yaml:)/)
    expect(branch).toMatch(/^sync\.yaml:7:15: branch: /)
    expect(destination).toMatch(/^sync\.yaml:8:20: destination: /)
  })

  it('show lines that end in CR LF without the CR', () => {
    const message = errorOf(goodWith('"1.0"', '"2.0"').replaceAll('\n', '\r\n')).message
    expect(message).not.toContain('\r')
    expect(message).toContain('sync.yaml:1:10: ')
  })

  it('in a repository with a url that stands twice point at that repository', () => {
    const text = goodWith('- web', '- web\n        - name: web\n          url: /x')
    expect(errorOf(text).message).toMatch(/^sync\.yaml:11:\d+: repositories: "web" is listed twice/)
  })

  it('of an alias without anchor point at the alias', () => {
    expect(errorOf('version: *x\n').message).toMatch(/^sync\.yaml:1:10: /)
  })
})

describe('dangerous YAML', () => {
  it('does not expand without bound', () => {
    const row = (name: string, of: string) => `${name}: &${name} [${Array(50).fill(of).join(', ')}]\n`
    const { message } = errorOf(row('a', '1') + row('b', '*a') + row('c', '*b') + row('d', '*c'))
    expect(message).toMatch(/^sync\.yaml:3:7: more than 100,000 values, counting what aliases repeat\n/)
  })

  it('with an alias inside of what it repeats is told where', () => {
    expect(errorOf('q: &q [1, *q]\n').message).toBe(
      'sync.yaml:1:11: *q is inside &q, so it would never end\n  q: &q [1, *q]\n            ^~',
    )
  })

  it.each([
    ['20,000 unknown keys', good + Array.from({ length: 20_000 }, (_, n) => `key${n}: 1\n`).join(''), '11:1: unknown key "key0"'],
    ['50,000 aliases', `a: &a 1\nb: [${Array(50_000).fill('*a').join(', ')}]\n`, '2:4005: more than 1,000 aliases'],
    [
      'a chain of aliases',
      `a0: &a0 [1]\n${Array.from({ length: 900 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}]\n`).join('')}`,
      '51:11: nested more than 50',
    ],
    ['20,000 levels', `version: ${'['.repeat(20_000)}`, '1:58: nested more than 50 levels deep'],
    ['two megabytes', `${good}#${'x'.repeat(2_000_000)}\n`, '11:999812: the file is larger than 1,000,000 characters'],
    [
      '20,000 bad targets',
      `${good}${Array.from({ length: 20_000 }, (_, n) => `  t${n}: { driver: git_repo }\n`).join('')}`,
      '11:17: unknown driver',
    ],
  ])('with %s is refused at once, and where', (_, text, place) => {
    const { message } = errorOf(text)
    expect(message).toContain(`sync.yaml:${place}`)
    expect(message.length).toBeLessThan(10_000)
  })

  it('shows the first 20 mistakes and counts the others', () => {
    const { message } = errorOf(good + Array.from({ length: 100 }, (_, n) => `key${n}: 1\n`).join(''))
    expect(message.match(/unknown key/g)).toHaveLength(20)
    expect(message).toMatch(/\nsync\.yaml: and 80 more$/)
  })

  it.each([
    ['a list', '? [a, b]\n: 1\n', '11:3'],
    ['an alias', 'x: &x 1\n*x : 1\n', '12:1'],
  ])('with a key that is %s is refused without a warning of Node', (_, lines, place) => {
    expect(errorOf(good + lines).message).toContain(`sync.yaml:${place}: a key must be text`)
  })

  it('has no hidden target __proto__', () => {
    const text = good + second.replace('demo:', '__proto__:')
    expect(errorOf(text).message).toContain('"__proto__" cannot be a name')
  })

  it('takes the names of object members for plain names', () => {
    expect(load(goodWith('demo:', 'constructor:')).targets.map(({ name }) => name)).toEqual(['constructor'])
  })
})

describe('a config without mistakes', () => {
  it('has its defaults filled in', () => {
    expect(load(good).targets).toMatchObject([
      {
        name: 'demo',
        direction: 'pull',
        fail_on_diff: false,
        on_conflict: 'stop',
        depends_on: [],
        env: [],
        priority: 0,
        description: expect.stringContaining('Mirror Git repositories'),
        config: { destination: 'addons', prune: false, jobs: 8, timeout: 300, tries: 3 },
      },
    ])
  })

  it.each([
    [undefined, undefined, false],
    [true, undefined, true],
    [true, false, false],
    [false, true, true],
  ])('with fail_on_diff %s in defaults and %s in the target has %s', (inDefaults, inTarget, wanted) => {
    const text = inTarget === undefined ? good : goodPlus(`fail_on_diff: ${inTarget}`)
    const defaults = inDefaults === undefined ? '' : `defaults:\n  fail_on_diff: ${inDefaults}\n`
    expect(load(text.replace('targets:', `${defaults}targets:`)).targets[0]?.fail_on_diff).toBe(wanted)
  })

  it('has its targets in the order in which they run', () => {
    const text = goodPlus('depends_on: [two]') + second.replace('demo:', 'two:')
    expect(load(text).targets.map(({ name }) => name)).toEqual(['two', 'demo'])
  })

  it('needs no base_url where every repository has a url', () => {
    const text = goodWith('- web', '- { name: web, url: /srv/web }').replace('      base_url: https://example.org/group\n', '')
    expect(planTarget(load(text).targets[0] as Target).settings).toMatchObject({ base_url: '', repositories: ['web'] })
  })

  it.each([
    ['a//b/', 'a/b'],
    ['./a', 'a'],
    ['a/./b', 'a/b'],
  ])('writes the destination %s as %s', (written, clean) => {
    expect(load(goodWith('addons', written)).targets[0]?.config).toMatchObject({ destination: clean })
  })

  it('has a description of one line without control characters', () => {
    expect(load(goodPlus('description: "  two\\n\\nlines\\0\\e[31m  "')).targets[0]?.description).toBe('two lines [31m')
  })
})
