import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { Host } from '../plan/host.ts'
import { connectingText } from '../render/serving.ts'
import { readEvents } from './events.ts'
import { type DrawEvents, holdMessages } from './program.ts'
import { readLibrary } from './sources.ts'

/** Seconds in which a host that was reached must have begun, and after which it takes silence for a loss; tests are in a hurry. */
export const SILENCE_SECONDS = Number(process.env['LOCKSTEP_SILENCE']) || 60
/** Seconds between the signs of life that each side is given. */
const BEAT_SECONDS = SILENCE_SECONDS / 6

const INTERRUPTED: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 }

/** What is asked of a host. */
export interface Errand {
  readonly host: Host
  /** What serves there, and what that is sent then. */
  readonly text: string
  readonly program: Buffer
  /** The command that watches the run, where it outlives the connection. */
  readonly again: string | undefined
  /** What stands before each line that is said of it. */
  readonly before: string
}

/** What came of a run on a host. */
export interface Outcome {
  readonly code: number
  /** A line of JSON, where the run came so far. */
  readonly report: string | undefined
  /** The lines that it has logged. */
  readonly log: readonly string[]
}

/** What the host has said by now. */
interface Said {
  begun: boolean
  refused: string
  code?: number
  report?: string
  readonly log: string[]
}

/**
 * Sends a host the text that serves there, and a program for it, over one connection, to its end. `tell` is given the lines of
 * the event stream, which `draw` draws.
 */
export async function converse(errand: Errand, draw: DrawEvents | undefined, tell: (line: string) => void): Promise<Outcome> {
  const { host, text, program, again, before } = errand
  const ssh = openConnection(host, draw !== undefined)
  const input = ssh.stdin as Writable
  const said: Said = { begun: false, refused: '', log: [] }
  // Rejected where there is no ssh.
  const ended = once(ssh, 'close').then(
    () => '',
    ({ message }: Error) => message,
  )
  const late = setTimeout(() => ssh.kill(), SILENCE_SECONDS * 1000)
  const beat = setInterval(() => said.begun && input.write('beat\n'), BEAT_SECONDS * 1000)
  const signals = passSignals((signal) => {
    // The second time nobody wants to wait for what comes of the first.
    if (said.begun && again === undefined && signals.count() < 2) input.write(`signal ${signal.slice(3)}\n`)
    else ssh.kill()
  })
  input.write(`${text}\0`)
  const events = new PassThrough()
  const messages = draw && holdMessages(ssh, before)
  // No sync asks anything; what would is told there that nobody can answer, and says --yes.
  const drawn = draw?.(readEvents(events), async () => {})
  for await (const line of createInterface({ input: ssh.stdout as Readable })) {
    if (line === '@ready') input.write(program)
    else if (line === '@detached') {
      process.stderr.write(`${host.name}: the run goes on there by itself. To watch it: ${again}\n`)
      said.code = 0
      ssh.kill()
    } else if (line.startsWith('@event ')) {
      events.write(`${line.slice(7)}\n`)
      tell(line.slice(7))
    } else if (line.startsWith('@')) hear(said, line)
    if (said.begun) clearTimeout(late)
  }
  events.end()
  await drawn
  const problem = await ended
  clearTimeout(late)
  clearInterval(beat)
  signals.stop()
  messages?.showRest()
  if (said.refused !== '') process.stderr.write(`${host.name}: ${said.refused}\n`)
  return { code: said.code ?? codeOfLoss(errand, said, signals.last(), problem), report: said.report, log: said.log }
}

/** ssh in a session of its own: Ctrl-C is for the program there, and what comes of it still has to be brought back. */
function openConnection({ address, port }: Host, draws: boolean): ChildProcess {
  const become = `${connectingText(readLibrary())}\nset_connection "$@"\nexec "\${connection[@]}"`
  const words = ['-c', become, 'bash', address, port ?? '', String(Math.ceil(SILENCE_SECONDS))]
  const ssh = spawn('bash', words, { detached: true, stdio: ['pipe', 'pipe', draws ? 'pipe' : 'inherit'] })
  // What is said after the end of the connection is lost with it.
  ssh.stdin?.on('error', () => {})
  return ssh
}

/** Hears a line of what serves there (scripts/lib/targets/host-serve.sh). */
function hear(said: Said, line: string): void {
  const [, word, rest = ''] = /^@(\w+) ?(.*)$/s.exec(line) ?? []
  if (word === 'begin') said.begun = true
  else if (word === 'refused') said.refused = rest
  else if (word === 'report') said.report = rest
  else if (word === 'log') said.log.push(rest)
  else if (word === 'end' && /^\d{1,3}$/.test(rest)) said.code = Number(rest)
}

function passSignals(pass: (signal: NodeJS.Signals) => void) {
  const signals = Object.keys(INTERRUPTED) as NodeJS.Signals[]
  let last: NodeJS.Signals | undefined
  let count = 0
  const passOn = (signal: NodeJS.Signals): void => {
    last = signal
    count += 1
    pass(signal)
  }
  for (const signal of signals) process.on(signal, passOn)
  return {
    last: () => last,
    count: () => count,
    stop: () => {
      for (const signal of signals) process.off(signal, passOn)
    },
  }
}

/** Says why no exit code came back. */
function codeOfLoss({ host, again }: Errand, { begun, refused }: Said, signal: NodeJS.Signals | undefined, problem: string): number {
  const say = (words: string): void => void process.stderr.write(`${host.name}: ${words}\n`)
  if (signal !== undefined && (!begun || again !== undefined)) {
    const left = begun ? 'detached; the run there is left to itself' : 'interrupted; if a run has begun there, it goes on'
    say(again === undefined ? 'interrupted before anything was begun there' : `${left}. To watch it: ${again}`)
    return INTERRUPTED[signal] ?? 1
  }
  if (refused !== '') return 3
  if (problem !== '') say(problem)
  else if (!begun) say('nothing was begun there: it cannot be reached, lets nobody in without a question, or runs no programs')
  else if (again !== undefined) say(`the connection was lost; the run there is left to itself. To watch it: ${again}`)
  else {
    say(
      `${signal === undefined ? 'the connection was lost' : 'its end was not waited for'}. Without a connection the run there ends within a minute, and puts back what it did unless it was done; its report and log are there`,
    )
  }
  return 3
}
