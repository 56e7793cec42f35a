import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { ConfigError } from '../../config/problem.ts'
import { withBlock } from '../../render/schedules/cron.ts'
import { makePrivateFolder } from '../private-folder.ts'
import type { Store } from './install.ts'

/** The crontab of who runs this, crontab(1), of which only the block of a root is ours. */
export const crontab = (root: string): Store => ({
  name: 'crontab',
  read: () => new Map([['crontab', readCrontab()]]),
  wanted: (present, files) => new Map([['crontab', withBlock(present.get('crontab') ?? '', root, files.get('crontab') ?? '')]]),
  write: (before, after) => {
    const saved = save(root, before.get('crontab') ?? '')
    run(['-'], after.get('crontab'))
    return [`crontab: changed; as it was before: ${saved}`]
  },
})

/** Its text; empty where there is none, which cron says in words only (busybox: that it cannot open it). */
function readCrontab(): string {
  const { status, stdout, stderr } = start(['-l'])
  if (status !== 0 && !/no crontab for|can't open/i.test(String(stderr))) throw refused(['-l'], stderr)
  const text = status === 0 ? stdout.toString('utf8') : ''
  if (status === 0 && !Buffer.from(text, 'utf8').equals(stdout))
    throw new ConfigError('crontab: it is not all UTF-8, and would not come out as it was; mend it with crontab -e', 3)
  return text
}

function run(words: readonly string[], input?: string): void {
  const { status, stderr } = start(words, input)
  if (status !== 0) throw refused(words, stderr)
}

function start(words: readonly string[], input?: string) {
  const done = spawnSync('crontab', [...words], input === undefined ? {} : { input })
  if (done.error !== undefined) throw new ConfigError('crontab: there is no such program; on Debian: apt-get install cron', 3)
  return done
}

const refused = (words: readonly string[], stderr: Buffer): ConfigError =>
  new ConfigError(`crontab ${words.join(' ')}: ${stderr.toString('utf8').trim() || 'failed, and says no reason'}`, 3)

function save(root: string, text: string): string {
  const folder = `${root}/.insightpulse/state`
  const time = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '_')
  const file = `${folder}/crontab-${time}`
  makePrivateFolder(folder)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
