import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import axe from 'axe-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chromium, openPage, type Page } from '../fixtures/browser.ts'
import {
  compiled,
  execute,
  existsSync,
  finish,
  join,
  makeRoot,
  mkdirSync,
  readFileSync,
  rmSync,
  run,
  scratch,
  tree,
  writeFileSync,
} from '../sameness/forms.ts'

const HOSTILE = `<img src=x onerror=document.title='ran'></script><script>document.title='ran'</script>`
const config = `version: "1.0"
targets:
  good: { direction: pull, description: ${JSON.stringify(HOSTILE)}, entrypoint: scripts/good.sh, outputs: ["out/**"], schedule: "0 2 * * *" }
  bad: { direction: push, entrypoint: scripts/bad.sh, depends_on: [good] }
workflow: { enabled: false }
`

let root: string
let page: string
beforeAll(async () => {
  root = join(scratch(), 'root')
  page = join(root, '.insightpulse/reports/dashboard.html')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/good.sh'), 'mkdir -p out; date +%N >out/a\n')
  writeFileSync(join(root, 'scripts/bad.sh'), `cat <<'END'\nno such host ${HOSTILE}\nEND\nexit 1\n`)
  await makeRoot(root, config)
  await execute('git', ['init', '-q'], root)
  expect(await run('script', root, [])).toMatchObject({ code: 1 })
})
afterAll(() => rmSync(join(root, '..'), { recursive: true, force: true }))

const dashboard = (...words: readonly string[]): ChildProcess => spawn('node', [compiled('dashboard'), ...words], { cwd: root })

