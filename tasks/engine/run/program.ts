import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { RunEvent } from './events.ts'

/** Runs a program that only shows something and ends at once, and gives its exit code. */
export function showProgram(
  programs: ReadonlyMap<string, string>,
  name: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): number {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'))
  try {
    for (const [file, text] of programs) writeFileSync(join(folder, file), text, { mode: 0o700 })
    return spawnSync('bash', [join(folder, name), ...words], { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs a rendered program from a private folder and gives its exit code. Signals go on to it, so that it can put back
 * what it did. With `draw` its messages are held back until the drawing of its events is done.
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
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'))
  try {
    for (const [file, text] of programs) writeFileSync(join(folder, file), text, { mode: 0o700 })
    const { draw } = options
    const { $ } = await import('zx')
    const running = $({
      nothrow: true,
      quiet: true,
      env: { ...process.env, ...options.env },
      stdio: draw ? ['ignore', 'inherit', 'pipe', 'pipe'] : [options.asks ? 'inherit' : 'ignore', 'inherit', 'inherit'],
    })`exec bash ${join(folder, name)} ${words}`
    const { child } = running
    const passOn = (signal: NodeJS.Signals): void => {
      child?.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
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
