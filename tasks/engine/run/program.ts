import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
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

/** What a program that only shows something prints, while this process goes on. */
export async function readProgram(programs: ReadonlyMap<string, string>, name: string, words: readonly string[]): Promise<string> {
  const folder = unpack(programs)
  try {
    const child = spawn('bash', [join(folder, name), ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.setEncoding('utf8')
    let text = ''
    child.stdout.on('data', (chunk: string) => {
      text += chunk
    })
    await once(child, 'close')
    return text
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs a rendered program from a private folder and gives its exit code. Signals go on to it, so that it can put back
 * what it did; it does so too when this process is killed. With `draw` its messages are held back until the drawing of
 * its events is done, or until it asks a question. With `follow` it writes its events, whether they are drawn or not.
 */
export async function runProgram(
  programs: ReadonlyMap<string, string>,
  name: string,
  words: readonly string[],
  { draw, follow, env = {} }: Ways = {},
): Promise<number> {
  const folder = unpack(programs)
  try {
    const { $ } = await import('zx/core')
    const running = $({
      nothrow: true,
      quiet: true,
      env: {
        ...process.env,
        ...env,
        LOCKSTEP_LIFELINE: '4',
        ...(draw && { LOCKSTEP_WATCHED: 'true', LOCKSTEP_ANSWERS: '5' }),
        ...(follow && { LOCKSTEP_TRACE: follow.mark() }),
      },
      stdio: draw
        ? ['ignore', 'inherit', 'pipe', 'pipe', 'pipe', 'pipe']
        : ['inherit', 'inherit', 'inherit', follow ? 'pipe' : 'ignore', 'pipe'],
    })`exec bash ${join(folder, name)} ${words}`
    const child = running.child as ChildProcess
    const ends = child.stdio as readonly unknown[] as readonly (Readable | Writable | null | undefined)[]
    child.once('exit', () => {
      for (const end of ends.slice(4)) end?.destroy()
    })
    const passOn = (signal: NodeJS.Signals): void => {
      child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
    for (const signal of signals) process.on(signal, passOn)
    const messages = draw && holdMessages(child)
    if (draw || follow) {
      const { readEvents } = await import('./events.ts')
      const events = readEvents(ends[3] as Readable, follow?.tell)
      if (draw && messages) await draw(events, asker(messages, ends[5] as Writable))
      else for await (const _ of events);
    }
    const result = await running
    for (const signal of signals) process.off(signal, passOn)
    messages?.showRest()
    return result.exitCode ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How a program is run: what its environment has beside ours, and who hears of its events. */
interface Ways {
  readonly env?: Readonly<Record<string, string>>
  readonly draw?: DrawEvents | undefined
  readonly follow?: Follow | undefined
}

/** Who hears of the events, drawn or not. */
export interface Follow {
  /** What the program is told of the traces that are made of them, here or on one of several hosts. */
  readonly mark: (host?: string) => string
  readonly tell: (line: string) => void
}

/** Asks the person at the terminal, and passes the answer on to the program. */
export type Ask = (question: string) => Promise<void>

/** Draws the events of a program; a question among them is asked. */
export type DrawEvents = (events: AsyncIterable<RunEvent>, ask: Ask) => Promise<void>

/** What a program says to people, for when nothing is drawn, with `before` at the start of each line. */
export function holdMessages(child: ChildProcess, before = '') {
  let text = ''
  let closed = false
  child.once('close', () => {
    closed = true
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    text += String(chunk)
  })
  return {
    /** Shows all before `end`, which the program has printed or is about to. */
    showUntil: async (end: string): Promise<void> => {
      while (!text.includes(end) && !closed) await Promise.race([once(child.stderr as Readable, 'data'), once(child, 'close')])
      const at = text.indexOf(end)
      process.stderr.write(text.slice(0, at))
      text = text.slice(at + end.length)
    },
    showRest: (): void => {
      process.stderr.write(text.replaceAll(/^(?=.)/gm, before))
    },
  }
}

/** Asks for what a program wants to know, and writes the answer to where it reads. */
const asker =
  (messages: ReturnType<typeof holdMessages>, to: Writable): Ask =>
  async (question) => {
    await messages.showUntil(`${question} [y/N] `)
    const answer = await readAnswer(`${question} [y/N] `)
    to.write(`${answer}\n`)
  }

/** A line from the terminal; Ctrl-C there is a signal as it is elsewhere. */
async function readAnswer(question: string): Promise<string> {
  const { createInterface } = await import('node:readline')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await new Promise((resolve) => {
      lines.on('SIGINT', () => {
        process.emit('SIGINT')
        resolve('')
      })
      lines.on('close', () => resolve(''))
      lines.question(question, resolve)
    })
  } finally {
    lines.close()
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
