import { scheduleProblem } from '../config/cron.ts'
import type { Taken, TakenJob } from './taken.ts'

const NAMED: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** A crontab, of a user or with the user's name before each command (`system`): crontab(5) of Debian. */
export function fromCrontab(text: string, system: boolean): Taken {
  const jobs: TakenJob[] = []
  const left: string[] = []
  const environment = new Map<string, string>()
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return
    const [, name, value] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? []
    if (name !== undefined) {
      environment.set(name, (value ?? '').replace(/^(['"])(.*)\1$/, '$2'))
      if (name === 'MAILTO') left.push(`line ${index + 1}: MAILTO: Lockstep sends no mail; the report and status say what failed`)
      return
    }
    const [, time = '', after = ''] = /^(@\w+|(?:\S+\s+){4}\S+)\s+(.*)$/.exec(line) ?? []
    const schedule = NAMED[time.toLowerCase()] ?? time.replace(/\s+/g, ' ')
    const [, user, command = ''] = system ? (/^(\S+)\s+(.*)$/.exec(after) ?? []) : ['', undefined, after]
    const problem = schedule.startsWith('@') ? 'Lockstep runs by the clock only' : command === '' ? 'no command' : scheduleProblem(schedule)
    if (problem !== undefined) {
      left.push(`line ${index + 1}: ${line}: ${problem}`)
      return
    }
    if (/(^|[^\\])%/.test(command)) {
      left.push(`line ${index + 1}: ${command}: what follows "%" is input of the command there; write a script`)
      return
    }
    if (user !== undefined && user !== 'root') left.push(`line ${index + 1}: it ran as ${user}; a target runs as whoever starts it`)
    const timezone = environment.get('CRON_TZ')
    jobs.push({
      schedule,
      ...(timezone === undefined ? {} : { timezone }),
      command: command.replaceAll('\\%', '%'),
      environment: [...environment].filter(([each]) => !['MAILTO', 'CRON_TZ', 'SHELL'].includes(each)),
      line: index + 1,
    })
  })
  return { repositories: [], jobs, left }
}
