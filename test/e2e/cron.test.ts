import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterAll, expect, it, vi } from 'vitest'
import {
  compiled,
  existsSync,
  finish,
  join,
  makeRoot,
  mkdirSync,
  readFileSync,
  readJson,
  rmSync,
  scratch,
  writeFileSync,
} from '../sameness/forms.ts'

const folder = scratch()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Debian's cron with the crontabs of nobody else: in a file system of its own what it reads is empty. */
const CRON = `
mount -t tmpfs tmpfs /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs
mount -t tmpfs tmpfs /etc/cron.d && mount -t tmpfs tmpfs /run && mount --bind /dev/null /etc/crontab
cd "$1" && "$2" "$3" --cron --install --yes --timezone "$(date +%Z)" && exec cron -f
`
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0 && existsSync('/usr/sbin/cron')

it.skipIf(!canMount)('the cron of Debian runs what schedule --cron --install gave it', { timeout: 240_000 }, async () => {
  const root = join(folder, 'a root 100%')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/x.sh'), `printf '%s\\n' "$PATH" >'${folder}/path'; echo 'nothing there' >&2; exit 3\n`)
  await makeRoot(
    root,
    `version: "1.0"
workflow: { enabled: false }
targets:
  minutely: { direction: pull, entrypoint: scripts/x.sh, schedule: "* * * * *" }
`,
  )
  const env: NodeJS.ProcessEnv = { ...process.env, TZ: 'UTC' }
  const words = ['--mount', '--fork', '--kill-child', 'bash', '-euc', CRON, 'bash', root, process.execPath, compiled('schedule')]
  const cron = spawn('unshare', words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = finish(cron)
  const latest = join(root, '.insightpulse/reports/latest.json')
  const logs = join(root, '.insightpulse/logs')
  /** What cron has kept of what the run said. */
  const said = (): string =>
    (existsSync(logs) ? readdirSync(logs) : [])
      .filter((name) => /^cron-\d{8}\.log$/.test(name))
      .map((name) => readFileSync(join(logs, name), 'utf8'))
      .join('')
  try {
    await Promise.race([
      vi.waitUntil(() => said().includes('nothing there'), { timeout: 200_000, interval: 250 }),
      ended.then((outcome) => expect(outcome).toBe('cron')),
    ])
  } finally {
    cron.kill('SIGKILL')
    await ended
  }
  expect(readJson(latest)).toMatchObject({ failed: 1, results: [{ target: 'minutely', status: 'failed' }] })
  // That of cron itself is /usr/bin:/bin.
  expect(readFileSync(join(folder, 'path'), 'utf8')).toContain('/usr/local/bin:')
})
