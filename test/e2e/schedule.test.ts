import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  chmodSync,
  compiled,
  existsSync,
  join,
  makeRoot,
  mkdirSync,
  readFileSync,
  rmSync,
  scratch,
  writeFileSync,
} from '../sameness/forms.ts'

const folder = scratch()
const root = join(folder, 'a root 100%')
const crontab = join(folder, 'crontab.txt')
const calls = join(folder, 'calls')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** crontab(1) of Debian over a file; FAKE_EDIT is a line that somebody adds after each look. */
const CRONTAB = `
case $1 in
  -l)
    [[ -e ${crontab} ]] || { printf 'no crontab for somebody\\n' >&2; exit 1; }
    cat ${crontab}
    [[ -z \${FAKE_EDIT:-} ]] || printf '%s\\n' "$FAKE_EDIT" >>${crontab}
    ;;
  -) cat >${crontab} ;;
esac
`
const CALLED = `printf '%s\\n' "\${0##*/} $*" >>${calls}; [[ -z \${FAKE_FAIL:-} ]] || { printf '%s\\n' "$FAKE_FAIL" >&2; exit 1; }`

const CONFIG = `version: "1.0"
workflow: { enabled: false }
targets:
  nightly: { direction: pull, entrypoint: scripts/x.sh, outputs: ["x/*"], schedule: "0 2 * * *" }
  other: { direction: pull, entrypoint: scripts/x.sh, outputs: ["y/*"], schedule: "0 4 1 * MON" }
  never: { direction: pull, entrypoint: scripts/x.sh, outputs: ["z/*"] }
`

const environment = { ...process.env, PATH: `${folder}/bin:${process.env['PATH']}`, HOME: folder, XDG_CONFIG_HOME: '', TZ: 'UTC' }
const COMMAND = [process.execPath, compiled('schedule')] as const

