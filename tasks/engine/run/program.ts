import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { ConfigError } from '../config/problem.ts'
import type { RunEvent } from './events.ts'

/** Runs a program that only shows something and ends at once, and gives its exit code. */
export function showProgram(
  programs: ReadonlyMap<string, string>,
  name: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): number {
  const folder = unpack(programs)
  try {
    return spawnSync('bash', [join(folder, name), ...words], { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs a rendered program from a private folder and gives its exit code. Signals go on to it, so that it can put back
 * what it did; it does so too when this process is killed. With `draw` its messages are held back until the drawing of
 * its events is done.
 */
export async function runProgram(
  programs: ReadonlyMap<string, string>,
  name: string,
  words: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly draw?: (events: AsyncIterable<RunEvent>) => Promise<void>
    /** The program asks the person at the terminal. */
    readonly asks?: boolean
  } = {},
): Promise<number> {
  const folder = unpack(programs)
  try {
    const { draw } = options
    const { $ } = await import('zx')
    const running = $({
      nothrow: true,
      quiet: true,
      env: { ...process.env, ...options.env, LOCKSTEP_LIFELINE: '4' },
      stdio: draw
        ? ['ignore', 'inherit', 'pipe', 'pipe', 'pipe']
        : [options.asks ? 'inherit' : 'ignore', 'inherit', 'inherit', 'ignore', 'pipe'],
    })`exec bash ${join(folder, name)} ${words}`
    const { child } = running
    child?.once('exit', () => child.stdio[4]?.destroy())
    const passOn = (signal: NodeJS.Signals): void => {
      child?.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
    for (const signal of signals) process.on(signal, passOn)
    if (draw) {
      const { readEvents } = await import('./events.ts')
      await draw(readEvents(child?.stdio[3] as Readable))
    }
    const result = await running
    for (const signal of signals) process.off(signal, passOn)
    if (draw) process.stderr.write(result.stderr)
    return result.exitCode ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes the programs into a private folder. One that a kill leaves behind is removed by a later run: see scratch.sh. */
function unpack(programs: ReadonlyMap<string, string>): string {
  const place = tmpdir()
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(place, `lockstep.${ownerMark()}.`))
    for (const [file, text] of programs) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text, { mode: 0o700 })
    }
    return folder
  } catch (error) {
    if (folder) rmSync(folder, { recursive: true, force: true })
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(`TMPDIR ${place}: no folder can be made in it (${code}); is it there, writable, and not full?`, 3)
  }
}

/** HOST.PID.BIRTH of this process, as owner_mark in lock.sh gives it. */
function ownerMark(): string {
  const host = hostname().replaceAll(/[^A-Za-z0-9_-]/g, '_')
  return `${host}.${process.pid}.${ownBirth()}`
}

function ownBirth(): string {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const [boot] = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').split('-')
    return `${boot}-${fields[19]}`
  } catch {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(process.pid)], { encoding: 'utf8' }).replaceAll(/[^A-Za-z0-9]/g, '')
  }
}
