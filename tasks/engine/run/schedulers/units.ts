import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { ConfigError } from '../../config/problem.ts'
import { rootId } from '../../render/schedules/job.ts'
import { makePrivateFolder } from '../private-folder.ts'
import type { Files, Store } from './install.ts'

/** The units of a root: in the user's own manager, or that of the system. */
export function systemdUnits(root: string, system: boolean): Store {
  const folder = system ? '/etc/systemd/system' : join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'systemd/user')
  const systemctl = (...words: string[]): void => call('systemctl', [...(system ? [] : ['--user']), ...words])
  const timers = (files: Files): string[] => [...files.keys()].filter((name) => name.endsWith('.timer')).map((name) => basename(name))
  const write: Store['write'] = (before, after) => {
    // Before anything is written: is there a manager at all?
    systemctl('daemon-reload')
    const gone = timers(before).filter((name) => !timers(after).includes(name))
    if (gone.length > 0) systemctl('disable', '--now', ...gone)
    change(before, after)
    systemctl('daemon-reload')
    if (after.size === 0) return ['systemd: removed']
    systemctl('enable', ...timers(after))
    systemctl('restart', ...timers(after))
    return [
      `systemd: ${timers(after).length} timers started; systemctl ${system ? '' : '--user '}list-timers shows them`,
      ...(system ? [] : [`they run while you are logged in; at all times after: loginctl enable-linger ${userInfo().username}`]),
    ]
  }
  return folderStore(folder, rootId(root), write, (present) => systemctl('enable', '--now', ...timers(present)))
}

/** The agents of a root in launchd of the user who runs this. */
export function launchAgents(root: string): Store {
  const domain = `gui/${userInfo().uid}`
  const label = (file: string): string => basename(file, '.plist')
  const isLoaded = (file: string): boolean => spawnSync('launchctl', ['print', `${domain}/${label(file)}`]).status === 0
  const load = (file: string): void => call('launchctl', ['bootstrap', domain, file])
  const write: Store['write'] = (before, after) => {
    call('launchctl', ['print', domain])
    const changed = (file: string): boolean => before.get(file) !== after.get(file)
    makePrivateFolder(`${root}/.insightpulse/logs`)
    // One that is not loaded any more is an error there, and no matter.
    for (const file of [...before.keys()].filter(changed)) spawnSync('launchctl', ['bootout', `${domain}/${label(file)}`])
    change(before, after)
    for (const file of [...after.keys()].filter(changed)) load(file)
    return [after.size === 0 ? 'launchd: removed' : `launchd: ${after.size} agents loaded`]
  }
  return folderStore(join(homedir(), 'Library/LaunchAgents'), rootId(root), write, (present) => {
    for (const file of present.keys()) if (!isLoaded(file)) load(file)
  })
}

/** Files of a folder whose names begin with the id of a root. */
function folderStore(folder: string, id: string, write: Store['write'], start: (present: Files) => void): Store {
  const ours = (): string[] => {
    try {
      return readdirSync(folder).filter((name) => name.startsWith(`${id}-`) && /\.(service|timer|plist)$/.test(name))
    } catch {
      return [] // not there yet
    }
  }
  return {
    name: folder,
    read: () => new Map(ours().map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')])),
    wanted: (_, files) => new Map([...files].map(([name, text]) => [join(folder, name), text])),
    write,
    start: (present) => {
      if (present.size > 0) start(present)
    },
  }
}

function change(before: Files, after: Files): void {
  try {
    for (const file of before.keys()) if (!after.has(file)) rmSync(file)
    for (const [file, text] of after) {
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, text)
    }
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw new ConfigError(`schedule: ${path}: cannot be written (${code})`, 3)
  }
}

function call(program: string, words: readonly string[]): void {
  const { error, status, stderr } = spawnSync(program, [...words], { encoding: 'utf8' })
  if (error !== undefined) throw new ConfigError(`${program}: there is no such program here`, 3)
  if (status !== 0) throw new ConfigError(`${[program, ...words].join(' ')}: ${stderr.trim() || `ended with ${status}`}`, 3)
}