function schedule(words: readonly string[], others: object = {}) {
  // Whatever this host has.
  const ofHost = (words.includes('--cron') || words.includes('--launchd')) && !words.includes('--timezone')
  const zone = ofHost ? ['--timezone', 'UTC'] : []
  const { status, stdout, stderr } = spawnSync(COMMAND[0], [COMMAND[1], ...words, ...zone], {
    cwd: root,
    env: { ...environment, ...others },
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}

beforeAll(async () => {
  mkdirSync(join(folder, 'bin'))
  for (const [name, text] of Object.entries({ crontab: CRONTAB, systemctl: CALLED, launchctl: CALLED })) {
    writeFileSync(join(folder, 'bin', name), `#!/usr/bin/env bash\n${text}`)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/x.sh'), 'true\n')
  await makeRoot(root, CONFIG)
})

beforeEach(() => {
  rmSync(crontab, { force: true })
  rmSync(calls, { force: true })
})

describe('schedule', () => {
  it('prints what a scheduler needs, and says which targets have no schedule', () => {
    const { code, stdout, stderr } = schedule(['--systemd'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'without a schedule: never\n' })
    expect(stdout.match(/^# file: .*/gm)).toHaveLength(4)
    expect(schedule(['--kubernetes', '--image', 'x']).stdout.match(/^---$/gm)).toHaveLength(3)
  })

  it('writes the files into a folder', () => {
    const output = join(folder, 'output')
    expect(schedule(['--launchd', '--output', output])).toMatchObject({ code: 0, stdout: '' })
    expect(readdirSync(output).map((name) => name.replace(/^lockstep-\w{8}/, 'ID'))).toEqual(['ID-nightly.plist', 'ID-other.plist'])
  })

  it.each([
    [[], 'name one of --cron, --systemd, --launchd and --kubernetes'],
    [['--cron', '--systemd'], 'name one of'],
    [['--kubernetes', '--install'], '--kubernetes --image IMAGE | kubectl apply --server-side -f -'],
    [['--kubernetes'], 'name an image'],
    [['--systemd', '--cron-tz'], '--cron-tz is not for --systemd'],
    [['--cron', '--install', '--output', 'x'], '--install and --output do not go together'],
    [['--cron', '--timezone', 'Rome'], 'did you mean "Europe/Rome"?'],
    [['--cron', '--timezone', 'Europe/Rome'], 'nightly: cron knows no time zone'],
  ])('%j is wrong usage', (words, message) => {
    expect(schedule(words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
  })

  it('ends with 3 where no target has a schedule, or its program is missing', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(join(empty, '.insightpulse'), { recursive: true })
    const write = (text: string): void => writeFileSync(join(empty, '.insightpulse/sync.yaml'), text)
    mkdirSync(join(empty, 'scripts'))
    writeFileSync(join(empty, 'scripts/x.sh'), 'true\n')
    write(CONFIG.replaceAll(/, schedule: ".*"/g, ''))
    expect(schedule(['--cron', '--root', empty])).toMatchObject({ code: 3, stderr: expect.stringContaining('no target has a schedule') })
    write(CONFIG)
    expect(schedule(['--cron', '--root', empty])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/generated\/sync-nightly\.sh, generated\/sync-other\.sh: not there; run .*generate/),
    })
  })
})

describe('schedule --cron --install', () => {
  const theirs = '# mine\n0 1 * * * echo \\% é\n'

  it('shows what changes, writes it, and takes it back; the lines of others stay', () => {
    writeFileSync(crontab, theirs)
    expect(schedule(['--cron', '--install'])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('+# lockstep: begin'),
      stderr: expect.stringContaining('nothing was changed: add --yes'),
    })
    expect(readFileSync(crontab, 'utf8')).toBe(theirs)

    const { code, stdout } = schedule(['--cron', '--install', '--yes'])
    const [, saved = ''] = /as it was before: (.*)/.exec(stdout) ?? []
    expect({ code, before: readFileSync(saved, 'utf8') }).toEqual({ code: 0, before: theirs })
    expect(saved).toContain(join(root, '.insightpulse'))
    expect(readFileSync(crontab, 'utf8')).toMatch(/^# mine\n.* é\n# lockstep: begin [\s\S]*\n0 2 \* \* \* cd [\s\S]*# lockstep: end .*\n$/)
    expect(schedule(['--cron', '--install'])).toMatchObject({ code: 0, stdout: 'crontab: nothing to change\n' })
    const awaited = join(root, '.insightpulse/state/awaited')
    expect(readFileSync(join(awaited, 'nightly'), 'utf8')).toMatch(/^\S+Z .+ UTC\n$/)

    expect(schedule(['--cron', '--uninstall', '--yes'])).toMatchObject({ code: 0 })
    expect(readFileSync(crontab, 'utf8')).toBe(theirs)
    expect(existsSync(awaited)).toBe(false)
  })

  it('begins a crontab where there is none', () => {
    expect(schedule(['--cron', '--install', '--yes'])).toMatchObject({ code: 0 })
    expect(readFileSync(crontab, 'utf8')).toMatch(/^# lockstep: begin/)
  })

  it('writes nothing over what somebody has written meanwhile', () => {
    writeFileSync(crontab, theirs)
    expect(schedule(['--cron', '--install', '--yes'], { FAKE_EDIT: '# theirs' })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('crontab: somebody changed it meanwhile; nothing was written'),
    })
    expect(readFileSync(crontab, 'utf8')).not.toContain('lockstep')
  })

  it.skipIf(process.platform === 'darwin').each([
    ['n', 4],
    ['y', 0],
  ])('asks at a terminal: %s ends with %i', (answer, code) => {
    const words = [...COMMAND, '--cron', '--timezone', 'UTC', '--install'].map((word) => `'${word}'`).join(' ')
    const { status, stdout } = spawnSync('script', ['-qefc', words, '/dev/null'], {
      cwd: root,
      env: { ...environment, SHELL: '/bin/sh' },
      input: `${answer}\n`,
      encoding: 'utf8',
    })
    expect(stdout).toContain('Change crontab? [y/N]')
    expect({ status, written: existsSync(crontab) }).toEqual({ status: code, written: code === 0 })
  })
})

describe('schedule --install of files', () => {
  const called = (): string[] =>
    readFileSync(calls, 'utf8')
      .replaceAll(/lockstep-\w{8}/g, 'ID')
      .replaceAll(folder, 'HOME')
      .trim()
      .split('\n')
  const ours = (path: string): string[] =>
    readdirSync(join(folder, path))
      .filter((name) => name.startsWith('lockstep-'))
      .map((name) => name.replace(/^lockstep-\w{8}/, 'ID'))

  it('writes units of the user, starts their timers, and takes both back', () => {
    const place = '.config/systemd/user'
    mkdirSync(join(folder, place), { recursive: true })
    writeFileSync(join(folder, place, 'lockstep-00000000-nightly.timer'), "another root's\n")
    expect(schedule(['--systemd', '--install', '--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('loginctl enable-linger'),
    })
    expect(ours(place)).toHaveLength(5)
    expect(called()).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user daemon-reload',
      'systemctl --user enable ID-nightly.timer ID-other.timer',
      'systemctl --user restart ID-nightly.timer ID-other.timer',
    ])
    // One that ended half way is mended by the next.
    expect(schedule(['--systemd', '--install', '--yes']).stdout).toContain('nothing to change')
    expect(called().at(-1)).toBe('systemctl --user enable --now ID-nightly.timer ID-other.timer')
    expect(schedule(['--systemd', '--uninstall', '--yes'])).toMatchObject({ code: 0 })
    expect(called()).toContain('systemctl --user disable --now ID-nightly.timer ID-other.timer')
    expect(readdirSync(join(folder, place))).toEqual(['lockstep-00000000-nightly.timer'])
  })

  it('writes nothing where there is no manager', () => {
    const words = ['--systemd', '--install', '--yes']
    expect(schedule(words, { FAKE_FAIL: 'Failed to connect to bus' })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('systemctl --user daemon-reload: Failed to connect to bus'),
    })
    expect(ours('.config/systemd/user')).toHaveLength(1)
  })

  it('loads agents of launchd, and unloads them', () => {
    expect(schedule(['--launchd', '--install', '--yes'])).toMatchObject({ code: 0, stdout: expect.stringContaining('2 agents loaded') })
    expect(ours('Library/LaunchAgents')).toEqual(['ID-nightly.plist', 'ID-other.plist'])
    expect(called().slice(1)).toEqual(
      ['nightly', 'other'].map((name) => expect.stringMatching(`launchctl bootstrap gui/\\d+ HOME/Library/LaunchAgents/ID-${name}.plist`)),
    )
    expect(schedule(['--launchd', '--uninstall', '--yes'])).toMatchObject({ code: 0 })
    expect(called().at(-1)).toMatch(/launchctl bootout gui\/\d+\/ID-other/)
    expect(ours('Library/LaunchAgents')).toEqual([])
  })
})
