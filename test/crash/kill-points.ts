import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execute, finish, home, type Outcome, tree } from '../sameness/forms.ts'

/** A run that is killed, and the state in which it starts. */
export interface Scenario {
  readonly title: string
  /** A root in the state before; its scripts are generated. */
  readonly root: string
  /** The program and its options: `rollback.sh --yes`. */
  readonly command: readonly string[]
  /** What comes after the kill, and which trees are right then. */
  readonly next: readonly { readonly command: readonly string[]; readonly tree: 'before' | 'after' | 'either' }[]
}

/** Who is killed, and when: around the Nth call of a tool that changes files, or half way through it. */
export interface Kill {
  readonly mode: 'group' | 'leader'
  readonly when: 'before' | 'inside' | 'after'
}

export const kills: readonly Kill[] = [
  { mode: 'group', when: 'before' },
  { mode: 'group', when: 'inside' },
  { mode: 'group', when: 'after' },
  { mode: 'leader', when: 'before' },
]

/** The tools through which the library changes files. */
const tools = ['mv', 'cp', 'rm', 'mkdir', 'rmdir', 'chmod', 'ln', 'mkfifo', 'sync', 'git', 'tar', 'xargs', 'touch', 'sqlite3']

export function makeTools(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const tool of tools) symlinkSync(join(home, 'test/crash/killer.sh'), join(folder, tool))
  return folder
}

const program = (root: string, [name, ...words]: readonly string[]): string[] => [join(root, 'generated', name ?? ''), ...words]

const userTree = (root: string): Record<string, string> =>
  Object.fromEntries([
    ...Object.entries(tree(root)).filter(
      ([path]) => !path.startsWith('.insightpulse') && !sibling.test(path) && !path.startsWith(database),
    ),
    ...(existsSync(join(root, database)) ? [[database, models(join(root, database))]] : []),
  ])

/** A database has no one form as a file: its rows count. */
export const database = 'webui.db'
const models = (file: string): string =>
  execFileSync('sqlite3', ['-cmd', '.timeout 20000', file, 'SELECT id, name, params, meta FROM model ORDER BY id'], { encoding: 'utf8' })

const sibling = /\.bak\.(\d{8}_\d{6})$/

/** Siblings that no manifest knows. */
const orphans = (root: string): string[] =>
  Object.keys(tree(root)).filter(
    (path) =>
      sibling.test(path) && !existsSync(join(root, '.insightpulse/backups/files/siblings', path.replace(sibling, '/$1'), 'manifest.json')),
  )

/** Starts a run that is killed at its Nth call; gives what it was killed in, or nothing if it ended by itself. */
async function runUntil(scenario: Scenario, root: string, kill: Kill, at: number, bin: string): Promise<string | undefined> {
  const folder = `${root}.kill`
  mkdirSync(folder)
  writeFileSync(join(folder, 'calls'), '')
  const child = spawn('bash', ['-c', 'echo "$$" >"$KILL_FOLDER/leader"; exec bash "$@"', 'bash', ...program(root, scenario.command)], {
    cwd: root,
    stdio: 'ignore',
    // A bash whose parent is gone may send SIGHUP to its whole group: not to that of these tests.
    detached: true,
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      KILL_FOLDER: folder,
      KILL_MARK: `${folder}/`,
      KILL_AT: String(at),
      KILL_MODE: kill.mode,
      KILL_WHEN: kill.when,
    },
  })
  await new Promise((resolve) => child.on('exit', resolve))
  return existsSync(join(folder, 'killed')) ? readFileSync(join(folder, 'call'), 'utf8') : undefined
}

/** The processes of a killed run that still live. */
const living = (root: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environment(name).includes(`KILL_MARK=${root}.kill/\0`))
    .map(Number)

function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return '' // it has ended
  }
}

/** The folders of all that has its final name. */
const backups = (root: string): string[] =>
  Object.keys(tree(root, '.insightpulse'))
    .filter((path) => path.endsWith('/manifest.json') && !path.includes('/.'))
    .map((path) => dirname(path))

const run = (root: string, command: readonly string[]): Promise<Outcome> =>
  finish(spawn('bash', program(root, command), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }))

/** What no run may leave behind, wherever it died, once the next one has ended. */
async function leftovers(root: string): Promise<string[]> {
  const names = ['.partial-*', '.removed-*', '.lockstep-*'].flatMap((name) => ['-name', name, '-o'])
  const places = ['-path', '*/state/locks/*/*', '-o', '-path', '*/state/runs/*/*']
  const found = await execute('find', [root, '(', ...names, ...places, ')', '-prune', '-print'])
  return found.stdout.split('\n').filter((line) => line !== '')
}

/** What tells a run from another, in names and in what it writes: ids, processes, times, inodes. */
const ofOneRun = /\d{8}_\d{6}(_[0-9a-f]{4})?|\.\d+\.[0-9a-f]{8}-\d+|\brun \d+|\d+\.\d+|\d{4}-\d\d-\d\dT[\d:]+Z|\d{5,}/g

