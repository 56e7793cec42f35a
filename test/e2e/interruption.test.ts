import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  chmodSync,
  command,
  execute,
  existsSync,
  type Form,
  finish,
  forms,
  home,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  type Outcome,
  readFileSync,
  readJson,
  rmSync,
  run,
  scratch,
  start,
  tree,
  writeFileSync,
} from '../sameness/forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

/** A verification that holds the run until the test lets go: the changes are made, nothing is complete. */
const config = (folder: string): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: ${folder}/upstream, branch: "18.0", destination: addons/oca, tries: 1, repositories: [repo-1, repo-2] }
    verification:
      command: 'echo started >>${folder}/started; while [[ -e ${folder}/hold ]]; do sleep 0.05; done; echo 1'
      expected_min: 1
`

let folder: string
let root: string
beforeEach(async () => {
  folder = scratch()
  shell('make_upstreams "$1" 2 20', join(folder, 'upstream'))
  root = await makeRoot(join(folder, 'root'), config(folder))
})
afterEach(() => execute('rm', ['-rf', folder]))

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (condition()) return
    await pause(50)
  }
  throw new Error('the condition never held')
}

/** Starts a run that is held in its verification, with all its changes made. */
async function heldRun(form: Form) {
  writeFileSync(join(folder, 'hold'), '')
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  const child = start(form, root, ['--verify'], { TMPDIR: join(folder, 'tmp') })
  const ended = finish(child)
  await until(() => existsSync(join(folder, 'started')))
  return { child, ended }
}

/** Starts a run that is held when it calls this tool with these words among its arguments. */
async function heldInTool(form: Form, tool: string, words: string) {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, tool),
    `#!/usr/bin/env bash
