import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../config/problem.ts'
import { isAgreed } from '../ask.ts'

/** Texts by their names. */
export type Files = ReadonlyMap<string, string>

/** Where a scheduler keeps what it runs. */
export interface Store {
  /** For people. */
  readonly name: string
  /** What is there: of units those of this root, of the crontab all. */
  readonly read: () => Files
  /** What `files` make of that; without any, what is left when ours is gone. */
  readonly wanted: (present: Files, files: Files) => Files
  /** Makes it so, and says what a person should know of it. */
  readonly write: (before: Files, after: Files) => string[]
  /** Starts what is written but does not run: an installation may have ended half way. */
  readonly start?: (present: Files) => void
}

/** Shows what changes, asks unless `yes`, changes it. Gives the exit code. @throws ConfigError where nobody can be asked. */
export async function install(store: Store, files: Files, yes: boolean): Promise<number> {
  const before = store.read()
  const after = store.wanted(before, files)
  const difference = differenceOf(before, after)
  if (difference === '') {
    store.start?.(before)
    process.stdout.write(`${store.name}: nothing to change\n`)
    return 0
  }
  process.stdout.write(difference)
  if (!yes && !(await agreed(store.name))) {
    process.stderr.write(`${store.name}: nothing was changed\n`)
    return 4
  }
  if (differenceOf(before, store.read()) !== '') {
    process.stderr.write(`${store.name}: somebody changed it meanwhile; nothing was written: look at it again\n`)
    return 4
  }
  for (const line of store.write(before, after)) process.stdout.write(`${line}\n`)
  return 0
}

async function agreed(name: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ConfigError(`${name}: nobody can be asked here; nothing was changed: add --yes`)
  return isAgreed(`Change ${name}?`)
}

/** As diff -u has it; empty where both are the same. */
function differenceOf(before: Files, after: Files): string {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => fileDifference(name, before.get(name), after.get(name)))
    .join('')
}

function fileDifference(name: string, before: string | undefined, after: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-schedule-'))
  try {
    const [old, fresh] = [join(folder, 'before'), join(folder, 'after')]
    writeFileSync(old, before ?? '', { mode: 0o600 })
    writeFileSync(fresh, after ?? '', { mode: 0o600 })
    const labels = ['-L', before === undefined ? '/dev/null' : name, '-L', after === undefined ? '/dev/null' : name]
    const { stdout } = spawnSync('diff', ['-u', ...labels, old, fresh], { encoding: 'utf8' })
    return stdout || `${name}: differs\n`
  } finally {
    rmSync(folder, { recursive: true })
  }
}