describe('the page of a root', () => {
  it('is one file for its owner alone, which Git does not see, and nothing else is changed', async () => {
    const before = [tree(root), readFileSync(join(root, '.insightpulse/state/history.jsonl'), 'utf8')]
    expect(await finish(dashboard())).toEqual({ code: 0, stdout: `${page}\n`, stderr: '' })
    expect([tree(root), readFileSync(join(root, '.insightpulse/state/history.jsonl'), 'utf8')]).toEqual(before)
    expect(statSync(page).mode & 0o777).toBe(0o600)
    expect((await execute('git', ['status', '--porcelain', '-uall'], root)).stdout).not.toContain('dashboard')
  })

  it('shows what status says, the steps, the end of the log and what depends on what', async () => {
    await finish(dashboard())
    const html = readFileSync(page, 'utf8')
    expect(html).toContain('<h1>1 of 2 targets needs a look</h1>')
    expect(html).toMatch(/<details class="item target" id="t-bad" data-state="failed">/)
    expect(html).toContain('Run scripts/bad.sh')
    expect(html).toMatch(/<pre tabindex="0">no such host &lt;img/)
    expect(html).toMatch(/<dt>created<\/dt><dd><code>out\/a<\/code>/)
    expect(html).toContain('<path class="edge"')
    expect(html).not.toContain('states are from the records')
  })

  it('shows what the commit of a run changed, masked and no more than some of it', async () => {
    const git = async (...words: string[]) => execute('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words])
    const word = 'word-that-nobody-sees'
    mkdirSync(join(root, 'docs'))
    writeFileSync(join(root, 'docs/a.md'), `<b>${'x'.repeat(5000)}\n${word}\n${'line\n'.repeat(300)}the end\n`)
    await git('add', 'docs')
    await git('commit', '-qm', 'docs')
    const commit = (await git('rev-parse', 'HEAD')).stdout.trim()
    const history = join(root, '.insightpulse/state/history.jsonl')
    const before = readFileSync(history)
    const line = { run: '20261127_020000_0000', at: '2026-11-27T02:00:00Z', verb: 'sync' }
    const results = [commit, 'f'.repeat(40), '--output=x'].map((id) => ({ target: 'good', status: 'done', commit: id }))
    appendFileSync(history, `${JSON.stringify({ ...line, results })}\n`)
    await finish(spawn('node', [compiled('dashboard')], { cwd: root, env: { ...process.env, MY_TOKEN: word } }))
    writeFileSync(history, before)
    const html = readFileSync(page, 'utf8')
    expect(html.split('What its commit changed')).toHaveLength(2)
    expect(html).toMatch(/<pre tabindex="0">diff --git a\/docs\/a\.md [^<]*\n\+&lt;b&gt;x{190,200}…\n\+\*\*\*\n(\+line\n)+…<\/pre>/)
    expect(html).not.toContain(word)
    expect(existsSync(join(root, 'x'))).toBe(false)
  })

  it('is made from the records alone where that is asked for, and says so', async () => {
    const output = join(root, '../other.html')
    expect(await finish(dashboard('--states', 'records', '--output', output))).toMatchObject({ code: 0 })
    expect(readFileSync(output, 'utf8')).toContain('The states are from the records alone')
  })

  it('of a root in which nothing ran shows the reports of a folder, and how the last runs in them ended', async () => {
    const elsewhere = join(scratch(), 'root')
    mkdirSync(elsewhere)
    await execute('cp', ['-R', join(root, 'scripts'), elsewhere])
    await makeRoot(elsewhere, config)
    const reports = join(root, '.insightpulse/reports')
    const output = join(elsewhere, 'page.html')
    const asked = ['--root', elsewhere, '--reports', reports, '--output', output]
    expect(await finish(dashboard(...asked))).toEqual({ code: 0, stdout: `${output}\n`, stderr: '' })
    const html = readFileSync(output, 'utf8')
    expect(html).toMatch(/<details class="item target" id="t-good" data-state="ok">/)
    expect(html).toMatch(/<details class="item target" id="t-bad" data-state="failed">/)
    expect(html).toContain('Run scripts/bad.sh')
    rmSync(join(elsewhere, '..'), { recursive: true })
  })

  it('leaves out a line of the history that cannot be read, and says which', async () => {
    const history = join(root, '.insightpulse/state/history.jsonl')
    const text = readFileSync(history, 'utf8')
    appendFileSync(history, '{"run":"2\n')
    expect(await finish(dashboard('--states', 'records'))).toMatchObject({
      code: 0,
      stderr: 'history.jsonl: a line cannot be read and is left out: 2\n',
    })
    writeFileSync(history, text)
  })

  it.each([
    [['--port', '1'], 2, '--port and --host go with --serve'],
    [['--serve', '--output', 'x'], 2, '--output and --serve do not go together'],
    [['--serve', '--port', '70000'], 2, '--port 70000 is not a number from 0 to 65535'],
    [['--states', 'best'], 2, '--states best: must be status or records'],
    [['--states', 'records', '--output', '/dev/null/x'], 3, '/dev/null/x cannot be written (ENOTDIR)'],
    [['--reports', '/dev/null/x'], 3, 'dashboard: --reports /dev/null/x cannot be read (ENOTDIR)'],
    [['--serve', '--host', '192.0.2.1'], 3, 'cannot listen at 192.0.2.1'],
  ])('%j is exit %i', async (words, code, message) => {
    expect(await finish(dashboard(...words))).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })
})

describe.skipIf(chromium === undefined)('the page in Chromium', () => {
  let shown: Page
  beforeAll(async () => {
    await finish(dashboard('--states', 'records'))
    shown = await openPage()
  })
  afterAll(() => shown?.close())

  it('runs its script and no text, and the console has no error', async () => {
    await shown.open(`file://${page}#t-good`)
    expect(await shown.evaluate('document.title')).toBe('root: 1 of 2 targets needs a look')
    expect(await shown.evaluate("document.querySelector('time').textContent")).toMatch(/^(now|\d+ min ago)$/)
    expect(await shown.evaluate("document.getElementById('t-good').open")).toBe(true)
    expect(shown.errors).toEqual([])
  })

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 320],
    ['dark', 320],
  ])('is accessible by WCAG AA, and as wide as its window: %s, %i px', async (scheme, width) => {
    await shown.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
    await shown.call('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 })
    await shown.open(`file://${page}?${scheme}${width}`)
    await shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    await shown.evaluate(axe.source)
    const rules = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }"
    const { violations, passes } = (await shown.evaluate(
      `axe.run(${rules}).then(({ violations, passes }) => ({ violations: violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]), passes: passes.length }))`,
    )) as { violations: unknown[]; passes: number }
    expect(violations).toEqual([])
    expect(passes).toBeGreaterThan(10)
    expect(await shown.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
    const { data } = await shown.call('Page.captureScreenshot', { format: 'png' })
    expect(String(data).length).toBeGreaterThan(10_000)
  })

  it('is used with the keyboard alone', async () => {
    await shown.open(`file://${page}?keys`)
    const press = async (key: string): Promise<void> => {
      const code = key === 'Enter' ? { windowsVirtualKeyCode: 13, text: '\r' } : { windowsVirtualKeyCode: 9 }
      for (const type of ['keyDown', 'keyUp']) await shown.call('Input.dispatchKeyEvent', { type, key, ...code })
    }
    const opened = "document.activeElement.matches('summary') && document.activeElement.parentElement.open"
    for (let tabs = 0; tabs < 40 && !(await shown.evaluate("document.activeElement.matches('.target > summary')")); tabs += 1)
      await press('Tab')
    const before = await shown.evaluate(opened)
    await press('Enter')
    expect(await shown.evaluate(opened)).toBe(!before)
    expect(await shown.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none')
  })
})

