import { describe, expect, it } from 'vitest'
import { drivers } from '../../../tasks/drivers/index.ts'
import { driverFolders } from '../../../tasks/engine/config/driver-folders.ts'
import { loadConfig } from '../../../tasks/engine/config/load.ts'
import { verbs } from '../../../tasks/verbs.ts'

const FILE = '.insightpulse/sync.yaml'
const target = (output: string): string => `{ direction: pull, entrypoint: run.sh, outputs: [${output}] }`

/** A reader of these files. */
const reader =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string => {
    if (files[path] === undefined) throw new Error(`${path} does not exist`)
    return files[path]
  }

const load = (text: string, files: Readonly<Record<string, string>>) =>
  loadConfig(text, FILE, { drivers, verbs }, { readScript: () => '', realPath: (path) => path, readText: reader(files) })

const errorOf = (text: string, files: Readonly<Record<string, string>>): string => {
  try {
    load(text, files)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

describe('include', () => {
  it('takes what other files hold as if it stood in the first one', () => {
    const config = load(
      `version: "1.0"\ninclude: [team.yaml, ../ops/more.yaml]\ndefaults: { fail_on_diff: true }\nnotify: [{ command: one }]\nsafety: { secret_patterns: [a] }\ntargets:\n  main: ${target('a')}\n`,
      {
        '.insightpulse/team.yaml': `version: "1.0"\ninclude: [deeper/most.yaml]\ndefaults: { git_commit: true }\ntargets:\n  team: ${target('b')}\n`,
        '.insightpulse/deeper/most.yaml': `secrets: { TOKEN: pass show token }\nsafety: { secret_patterns: [b], pre_sync_checks: [{ name: x, command: y }] }\n`,
        'ops/more.yaml': `notify: [{ command: two }]\ntargets:\n  more: ${target('c')}\n`,
      },
    )
    expect(config.sources.map(({ file }) => file)).toEqual([
      FILE,
      '.insightpulse/team.yaml',
      '.insightpulse/deeper/most.yaml',
      'ops/more.yaml',
    ])
    expect(config.targets.map(({ name }) => name)).toEqual(['main', 'team', 'more'])
    for (const each of config.targets) {
      expect(each).toMatchObject({ fail_on_diff: true, git_commit: true, secrets: { TOKEN: 'pass show token' }, guardedNames: ['a', 'b'] })
      expect(each.notify).toMatchObject([{ command: 'one' }, { command: 'two' }])
      expect(each.globalGates.pre_sync_checks).toMatchObject([{ name: 'x' }])
    }
  })

  it.each([
    ['a target', `targets:\n  main: ${target('b')}\n`, '2:3: "main" stands in .insightpulse/sync.yaml:4:3 too'],
    ['a setting', 'defaults: { git_commit: false }\n', '1:13: "git_commit" stands in .insightpulse/sync.yaml:5:13 too'],
    ['another version', 'version: "2.0"\n', '1:1: "version" stands in .insightpulse/sync.yaml:1:1 too'],
    ['something of another kind', 'targets: [a]\n', '1:1: "targets" stands in .insightpulse/sync.yaml:3:1 too'],
    ['an unknown key', 'tragets: {}\n', '1:1: unknown key "tragets"; did you mean "targets"?'],
    [
      'an unknown key of a target',
      `targets:\n  other:\n    direction: pull\n    entrypoint: run.sh\n    outptus: [x]\n`,
      '5:5: unknown key "outptus"; did you mean "outputs"?',
    ],
    ['a wrong item of a list', 'notify: [{ command: x, on: [sometimes] }]\n', '1:29: on: must be "failure" or'],
    [
      'what a target depends on',
      `targets:\n  o: { depends_on: [mian], entrypoint: run.sh }\n`,
      'there is no target "mian"; did you mean "main"?',
    ],
    ['no YAML', 'targets: [\n', 'not YAML'],
    ['nothing', '', '1:1: the file is empty; take it out of include'],
    ['text', 'hello\n', '1:1: must be a mapping'],
    ['itself', 'include: [team.yaml]\n', '1:11: include: .insightpulse/team.yaml is read already'],
    ['the file that includes it', 'include: [sync.yaml]\n', '1:11: include: .insightpulse/sync.yaml is read already'],
    ['a file that is not there', 'include: [other.yaml]\n', '1:11: include: .insightpulse/other.yaml does not exist'],
    ['what is no path', 'include: [/etc/passwd]\n', '1:11: include: must be the path of a YAML file'],
  ])('refuses %s, where it stands', (_, text, said) => {
    const main = `version: "1.0"\ninclude: [team.yaml]\ntargets:\n  main: ${target('a')}\ndefaults: { git_commit: true }\nnotify: [{ command: a }]\n`
    expect(errorOf(main, { '.insightpulse/team.yaml': text })).toContain(said)
    expect(errorOf(main, { '.insightpulse/team.yaml': text })).toMatch(/^\.insightpulse\/team\.yaml:/)
  })

  it('says of each file what is wrong with it', () => {
    const said = errorOf(`version: "1.0"\ninclude: [team.yaml]\nwrokflow: {}\n`, { '.insightpulse/team.yaml': 'a: 1\ntargets: {}\n' })
    expect(said).toContain(`${FILE}:3:1: unknown key "wrokflow"; did you mean "workflow"?\n  wrokflow: {}\n  ^~~~~~~~`)
    expect(said).toContain('.insightpulse/team.yaml:1:1: unknown key "a"\n  a: 1\n  ^')
    expect(said).toContain('.insightpulse/team.yaml:2:1: targets: must have at least one target')
  })

  it('finds drivers there, and says there what is wrong with one', () => {
    const [folder] = driverFolders(
      { file: FILE, text: 'include: [team.yaml]\n' },
      reader({ '.insightpulse/team.yaml': 'drivers: [.insightpulse/drivers/x]\n' }),
    )
    expect(folder?.path).toBe('.insightpulse/drivers/x')
    expect(folder?.problem('is odd').message).toMatch(/^\.insightpulse\/team\.yaml:1:11: drivers: is odd\n/)
  })
})

describe('YAML of several places', () => {
  const repository = (more: string): string =>
    `version: "1.0"\ntargets:\n  one: &one\n    direction: pull\n    entrypoint: run.sh\n    verification: &check { command: ls, expected_min: 1 }\n  two: { <<: *one, description: other${more} }\n`

  it('anchors and merge keys stand for what they repeat', () => {
    const { targets } = load(repository(', verification: { <<: [*check], expected_min: 5 }'), {})
    expect(targets).toMatchObject([
      { verification: { expected_min: 1 } },
      { description: 'other', verification: { command: 'ls', expected_min: 5 } },
    ])
  })

  it.each([
    [
      'what is wrong in what it takes over, at the alias',
      repository('').replace('direction: pull', 'direction: pul'),
      '7:14: direction: must be',
    ],
    ['two of them', repository(', <<: *check'), 'duplicate key "<<"'],
    ['one of a list', repository(', verification: { <<: [1] }'), '<<: must be an alias of a mapping, or a list of some'],
    ['one of text', repository(', verification: { <<: text }'), '<<: must be an alias of a mapping, or a list of some'],
  ])('says %s', (_, text, said) => expect(errorOf(text, {})).toContain(said))
})
