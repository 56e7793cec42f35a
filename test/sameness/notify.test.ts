import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, startServer } from '../fixtures/http-server.mjs'
import { finish, forms, join, makeRoot, mkdirSync, pathWithoutNode, readFileSync, rmSync, run, scratch, writeFileSync } from './forms.ts'

interface Told {
  readonly url: string
  readonly body: string
}

let server: Awaited<ReturnType<typeof startServer>>
let told: Told[]
let answers: Record<string, Answer>
beforeAll(async () => {
  server = await startServer(({ method, url, body }) => {
    told.push({ url: `${method} ${url}`, body })
    return answers[url] ?? { text: 'ok' }
  })
})
afterAll(() => server.stop())

const HOOK = 'hook-that-nobody-sees'
const config = (notify: string): string => `version: "1.0"
notify:
${notify}
targets:
  job: { direction: pull, entrypoint: scripts/job.sh, outputs: ["out/**"], schedule: "0 2 * * *", env: [NEEDED] }
  quiet: { direction: pull, entrypoint: scripts/job.sh, outputs: ["other/**"], notify: [] }
workflow: { enabled: false }
`

let root: string
let env: Record<string, string>
beforeEach(() => {
  told = []
  answers = {}
  env = { NEEDED: 'yes', HOOK: `${server.base}/${HOOK}` }
  root = join(scratch(), 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/job.sh'), 'mkdir -p out\ndate +%N >out/a\nif [ -e fails ]; then cat fails; exit 1; fi\n')
  return () => rmSync(join(root, '..'), { recursive: true, force: true })
})

/** Who was told since the last call. */
const since = (): Told[] => told.splice(0)
const texts = (): string[] => since().map(({ body }) => (JSON.parse(body) as { text: string }).text)

describe.each(forms)('who is told how a run ended (%s)', (form) => {
  const sync = async (...words: string[]) => run(form, root, ['job', ...words], env)
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text)

  it('a failure with its reason, once; another one; and that it works again', { timeout: 300_000 }, async () => {
    await makeRoot(root, config('  - { slack: "$HOOK" }'))
    await sync()
    expect(since()).toEqual([])
    write('fails', `line of before\nno such <host> & nothing at ${server.base}/${HOOK}\n`)
    expect((await sync()).code).toBe(1)
    const [first = '', ...more] = texts()
    expect(more).toEqual([])
    expect(first).toMatch(/^job failed: Run scripts\/job\.sh: exit code 1\n/)
    expect(first).toContain('\n\nline of before\nno such &lt;host&gt; &amp; nothing at ***\nexit code 1\n')
    expect(first).toContain(`, ${root}, run `)
    expect(first).toMatch(/\n\S+ on \S+, .*, run \d{8}_\d{6}_[0-9a-f]{4}, [\d.]+ s\nto go on: generated\/sync-job\.sh$/)
    expect(first).not.toContain(HOOK)
    await sync()
    expect(since()).toEqual([])
    write('fails', 'something else\n')
    await sync()
    expect(texts()).toEqual([expect.stringContaining('something else')])
    rmSync(join(root, 'fails'))
    await sync()
    expect(texts()).toEqual([expect.stringMatching(/^job works again: 0 created, 1 changed, 0 removed\n/)])
    await sync()
    expect(since()).toEqual([])
  })

  it('one that could not begin, but no dry run, and no target that says so', { timeout: 300_000 }, async () => {
    await makeRoot(root, config('  - { slack: "$HOOK" }'))
    env = { HOOK: env['HOOK'] ?? '' }
    expect((await sync('--dry-run')).code).toBe(3)
    expect(since()).toEqual([])
    expect((await sync()).code).toBe(3)
    expect(texts()).toEqual([expect.stringMatching(/^job failed: NEEDED is not set: export it or add it to \.env\n/)])
    write('fails', '')
    expect((await run(form, root, ['quiet'], env)).code).toBe(1)
    expect(since()).toEqual([])
  })

  it('each by its own way', { timeout: 300_000 }, async () => {
    const base = server.base
    await makeRoot(
      root,
      config(`  - { on: [failure], mattermost: ${base}/mattermost }
  - { on: [failure], teams: "${base}/teams?sig=%2F" }
  - { on: [failure], telegram: "123:abc", chat: "-100", server: ${base} }
  - { on: [failure], ntfy: ${base}/topic, token: "$WORD" }
  - { on: [failure], url: ${base}/any }
  - { on: [failure], command: "cat >event; echo \\"$NEEDED\\" >>event" }
  - { on: [failure], email: ops@example.com }`),
    )
    write('fails', 'no `quote` is lost\n')
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'bin/sendmail'), '#!/bin/sh\necho "$@" >mail\ncat >>mail\n', { mode: 0o755 })
    const PATH = `${join(root, 'bin')}:${form === 'node' ? process.env['PATH'] : pathWithoutNode}`
    await run(form, root, ['job'], { ...env, PATH, WORD: 'word-of-the-topic' })
    const all = Object.fromEntries(since().map(({ url, body }) => [url, JSON.parse(body)]))
    expect(Object.keys(all)).toEqual(['POST /mattermost', 'POST /teams?sig=%2F', 'POST /bot123:abc/sendMessage', 'POST /', 'POST /any'])
    expect(all['POST /mattermost'].text).toMatch(/^```\njob failed: [^`]*no 'quote' is lost[^`]*\n```$/)
    expect(all['POST /teams?sig=%2F'].attachments[0].content.body[0].text).toBe('job failed')
    expect(all['POST /bot123:abc/sendMessage']).toEqual({ chat_id: '-100', text: expect.stringContaining('no `quote` is lost') })
    expect(all['POST /']).toMatchObject({ topic: 'topic', title: 'job failed', priority: 4 })
    const event = { event: 'failure', target: 'job', verb: 'sync', status: 'failed', exit_code: 1, root, next: 'generated/sync-job.sh' }
    expect(all['POST /any']).toMatchObject(event)
    const [line = '', word] = readFileSync(join(root, 'event'), 'utf8').split('\n')
    expect(JSON.parse(line)).toEqual(all['POST /any'])
    expect(word).toBe('yes')
    expect(readFileSync(join(root, 'mail'), 'utf8')).toMatch(
      /^-i -t\nTo: ops@example\.com\nSubject: job failed\n(.+\n)+\njob failed: (.*\n)+no `quote` is lost\n/,
    )
  })

  it('a heartbeat at the start and at the end', { timeout: 300_000 }, async () => {
    await makeRoot(root, config('  - { heartbeat: "$HOOK" }'))
    await sync()
    expect(since().map(({ url }) => url)).toEqual([`POST /${HOOK}/start`, `POST /${HOOK}`])
    write('fails', 'gone\n')
    await sync()
    const [start, end] = since()
    expect([start?.url, end?.url]).toEqual([`POST /${HOOK}/start`, `POST /${HOOK}/fail`])
    expect(end?.body).toContain('gone\nexit code 1')
  })

  it('who cannot be told changes nothing, is said, and is told with the next failure', { timeout: 300_000 }, async () => {
    await makeRoot(
      root,
      config('  - { on: [change, failure], slack: "$HOOK" }\n  - { on: [change], url: "${OTHER}" }\n  - { on: [failure], url: "$ALL" }'),
    )
    env = { ...env, ALL: `${server.base}/all` }
    const faults: [Answer, string][] = [
      [{ status: 500, text: 'broken' }, 'it answers HTTP 500'],
      [{ fault: 'drop' }, 'it: '],
      [{ status: 301, headers: { location: `/${HOOK}/moved` } }, 'it answers HTTP 301: it redirects to /***/moved, which is not followed'],
    ]
    for (const [answer, text] of faults) {
      answers[`/${HOOK}`] = answer
      const { code, stderr } = await sync()
      expect(code).toBe(0)
      expect(stderr).toContain(`job: slack could not be told: ${text}`)
      expect(stderr).toContain('job: url could not be told: its address is not set')
      expect(stderr).not.toContain(HOOK)
    }
    write('fails', 'gone\n')
    expect((await sync()).code).toBe(1)
    since()
    answers = {}
    expect((await sync()).code).toBe(1)
    expect(since().map(({ url }) => url)).toEqual([`POST /${HOOK}`])
  })

  it('neither a folder that cannot be made nor a command of secrets changes how a run ends', { timeout: 300_000 }, async () => {
    await makeRoot(root, `secrets: { WEBHOOK: "echo locked >&2; exit 1" }\n${config('  - { on: [always], slack: "$WEBHOOK" }')}`)
    const { code, stderr } = await sync()
    expect(code).toBe(0)
    expect(stderr).toContain('job: WEBHOOK is not told by its command of secrets: exit code 1: locked')
    expect(stderr).toContain('job: slack could not be told: its address is not set')
    await makeRoot(root, config('  - { on: [always], slack: "$HOOK" }'))
    write('gone', '')
    const lost = await finish(
      spawn('bash', [join(root, 'generated/sync-job.sh')], { cwd: root, env: { ...process.env, ...env, TMPDIR: join(root, 'gone') } }),
    )
    expect(lost.stderr).toContain(`job: nobody could be told: no folder can be made in ${root}/gone`)
    expect(lost.code).toBe(0)
  })

  it('gates of all targets that refuse a run, once for each; nothing of one that is held', { timeout: 300_000 }, async () => {
    await makeRoot(root, `${config('  - { slack: "$HOOK" }')}safety: { pre_sync_checks: [{ name: Open, command: test ! -e shut }] }\n`)
    write('shut', '')
    expect((await run(form, root, [], env)).code).toBe(4)
    expect(texts()).toEqual([expect.stringMatching(/^job failed: .*Open/)])
    await run(form, root, [], env)
    expect(since()).toEqual([])
    rmSync(join(root, 'shut'))
    await sync()
    expect(texts()).toEqual([expect.stringMatching(/^job works again/)])
    write('fails', '')
    await sync()
    since()
    rmSync(join(root, 'fails'))
    await run(form, root, ['job', '--yes'], env, 'rollback')
    expect((await sync()).stderr).toContain('held')
    expect(since()).toEqual([])
    await sync('--release')
    expect(texts()).toEqual([expect.stringMatching(/^job works again/)])
  })

  it('a backup and a rollback that failed, and that work again; no heartbeat of theirs', { timeout: 300_000 }, async () => {
    await makeRoot(root, `secrets: { TOLD: "echo $HOOK" }\n${config('  - { slack: "$TOLD" }\n  - { heartbeat: "$HOOK/beats" }')}`)
    const backup = async (...words: string[]) => run(form, root, words, env, 'backup')
    const rollback = async (...words: string[]) => run(form, root, ['job', '--yes', ...words], env, 'rollback')
    expect((await backup('--target', 'job', '--dry-run')).code).toBe(3)
    expect((await backup('--target', 'quiet')).code).toBe(3)
    expect(since()).toEqual([])
    expect((await backup('--target', 'job')).code).toBe(3)
    expect(texts()).toEqual([
      expect.stringMatching(/^backup of job failed: none of its outputs exists yet\n.*\nto go on: generated\/backup\.sh --target job$/s),
    ])
    expect((await backup('--target', 'job')).code).toBe(3)
    expect(since()).toEqual([])
    await sync()
    await sync()
    expect(since().every(({ url }) => url.includes('/beats'))).toBe(true)
    expect((await backup('--target', 'job')).code).toBe(0)
    expect(texts()).toEqual([expect.stringMatching(/^backup of job works again: /)])
    const store = join(root, '.insightpulse/backups/job')
    for (const name of readdirSync(store)) rmSync(join(store, name, 'files/out'), { recursive: true, force: true })
    expect((await rollback('--emergency', '--to', '20010101_000000')).code).toBe(2)
    expect(since()).toEqual([])
    answers[`/${HOOK}`] = { status: 500 }
    const { code, stderr } = await rollback()
    expect([code, stderr]).toEqual([5, expect.stringContaining('job: slack could not be told: it answers HTTP 500')])
    since()
    answers = {}
    expect((await rollback()).code).toBe(5)
    const [text = '', ...more] = texts()
    expect(more).toEqual([])
    expect(text).toMatch(/^rollback of job failed: .*\nto go on: generated\/rollback\.sh job$/s)
    expect(text).not.toContain(HOOK)
  })

  it('a test message, and targets that are overdue', { timeout: 300_000 }, async () => {
    await makeRoot(root, config('  - { on: [overdue], slack: "$HOOK" }'))
    const notify = async (...words: string[]) => run(form, root, words, env, 'notify')
    expect((await notify('--test')).stderr).toBe('job: slack: told\n')
    expect(texts()).toEqual([expect.stringMatching(/^job: a test message: /)])
    expect((await notify('--overdue')).code).toBe(0)
    const awaited = '.insightpulse/state/awaited/job'
    expect(readFileSync(join(root, awaited), 'utf8')).toMatch(/^\d{4}-\S+Z daily at 02:00 UTC\n$/)
    write(awaited, '2026-01-02T03:04:05Z daily at 02:00 UTC\n')
    expect((await notify('--overdue')).code).toBe(8)
    expect((await notify('--overdue')).code).toBe(8)
    expect(texts()).toEqual([expect.stringMatching(/^job is overdue: Its schedule is daily at 02:00 UTC; it never ran\.\n/)])
    const { stdout } = await run(form, root, ['--json'], env, 'status')
    expect(JSON.parse(stdout).targets[0]).toMatchObject({
      state: 'overdue',
      reasons: ['its schedule is daily at 02:00 UTC, and it never ran'],
    })
    write(awaited, '2026-01-02T03:04:05Z daily at 03:00 UTC\n')
    expect((await notify('--overdue')).code).toBe(0)
    await sync()
    expect((await notify('--overdue')).code).toBe(0)
    expect(since()).toEqual([])
    write('.insightpulse/state/last/job', '2026-01-02T03:04:05Z done\n')
    expect((await notify('--overdue')).code).toBe(8)
    expect((await notify('--overdue')).code).toBe(8)
    expect(texts()).toEqual([
      expect.stringMatching(/^job is overdue: Its schedule is daily at 02:00 UTC; it ran last at 2026-01-02T03:04:05Z\.\n/),
    ])
    answers[`/${HOOK}`] = { status: 404 }
    expect((await notify('--test')).code).toBe(1)
    const { code, stderr } = await notify()
    expect([code, stderr]).toEqual([2, expect.stringContaining('say either --overdue or --test')])
  })
})
