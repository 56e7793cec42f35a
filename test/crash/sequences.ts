import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execute, finish, makeRoot, type Outcome, scratch, tree } from '../sameness/forms.ts'

/** Of these some are a file and a folder in turn, and one is nobody's output. */
const paths = ['out/a', 'out/b c', 'out/notes', 'out/notes/a', 'out/notes/b', 'out/deep/x/y', 'out/deep/x', 'mine/x'] as const

const config = `version: "1.0"
targets:
  job:
    direction: pull
    entrypoint: scripts/job.sh
    outputs: ["out/**"]
    backup: { keep_last: 1000 }
`

/** What a script of the user's does in a run: a plan is made of calls of these. */
const functions = (folder: string): string => `
place() {
  local folder=$1
  while [[ $folder == */* ]]; do
    folder=\${folder%/*}
    [[ ! -f $folder ]] || rm -f -- "$folder"
  done
  [[ ! -d $1 ]] || rm -rf -- "$1"
  mkdir -p -- "\${1%/*}"
}
write() { place "$1"; printf '%s\\n' "$2" >"$1"; }
remove() { rm -rf -- "$1"; }
hold() { : >${folder}/held; while [[ -e ${folder}/hold ]]; do sleep 0.02; done; }
`

/**
 * Does random things to one root, so many, and gives the story with what went wrong in it; nothing if all went well. Whatever
 * a person wrote, and did not overwrite or remove himself, must be somewhere after each of them: in its place, in a backup,
 * or where it was moved out of the way. Nothing is held after a rollback: the next sync would have nothing to do.
 */
export async function trySequence(seed: number, count: number): Promise<string | undefined> {
  const folder = scratch()
  const sequence = await prepare(folder, seed)
  try {
    for (let number = 0; number < count; number++) {
      await sequence.next()
      sequence.lookForWork()
      if (sequence.wrong.length > 0) return [`seed ${seed}:`, ...sequence.story, ...sequence.wrong].join('\n')
    }
    return undefined
  } finally {
    killAll(folder)
    await execute('rm', ['-rf', folder])
  }
}