/** What a kill left behind, for all that the next run can see of it: two that are equal are one state. */
function fingerprint(root: string): string {
  const hash = createHash('sha256')
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/^\.insightpulse\/(logs|reports)/.test(path)) continue
    const facts = lstatSync(join(root, path))
    hash.update(`${path.replace(ofOneRun, '#')} ${facts.mode}\n`)
    // An index of Git holds the times of its files.
    if (facts.isSymbolicLink()) hash.update(readlinkSync(join(root, path)))
    else if (facts.isFile() && !path.endsWith('/index')) hash.update(readFileSync(join(root, path), 'latin1').replace(ofOneRun, '#'))
  }
  return hash.digest('hex')
}

/**
 * One kill and what comes after it: right, the whole story of what is wrong, or that the run ended by itself before.
 * `tried` has the states of this scenario from which the next run was right, and is added to; a state is not tried twice.
 */
export async function tryKill(
  scenario: Scenario,
  expected: Expected,
  kill: Kill,
  at: number,
  bin: string,
  tried = new Set<string>(),
): Promise<string> {
  const root = `${scenario.root}.${kill.mode}-${kill.when}-${at}`
  await execute('cp', ['-a', scenario.root, root])
  const call = await runUntil(scenario, root, kill, at, bin)
  // Beside the files that of a leader has processes, which go on.
  const state = kill.mode === 'group' && call !== undefined && living(root).length === 0 ? fingerprint(root) : undefined
  if (state !== undefined && tried.has(state)) {
    await execute('rm', ['-rf', root, `${root}.kill`])
    return 'right'
  }
  // A rollback after a run that had not begun would undo the run before.
  const journals = await execute('find', [join(root, '.insightpulse'), '-path', '*/runs/*/journal', '-size', '+0'])
  const begun = journals.stdout !== '' || backups(root).length > expected.listed
  const turn = state === undefined ? at + 1 : tried.size
  const next = scenario.next[begun ? turn % scenario.next.length : 0]
  if (call === undefined || next === undefined) {
    await execute('rm', ['-rf', root, `${root}.kill`])
    return 'ended'
  }
  const outcome = await run(root, next.command)
  const wrong: string[] = []
  const expect = (right: boolean, text: string): void => void (right || wrong.push(text))
  expect(outcome.code === 0 || (outcome.code === 3 && outcome.stderr.includes('nothing to roll back to')), `exit ${outcome.code}`)
  const seen = JSON.stringify(userTree(root))
  const right = { before: seen === expected.before, after: seen === expected.after }
  expect(next.tree === 'either' ? right.before || right.after : right[next.tree], `the tree is not as ${next.tree}`)
  // What watches over the time of a step looks each second whether its program is there.
  for (let tries = 0; living(root).length > 0 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 100))
  expect(living(root).length === 0, 'a process of the killed run lives on')
  const check = await run(root, ['backup.sh', '--check', '--read-data'])
  expect(check.code === 0, `check: exit ${check.code}: ${check.stderr}`)
  const there = backups(root)
  for (const backup of expected.backups) expect(there.includes(backup), `${backup} is lost`)
  for (const path of [...(await leftovers(root)), ...orphans(root)]) expect(false, `left behind: ${path}`)
  await execute('rm', ['-rf', root, `${root}.kill`])
  if (wrong.length === 0) {
    if (state !== undefined) tried.add(state)
    return 'right'
  }
  return `${kill.mode} killed ${kill.when} call ${at} (${call}), then ${next.command.join(' ')}: ${wrong.join('; ')}\n${outcome.stderr}`
}

export interface Expected {
  readonly before: string
  readonly after: string
  readonly backups: readonly string[]
  readonly listed: number
  /** So many calls has a run that nobody kills. */
  readonly calls: number
}

const known = new Map<Scenario, Promise<Expected>>()

/** What stands before a run and after one that nobody kills; found once for each scenario. */
export function expectedOf(scenario: Scenario, bin: string): Promise<Expected> {
  const expected = known.get(scenario) ?? watchWhole(scenario, bin)
  known.set(scenario, expected)
  return expected
}

async function watchWhole(scenario: Scenario, bin: string): Promise<Expected> {
  const before = JSON.stringify(userTree(scenario.root))
  const good = backups(scenario.root)
  const root = `${scenario.root}.whole`
  await execute('cp', ['-a', scenario.root, root])
  await runUntil(scenario, root, { mode: 'group', when: 'before' }, 1_000_000, bin)
  const after = JSON.stringify(userTree(root))
  const calls = readFileSync(join(`${root}.kill`, 'calls'), 'utf8').length
  // What the rules remove after two more runs is not lost.
  await run(root, scenario.command)
  const kept = backups(root)
  await execute('rm', ['-rf', root, `${root}.kill`])
  return { before, after, backups: good.filter((backup) => kept.includes(backup)), listed: good.length, calls }
}