describe('what a run without a commit changed', () => {
  const folder = scratch()
  const notes = join(folder, 'out/notes.txt')
  beforeAll(async () => {
    mkdirSync(join(folder, 'scripts'), { recursive: true })
    writeFileSync(
      join(folder, 'scripts/notes.sh'),
      `umask 022; mkdir -p out/more
       printf '<i>%s word-that-nobody-sees\\n' "$(cat out/more/count 2>/dev/null)" >>out/notes.txt
       printf 'x' >>out/more/count
       printf '\\0%s' "$(cat out/more/count)" >out/binary
       (umask 077; printf 'hidden text' >>out/private)
       printf 'hidden text' >>out/.env.local
       if [ -e out/old.txt ]; then rm out/old.txt; fi\n`,
    )
    await makeRoot(
      folder,
      'version: "1.0"\ntargets:\n  notes: { direction: pull, entrypoint: scripts/notes.sh, outputs: ["out/**"], git_commit: false }\n',
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** The texts of the page, one for each run that has one, the newest first. */
  async function texts(): Promise<string[]> {
    const env = { ...process.env, MY_TOKEN: 'word-that-nobody-sees' }
    const words = [compiled('dashboard'), '--states', 'records', '--root', folder, '--output', join(folder, 'page.html')]
    expect(await finish(spawn('node', words, { cwd: folder, env }))).toMatchObject({ code: 0, stderr: '' })
    const html = readFileSync(join(folder, 'page.html'), 'utf8')
    return [...html.matchAll(/What it changed, as text<\/h3>\s*<pre tabindex="0">([^<]*)/g)].map(([, text = '']) => text)
  }

  it('is shown from what it saved to what it left, masked, and what is private or binary is only named', async () => {
    expect(await run('script', folder, [])).toMatchObject({ code: 0 })
    const [created = ''] = await texts()
    expect(created).toContain('diff --git b/out/notes.txt b/out/notes.txt\nnew file mode 100644\n')
    expect(created).toContain('\n@@ -0,0 +1 @@\n+&lt;i&gt; ***\n')
    expect(created).toContain('Binary files /dev/null and b/out/binary differ')
    expect(created).toMatch(/\(2 more: private, large, or kept nowhere as the run left them\)$/)
    expect(created).not.toContain('hidden')

    writeFileSync(join(folder, 'out/old.txt'), 'gone soon\n')
    expect(await run('script', folder, [])).toMatchObject({ code: 0 })
    const [changed = '', first] = await texts()
    expect(changed).toMatch(
      /diff --git a\/out\/notes\.txt b\/out\/notes\.txt\n[^@]*@@ -1 \+1,2 @@\n &lt;i&gt; \*\*\*\n\+&lt;i&gt;x \*\*\*\n/,
    )
    expect(changed).toContain('deleted file mode 100644\n')
    expect(changed).toContain('\n-gone soon\n')
    // The backup of the second run holds what the first one left.
    expect(first).toContain('\n+&lt;i&gt; ***\n')
  })

  it('is not told of a file that somebody has changed since, nor with what that was overwritten', async () => {
    const lines = readFileSync(join(folder, '.insightpulse/state/history.jsonl'), 'utf8').trimEnd().split('\n')
    const { at } = JSON.parse(lines.at(-1) ?? '') as { at: string }
    const text = readFileSync(notes)
    // The second in which a run ends is its own.
    do writeFileSync(notes, `${text}by hand\n`)
    while (statSync(notes).ctimeMs < Date.parse(at) + 1000)
    const [changed = ''] = await texts()
    expect(changed).not.toContain('notes.txt')
    expect(changed).toContain('(3 more: ')
    expect(await run('script', folder, [])).toMatchObject({ code: 0 })
    const [last = '', before = ''] = await texts()
    expect(last).toMatch(/\n by hand\n\+&lt;i&gt;xx \*\*\*\n/)
    expect(before).not.toContain('notes.txt')
  })

  it('is of files in the root alone, whatever the history says', async () => {
    const history = join(folder, '.insightpulse/state/history.jsonl')
    const paths = ['../secret.txt', '/etc/passwd', '.insightpulse/../../secret.txt', 'link/passwd', 'out/notes.txt']
    await execute('ln', ['-s', '/etc', join(folder, 'link')])
    writeFileSync(
      history,
      `${JSON.stringify({ run: '20200101_000000_0000', at: '2099-01-01T00:00:00Z', verb: 'sync', results: [{ target: 'notes', status: 'done', outputs_created: paths }] })}\n`,
    )
    const [text = ''] = await texts()
    expect(text).toContain('notes.txt')
    expect(text).toContain('(4 more: ')
  })
})

describe('the page, served', () => {
  const running: ChildProcess[] = []
  afterEach(async () => {
    for (const child of running.splice(0)) {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'close')
    }
  })

  /** Starts it at a free port and gives the address that it prints. */
  async function serve(...words: readonly string[]): Promise<URL> {
    const child = dashboard('--serve', '--port', '0', ...words)
    running.push(child)
    const [line] = (await once(createInterface({ input: child.stdout ?? process.stdin }), 'line')) as [string]
    return new URL(line)
  }

  const statusFor = (url: URL, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(url, { headers, method }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })

  it('is for this machine alone, under a name of it, and is only read', async () => {
    const url = await serve('--states', 'records')
    expect(url.hostname).toBe('127.0.0.1')
    const answer = await fetch(url)
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    expect(await answer.text()).toContain('data-live')
    expect(await statusFor(url, { host: 'evil.example' })).toBe(403)
    // What a browser would ask of a name that leads here; the place must not stand for the host.
    const rebound = new URL(`http://${url.host}//localhost/`)
    expect(await statusFor(rebound, { host: 'evil.example' })).toBe(400)
    expect(await statusFor(url, {}, 'POST')).toBe(405)
    expect(await statusFor(new URL('/etc/passwd', url), {})).toBe(404)
  })

  it('tells who looks at it that a run has ended', { timeout: 120_000 }, async () => {
    const url = await serve()
    const events = await fetch(new URL('events', url))
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    const before = await (await fetch(url)).text()
    await run('script', root, ['good'])
    let heard = ''
    for await (const chunk of events.body ?? []) {
      heard += Buffer.from(chunk).toString('utf8')
      if (!heard.includes('event: changed')) continue
      const runs = (await (await fetch(url)).text()).split('class="item run"').length
      if (runs > before.split('class="item run"').length) break
    }
    expect(heard).toContain('event: changed\n')
  })

  it('asks for the token that it printed where other machines can reach it', async () => {
    const url = await serve('--states', 'records', '--host', '0.0.0.0')
    expect(url.searchParams.get('token')).toMatch(/^[\w-]{32}$/)
    url.hostname = '127.0.0.1'
    const bare = new URL('/', url)
    expect((await fetch(bare)).status).toBe(401)
    expect((await fetch(new URL('/?token=wrong', url))).status).toBe(401)
    const answer = await fetch(url, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';')
    expect(await statusFor(bare, { cookie })).toBe(200)
  })
})