PATH=\${PATH//"${bin}:"/}
if [[ " $* " == *'${words}'* && -e ${folder}/hold ]]; then
  : >${folder}/started
  while [[ -e ${folder}/hold ]]; do sleep 0.05; done
fi
exec ${tool} "$@"
`,
    { mode: 0o755 },
  )
  writeFileSync(join(folder, 'hold'), '')
  const { env } = command(form, 'sync', root)
  const child = start(form, root, [], { PATH: `${bin}:${env['PATH']}` })
  const ended = finish(child)
  await until(() => existsSync(join(folder, 'started')))
  return { child, ended }
}

const letGo = (): void => rmSync(join(folder, 'hold'), { force: true })
const userTree = () => Object.fromEntries(Object.entries(tree(root)).filter(([path]) => !path.startsWith('.insightpulse')))
const userFiles = (): string[] => Object.keys(userTree())
const programPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sync-mirror.sh') &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(root)
        )
      } catch {
        return false
      }
    })
    .map(Number)

/** With kill -9, Node last: when it is gone its program puts everything back. Some end by themselves meanwhile. */
function killEverything(child: ChildProcess): void {
  for (const pid of programPids()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
  child.kill('SIGKILL')
}

/** What programs have left in their TMPDIR. */
const temporary = (): string[] => readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('lockstep'))

describe.each(forms)('an interrupted run (%s)', (form) => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('%s puts everything back and says %i', async (signal, code) => {
    const { child, ended } = await heldRun(form)
    child.kill(signal)
    const outcome = await ended
    expect(outcome.code).toBe(code)
    expect(userFiles()).toEqual([])
    expect(leftovers(root, 'mirror')).toEqual([])
    expect(outcome.stderr).toContain('interrupted')
  })

  it.each(
    (
      [
        ['while the servers are asked', 'git', 'ls-remote'],
        ['while files are fetched', 'git', ' fetch '],
        ['while a backup is saved', 'cp', '/saved/'],
        ['while files are changed', 'mv', ' addons/oca/'],
      ] as const
    ).flatMap(([phase, tool, words]) =>
      (
        [
          ['SIGINT', 130],
          ['SIGTERM', 143],
          ['SIGHUP', 129],
          ['SIGQUIT', 131],
        ] as const
      ).map(([signal, code]) => ({ phase, tool, words, signal, code })),
    ),
  )('$signal $phase puts everything back and says $code', async ({ tool, words, signal, code }) => {
    expect((await run(form, root, ['--quiet'])).code).toBe(0)
    shell('move_upstream "$1" repo-1', join(folder, 'upstream'))
    const before = userTree()
    const { child, ended } = await heldInTool(form, tool, words)
    child.kill(signal)
    expect((await ended).code).toBe(code)
    expect(userTree()).toEqual(before)
    expect(leftovers(root, 'mirror')).toEqual([])
  })

  it('a closed output puts everything back and says 141', async () => {
    const { child, ended } = await heldRun(form)
    child.stdout?.destroy()
    child.stderr?.destroy()
    letGo()
    expect((await ended).code).toBe(141)
    expect(userFiles()).toEqual([])
    expect(leftovers(root, 'mirror')).toEqual([])
  })

  it('a rollback while a run holds the lock says 6', async () => {
    expect((await run(form, root, [])).code).toBe(0)
    const { ended } = await heldRun(form)
    const outcome = await run(form, root, ['mirror', '--yes'], {}, 'rollback')
    expect(outcome.code).toBe(6)
    expect(outcome.stderr).toContain('another run holds the lock')
    letGo()
    expect((await ended).code).toBe(0)
  })

  it('a rollback after a kill undoes just the killed run, and says so, also beforehand', async () => {
    expect((await run(form, root, [])).code).toBe(0)
    shell('move_upstream "$1" repo-1', join(folder, 'upstream'))
    const before = userTree()
    const { child, ended } = await heldRun(form)
    killEverything(child)
    letGo()
    await ended
    const killed = userTree()
    expect(killed).not.toEqual(before)
    const dry = await run(form, root, ['--dry-run'], {}, 'rollback')
    expect(dry.stderr).toMatch(/the interrupted run \S+ would be put back, and nothing else/)
    expect(userTree()).toEqual(killed)
    const outcome = await run(form, root, ['--yes'], {}, 'rollback')
    expect(outcome.code).toBe(0)
    expect(outcome.stderr).toMatch(/the last change was the interrupted run \S+; it was put back, and nothing else/)
    expect(userTree()).toEqual(before)
    expect(leftovers(root, 'mirror')).toEqual([])
  })

  it('a kill of every process is undone by the next run, and status says so before', async () => {
    const { child, ended } = await heldRun(form)
    killEverything(child)
    letGo()
    await ended
    expect(userFiles()).toContain('addons/oca/repo-1')
    const status = await execute('bash', ['-c', 'generated/status.sh || [[ $? == 8 ]]'], root)
    expect(status.stdout).toMatch(/^interrupted +mirror +will be undone: run /m)
    appendFileSync(join(root, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'edited since\n')
    const elsewhere = 'lockstep.elsewhere.1.2.abcdef'
    mkdirSync(join(folder, 'tmp', elsewhere))
    writeFileSync(join(root, '.insightpulse/cache/mirror/repo-1.git/index.new'), '')
    const next = await run(form, root, [], { TMPDIR: join(folder, 'tmp') })
    expect(temporary()).toEqual([elsewhere])
    expect(existsSync(join(root, '.insightpulse/cache/mirror/repo-1.git/index.new'))).toBe(false)
    expect(next.code).toBe(0)
    expect(next.stderr).toContain('is put back')
    const recovered = join(root, '.insightpulse/recovered')
    const kept = join(
      recovered,
      readdirSync(recovered).find((name) => name !== '.gitignore') ?? '',
      'addons/oca/repo-1/mod_1/__manifest__.py',
    )
    expect(readFileSync(kept, 'utf8')).toContain('edited since')
    expect(readFileSync(join(root, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'utf8')).not.toContain('edited since')
    expect(leftovers(root, 'mirror')).toEqual([])
  })

  it('a second run at the same time meets the lock and says 6', async () => {
    const { ended } = await heldRun(form)
    const second = await run(form, root, [])
    expect(second.code).toBe(6)
    expect(second.stderr).toContain('another run holds the lock')
    letGo()
    expect((await ended).code).toBe(0)
  })

  it('--wait waits for the lock', async () => {
    const { ended } = await heldRun(form)
    const second = run(form, root, ['--wait', '60'])
    await until(() => readdirSync(join(root, '.insightpulse/state/runs/mirror')).length === 1)
    letGo()
    expect((await ended).code).toBe(0)
    expect((await second).code).toBe(0)
  })
})

it('when Node is killed its program puts everything back by itself, and what is left of both goes with the next run', async () => {
  const { child, ended } = await heldRun('node')
  child.kill('SIGKILL')
  // Its program has the same output.
  await ended
  expect(userFiles()).toEqual([])
  expect(leftovers(root, 'mirror')).toEqual([])
  expect(readJson(join(root, '.insightpulse/reports/latest.json'))).toMatchObject({ exit_code: 129, results: [{ status: 'interrupted' }] })
  expect(temporary()).toHaveLength(1)
  letGo()
  expect(await run('script', root, [], { TMPDIR: join(folder, 'tmp') })).toMatchObject({ code: 0 })
  expect(temporary()).toEqual([])
})

describe('a place that cannot be written', () => {
  const withDisk = async (size: string, make: string, check: (outcome: Outcome, disk: string) => void): Promise<void> => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      return // no right to mount here
    }
    try {
      shell(make, join(folder, 'big'))
      mkdirSync(join(disk, '.insightpulse'))
      writeFileSync(join(disk, '.insightpulse/sync.yaml'), config(folder).replace('/upstream', '/big'))
      const outcome = await run('node', disk, [])
      expect(Object.keys(tree(disk)).filter((path) => /addons\/oca\/repo-\d+$/.test(path))).toEqual([])
      check(outcome, disk)
    } finally {
      execFileSync('umount', [disk])
    }
  }

  it('a full disk puts everything back and says so', () =>
    withDisk(
      '1500k',
      'make_upstreams "$1" 2 4; for name in repo-1 repo-2; do enlarge_upstream "$1" "$name" 900000 /dev/urandom; done',
      ({ code, stderr }) => {
        expect(stderr).toMatch(/No space left/)
        expect(code).toBe(3)
      },
    ))

  it('what is fetched and does not fit is not begun to be written', () =>
    withDisk(
      '6m',
      'make_upstreams "$1" 2 4; for name in repo-1 repo-2; do enlarge_upstream "$1" "$name" 9000000 /dev/zero; done',
      ({ code, stderr }) => {
        expect(stderr).toContain('repo-1 needs 9.0 MB and the disk of')
        expect(code).toBe(3)
      },
    ))

  it('a destination without the right to write is refused before the first step', async () => {
    mkdirSync(join(root, 'addons'))
    const asRoot = process.getuid?.() === 0
    if (asRoot) {
      // Whoever runs as root may write everywhere; nobody may not.
      execFileSync('chown', ['-R', '65534:65534', folder])
      execFileSync('chown', ['0:0', join(root, 'addons')])
    }
    chmodSync(join(root, 'addons'), 0o555)
    const runAsUser = (): Promise<Outcome> =>
      finish(
        spawn('bash', [join(root, 'generated/sync-mirror.sh')], {
          cwd: root,
          env: { ...process.env, HOME: folder, PATH: '/usr/local/bin:/usr/bin:/bin' },
          ...(asRoot && { uid: 65_534, gid: 65_534 }),
        }),
      )
    const before = tree(root)
    const outcome = await runAsUser()
    expect(outcome.stderr).toContain('mirror: failed: destination addons/oca: no permission to write in addons')
    expect(outcome.code).toBe(3)
    expect(tree(root)).toEqual(before)
    expect(leftovers(root, 'mirror')).toEqual([])
    chmodSync(join(root, 'addons'), 0o777)
    expect(await runAsUser()).toMatchObject({ code: 0 })
    expect(userFiles()).toContain('addons/oca/repo-2')
  })
})