async function prepare(folder: string, seed: number) {
  const root = join(folder, 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/job.sh'), `#!/usr/bin/env bash\nset -eu\n. ${folder}/plan\n`, { mode: 0o755 })
  await makeRoot(root, config)
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const anyPath = (): string => paths[below(paths.length)] ?? ''
  const story: string[] = []
  const wrong: string[] = []
  /** What a person wrote: each text is written once only. */
  const work = new Map<string, string>()
  let texts = 0

  const files = (): Record<string, string> =>
    Object.fromEntries(Object.entries(tree(root)).filter(([path, facts]) => /^(out|mine)\//.test(path) && facts !== 'folder'))
  const expectFiles = (expected: Record<string, string>, after: string): void => {
    const seen = files()
    if (JSON.stringify(seen) !== JSON.stringify(expected))
      wrong.push(`after ${after} the files are\n${JSON.stringify(seen)}, should be\n${JSON.stringify(expected)}`)
  }
  const run = async (program: string, words: readonly string[], codes: readonly number[]): Promise<Outcome> => {
    const outcome = await finish(start(folder, program, words))
    told(program, words, outcome, codes)
    return outcome
  }
  const told = (program: string, words: readonly string[], outcome: Outcome, codes: readonly number[]): void => {
    story.push(`${program} ${words.join(' ')}: ${outcome.code}`)
    if (!codes.includes(outcome.code ?? -1)) wrong.push(`exit ${outcome.code}, should be ${codes.join(' or ')}:\n${outcome.stderr}`)
  }
  /** What is there goes, and a person knows it. */
  const discard = (path: string): void => {
    for (const [text, place] of work) if (place === path || place.startsWith(`${path}/`)) if (stands(path, text)) work.delete(text)
    rmSync(join(root, path), { recursive: true, force: true })
  }
  const stands = (path: string, text: string): boolean =>
    Object.entries(files()).some(([name, facts]) => (name === path || name.startsWith(`${path}/`)) && facts.includes(`${text}\n`))
  const edit = (): void => {
    const path = anyPath()
    for (let inner = dirname(path); inner !== '.'; inner = dirname(inner))
      if (existsSync(join(root, inner)) && !isFolder(join(root, inner))) discard(inner)
    discard(path)
    if (below(3) === 0) {
      story.push(`a person removes ${path}`)
      return
    }
    const text = `person ${++texts}.`
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `${text}\n`)
    work.set(text, path)
    story.push(`a person writes "${text}" to ${path}`)
  }
  /** A plan for the script: what it does before and after it may be held. */
  const plan = (end: string): void => {
    const lines: string[] = []
    for (let number = 1 + below(4); number > 0; number--) {
      const path = paths[below(paths.length - 1)]
      lines.push(below(4) === 0 ? `remove '${path}'` : `write '${path}' 'run ${++texts}.'`)
    }
    story.push(`the script: ${lines.join('; ')}; ${end}`)
    writeFileSync(join(folder, 'plan'), `${functions(folder)}${lines.join('\n')}\n${end}\n`)
  }
  /** Starts a run that is held when its script has done what it does. */
  const heldRun = async (end: string) => {
    plan(end)
    writeFileSync(join(folder, 'hold'), '')
    const child = start(folder, 'sync-job.sh', [])
    const ended = finish(child)
    while (!existsSync(join(folder, 'held'))) {
      if (child.exitCode !== null) throw new Error(`the run ended: ${(await ended).stderr}`)
      await pause(20)
    }
    return { ended }
  }
  const letGo = (): void => {
    for (const name of ['hold', 'held']) rmSync(join(folder, name), { force: true })
  }

  const kinds: readonly (() => Promise<void>)[] = [
    async () => edit(),
    async () => edit(),
    async function syncs() {
      plan(':')
      await run('sync-job.sh', [], [0])
    },
    async function syncsAndGoesBack() {
      const before = files()
      plan(':')
      await run('sync-job.sh', [], [0])
      if (JSON.stringify(files()) === JSON.stringify(before)) return
      await run('rollback.sh', ['job', '--yes', '--no-hold'], [0])
      expectFiles(before, 'the rollback')
    },
    async function fails() {
      const before = files()
      plan('exit 1')
      await run('sync-job.sh', [], [1])
      expectFiles(before, 'a run that failed')
    },
    async function failsWhileAPersonWorks() {
      const { ended } = await heldRun('hold; exit 1')
      for (let number = 1 + below(2); number > 0; number--) edit()
      letGo()
      told('sync-job.sh', [], await ended, [1])
    },
    async function isKilled() {
      const before = files()
      const { ended } = await heldRun('hold')
      killAll(folder)
      await ended
      letGo()
      story.push('that is killed')
      const edits = below(3)
      for (let number = edits; number > 0; number--) edit()
      plan(':')
      if (below(2) === 0) await run('sync-job.sh', [], [0])
      else {
        await run('rollback.sh', ['job', '--yes', '--no-hold'], [0])
        if (edits === 0) expectFiles(before, 'a kill and a rollback')
      }
    },
    async () => void (await run('backup.sh', ['--target', 'job'], [0, 3])),
    async () => void (await run('rollback.sh', ['--yes', '--no-hold'], [0, 3])),
    async () => {
      const { stdout } = await finish(start(folder, 'rollback.sh', ['job', '--list', '--json']))
      const { backups } = JSON.parse(stdout) as { backups: { id: string }[] }
      const chosen = backups[below(backups.length)]
      if (chosen) await run('rollback.sh', ['job', '--yes', '--no-hold', '--to', chosen.id], [0])
    },
    async () => {
      const path = anyPath()
      if (existsSync(join(root, dirname(path)))) await run('rollback.sh', ['job', '--yes', '--no-hold', '--file', path], [0, 2, 3])
    },
  ]
  return {
    story,
    wrong,
    next: async () => kinds[below(kinds.length)]?.(),
    lookForWork: () => {
      const kept = ['backups', 'recovered', 'state/recovered', 'state/runs'].map((name) => join(root, '.insightpulse', name))
      const everything = [join(root, 'out'), join(root, 'mine'), ...kept].flatMap(contents).join('')
      for (const [text, path] of work) if (!everything.includes(`${text}\n`)) wrong.push(`"${text}" of ${path} is lost`)
    },
  }
}

function start(folder: string, program: string, words: readonly string[]) {
  const root = join(folder, 'root')
  return spawn('bash', [join(root, 'generated', program), '--root', root, '--quiet', ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SEQUENCE_MARK: `${folder}/` },
  })
}

/** Every process of a run, frozen first so that nothing happens between the kills. */
function killAll(folder: string): void {
  for (const signal of ['SIGSTOP', 'SIGSTOP', 'SIGKILL'] as const) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`SEQUENCE_MARK=${folder}/\0`)) process.kill(Number(pid), signal)
      } catch {} // it has ended
    }
  }
}

const isFolder = (path: string): boolean => {
  try {
    readdirSync(path)
    return true
  } catch {
    return false
  }
}

/** The content of each file below a folder. */
const contents = (folder: string): string[] =>
  !existsSync(folder)
    ? []
    : isFolder(folder)
      ? readdirSync(folder).flatMap((name) => contents(join(folder, name)))
      : [readFileSync(folder, 'latin1')]

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
