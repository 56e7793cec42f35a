import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer } from '../fixtures/http-server.mjs'
import { type SshServer, sshWords, startSshServer } from '../fixtures/sshd.ts'
import {
  chmodSync,
  existsSync,
  type Form,
  finish,
  forms,
  home,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  pathWithoutNode,
  readEventLines,
  readFileSync,
  readJson,
  rmSync,
  run,
  scratch,
  start,
  tree,
  withoutStamps,
  writeFileSync,
} from '../sameness/forms.ts'

let base: string
let server: SshServer
let root: string
let there: string
let env: Record<string, string>
let count = 0

beforeAll(async () => {
  base = scratch()
  server = await startSshServer(base)
})
afterAll(async () => {
  await server.stop()
  rmSync(base, { recursive: true, force: true })
})

let form: Form = 'node'
const config = 'version: "1.0"\ntargets:\n  job: { direction: pull, entrypoint: scripts/job.sh, outputs: ["out/**"] }\n'

beforeEach(async () => {
  const folder = join(base, `case-${count++}`)
  there = join(folder, "there's $HOME")
  root = join(folder, 'here')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  mkdirSync(there)
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(
    join(root, 'scripts/job.sh'),
    'mkdir -p out\necho "token: ${OUR_TOKEN:-none}" >out/job\necho "printed é"\nwhile [ -e waits ]; do : >begun; sleep 0.1; done\nif [ -e fails ]; then exit 9; fi\n',
  )
  await makeRoot(root, config)
  mkdirSync(join(folder, 'bin'))
  writeFileSync(
    join(folder, 'bin/ssh'),
    `#!/usr/bin/env bash
printf '%s\\n' "$*" >>'${folder}/calls'
echo $$ >'${folder}/pid'
exec ${sshWords(base, 'known').replace(/^ssh/, execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim())} -o ConnectTimeout=2 "\${@:1:$#-1}" "export TMPDIR='${folder}/tmp'; \${BEFORE:-} \${!#}"
`,
  )
  chmodSync(join(folder, 'bin/ssh'), 0o755)
  mkdirSync(join(folder, 'own'))
  env = {
    PATH: `${folder}/bin:${form === 'node' ? process.env['PATH'] : pathWithoutNode}`,
    TMPDIR: join(folder, 'own'),
    OUR_TOKEN: 'a-token-of-here',
    CI: 'true',
  }
})

/** No connection and no folder is left here. */
afterEach(() => {
  const file = join(root, '../pid')
  expect(existsSync(file) && isAlive(Number(readFileSync(file, 'utf8')))).toBe(false)
  expect(readdirSync(join(root, '../own')).filter((name) => name.startsWith('lockstep.'))).toEqual([])
})

const isAlive = (id: number): boolean => {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}
const calls = (): string => readFileSync(join(root, '../calls'), 'utf8')
const address = (port = server.port): string => `ssh://${server.user}@127.0.0.1:${port}${there}`
const words = (...more: string[]): string[] => ['job', '--host', address(), ...more]
const sync = (...more: string[]) => run(form, root, words(...more), env)
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 3000) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
/** Names two folders as hosts of the target, and gives the second. */
const nameTwo = async (): Promise<string> => {
  const second = join(root, '../second')
  mkdirSync(second)
  const hosts = `hosts: { one: "${address()}", two: "${address().replace(there, second)}" }\n`
  await makeRoot(root, config.replace('outputs:', 'hosts: [one, two], outputs:') + hosts)
  return second
}
const kept = (): string[] => {
  const hosts = join(root, '.insightpulse/hosts')
  return existsSync(hosts)
    ? readdirSync(hosts, { withFileTypes: true })
        .filter((host) => host.isDirectory())
        .flatMap(({ name }) => readdirSync(join(hosts, name)).map((file) => join(hosts, name, file)))
    : []
}
/** Nothing of a run is left on the host, where it was put back. */
const isAsBefore = (): boolean =>
  !existsSync(join(there, 'out')) && leftovers(there, 'job').length === 0 && readdirSync(join(root, '../tmp')).length === 0

describe.each(forms)('a run on another host, %s', (each) => {
  beforeAll(() => {
    form = each
  })

  it('is there as it would be here, by one connection, and its report and log come back', async () => {
    const before = tree(root)
    const { code, stdout, stderr } = await sync('--init', '--json', '--report', 'report.json', '--events', 'events')
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('job: done: 1 created, 0 changed, 0 removed') })
    expect(readFileSync(join(there, 'out/job'), 'utf8')).toBe('token: none\n')
    const report = JSON.parse(stdout) as { run: string }
    expect(report).toMatchObject({ exit_code: 0, results: [{ target: 'job', status: 'done', outputs_created: ['out/job'] }] })
    expect(readJson(join(there, '.insightpulse/reports/latest.json'))).toEqual(report)
    expect(readJson(join(root, 'report.json'))).toEqual(report)
    expect(readEventLines(join(root, 'events')).at(-1)).toMatchObject({ event: 'run_end', run: report.run, status: 'done' })
    const [json = '', log = ''] = kept().sort()
    expect(readJson(json)).toEqual(report)
    expect(readFileSync(log, 'utf8')).toMatch(/^== .* run .*\n[\s\S]*printed é\n[\s\S]*job: done: 1 created/)
    rmSync(join(root, 'report.json'))
    rmSync(join(root, 'events'))
    rmSync(join(root, '.insightpulse/hosts'), { recursive: true })
    expect(tree(root)).toEqual(before)
    expect(calls().trim().split('\n')).toHaveLength(1)
    expect(calls()).not.toContain('job')
    expect(readdirSync(join(root, '../tmp'))).toEqual([])
    expect((await sync('--dry-run')).code).toBe(0)
    expect(kept()).toEqual([])
  })

  it('fails as it would here: a folder that is no root, one that is missing, a script', async () => {
    expect(await sync()).toMatchObject({ code: 2, stderr: expect.stringContaining('add --init') })
    mkdirSync(join(there, '.insightpulse'))
    writeFileSync(join(there, 'fails'), '')
    expect(await sync()).toMatchObject({ code: 1, stderr: expect.stringContaining('exit code 9') })
    expect(kept()).toHaveLength(2)
    rmSync(there, { recursive: true })
    const missing = await sync('--init')
    expect(missing).toMatchObject({ code: 3, stderr: `${address()}: ${there}: there is no such folder\n` })
    expect(readdirSync(join(root, '../tmp'))).toEqual([])
  })

  it('Ctrl-C here ends it there, and puts back', async () => {
    writeFileSync(join(there, 'waits'), '')
    const child = start(form, root, words('--init', '--json'), env)
    const ended = finish(child)
    await until(() => existsSync(join(there, 'begun')))
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('job: interrupted; everything was restored') })
    expect(JSON.parse(stdout)).toMatchObject({ exit_code: 130 })
    expect(isAsBefore()).toBe(true)
  })

  it('when the connection is cut, it puts back there, and that is said', async () => {
    writeFileSync(join(there, 'waits'), '')
    const ended = finish(start(form, root, words('--init'), env))
    await until(() => existsSync(join(there, 'begun')))
    process.kill(Number(readFileSync(join(root, '../pid'), 'utf8')), 'SIGKILL')
    expect(await ended).toMatchObject({ code: 3, stderr: expect.stringContaining('the connection was lost') })
    await until(isAsBefore)
    expect(readJson(join(there, '.insightpulse/reports/latest.json'))).toMatchObject({
      exit_code: expect.toSatisfy((code) => [129, 141].includes(code)),
    })
    rmSync(join(there, 'waits'))
    expect((await sync()).code).toBe(0)
  })

  it('a host that is down, or never answers, or cannot run it, is exit code 3 with words', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const never = run(form, root, ['job', '--host', address(port)], env)
    expect(await never).toMatchObject({ code: 3, stderr: expect.stringMatching(/timed out[\s\S]*nothing was begun there/) })
    silent.close()
    const down = await run(form, root, ['job', '--host', address(1)], env)
    expect(down).toMatchObject({ code: 3, stderr: expect.stringMatching(/Connection refused[\s\S]*nothing was begun there/) })
    mkdirSync(join(root, '../plain'))
    execFileSync('ln', ['-s', '/bin/sh', join(root, '../plain/sh')])
    env['BEFORE'] = `export PATH='${root}/../plain';`
    expect(await sync()).toMatchObject({ code: 3, stderr: `${address()}: bash is missing: 3.2 or newer is needed\n` })
    env['BEFORE'] = 'ulimit -f 64;'
    expect(await sync()).toMatchObject({ code: 3, stderr: expect.stringContaining('there is no room for the program') })
    expect(readdirSync(join(root, '../tmp'))).toEqual([])
    expect(tree(there)).toEqual({})
  })

  it('what cannot be meant is refused before anything is reached', async () => {
    const refused: [string[], string][] = [
      [['--host', address()], 'with --host name one TARGET: its program is what is sent'],
      [['job', '--host', '-oProxyCommand=x'], '--host -oProxyCommand=x: say a name of "hosts:"'],
      [['jop', '--host', address()], 'no target jop; did you mean '],
      [['job', '--hosts'], 'job: it names no "hosts:" in sync.yaml'],
      [['job', '--attach'], '--detach and --attach go with --host'],
      [['job', '--host', address(), '--list'], '--list does not go with --host'],
      [['job', '--host', address(), '--detach', '--dry-run'], '--dry-run does not go with --detach: what comes of it'],
      [['job', '--host', address(), '--detach', '--check'], '--check does not go with --detach: what comes of it'],
      [['job', '--host', address(), '--detach', '--report', 'r'], 'with --detach, --report is for --attach, which brings'],
    ]
    for (const [given, why] of refused) {
      expect(await run(form, root, given, env)).toMatchObject({ code: 2, stderr: expect.stringContaining(why) })
    }
    expect(existsSync(join(root, '../calls'))).toBe(false)
  })

  it('detached, it outlives its connection, and is watched from its beginning', async () => {
    writeFileSync(join(there, 'waits'), '')
    const attached = (...more: string[]) => start(form, root, words('--attach', ...more), env)
    const hasBegun = (events: string) => until(() => existsSync(join(root, events)) && readFileSync(join(root, events), 'utf8') !== '')
    expect(await sync('--detach')).toMatchObject({ code: 2, stderr: expect.stringContaining('add --init') })
    expect(await sync('--attach')).toMatchObject({ code: 3, stderr: `${address()}: no run of job was detached there\n` })
    const begun = await sync('--init', '--detach')
    expect(begun).toMatchObject({ code: 0, stderr: expect.stringContaining('goes on there by itself') })
    const [, again = ''] = /To watch it: (.*)\n/.exec(begun.stderr) ?? []
    const quoted = { node: `'${address().replaceAll("'", "'\\''")}'`, script: address().replaceAll(/[' $]/g, '\\$&') }[form]
    expect(again).toBe(`${{ node: 'lockstep sync', script: join(root, 'generated/sync.sh') }[form]} job --host ${quoted} --attach`)
    expect(await sync('--detach')).toMatchObject({ code: 6, stderr: expect.stringContaining('in progress') })
    const child = attached('--events', 'first')
    const detached = finish(child)
    await hasBegun('first')
    child.kill('SIGINT')
    expect(await detached).toMatchObject({ code: 130, stderr: expect.stringContaining(again) })
    const ended = finish(attached('--events', 'second', '--json'))
    await hasBegun('second')
    rmSync(join(there, 'waits'))
    const { code, stdout, stderr } = await ended
    expect(stderr).toMatch(/job: ok +Run scripts\/job.sh \(\d+\.\d s\)\n[\s\S]*job: done: 1 created/)
    expect(code).toBe(0)
    expect(readJson(join(there, '.insightpulse/reports/latest.json'))).toEqual(JSON.parse(stdout))
    expect(readFileSync(join(root, 'second'), 'utf8')).toMatch(/^\{"event":"run_start"/)
    const [json = '', log = ''] = kept().sort()
    expect(readJson(json)).toEqual(JSON.parse(stdout))
    expect(readFileSync(log, 'utf8')).toMatch(/^== .* run .*\n[\s\S]*printed é\n[\s\S]*job: done: 1 created/)
    await until(() => readdirSync(join(root, '../tmp')).length === 0)
  })

  it('detached and watched at once, it is one connection, which it needs no more', async () => {
    mkdirSync(join(there, '.insightpulse'))
    writeFileSync(join(there, 'waits'), '')
    const cut = finish(start(form, root, words('--detach', '--attach'), env))
    await until(() => existsSync(join(there, 'begun')))
    expect(calls().trim().split('\n')).toHaveLength(1)
    process.kill(Number(readFileSync(join(root, '../pid'), 'utf8')), 'SIGKILL')
    expect(await cut).toMatchObject({ code: 3, stderr: expect.stringContaining('left to itself') })
    writeFileSync(join(there, 'fails'), '')
    rmSync(join(there, 'waits'))
    expect(await sync('--attach')).toMatchObject({ code: 1, stderr: expect.stringContaining('exit code 9') })
    rmSync(join(there, 'fails'))
    expect((await sync('--detach', '--attach')).code).toBe(0)
    expect(readdirSync(join(there, '.insightpulse/state/detached/job'))).toHaveLength(1)
  })

  it('that falls silent is given up here, and put back there', async () => {
    env['LOCKSTEP_SILENCE'] = '1'
    env['BEFORE'] = 'cat >/dev/null;'
    expect(await sync()).toMatchObject({ code: 3, stderr: expect.stringContaining('nothing was begun there') })
    env['LOCKSTEP_SILENCE'] = '24'
    env['BEFORE'] = `echo $PPID >'${root}/../session';`
    writeFileSync(join(there, 'waits'), '')
    const ended = finish(start(form, root, words('--init'), env))
    await until(() => existsSync(join(there, 'begun')))
    const session = Number(readFileSync(join(root, '../session'), 'utf8'))
    process.kill(session, 'SIGSTOP')
    try {
      expect(await ended).toMatchObject({ code: 3, stderr: expect.stringContaining('the connection was lost') })
      await until(isAsBefore)
    } finally {
      process.kill(session, 'SIGCONT')
    }
  })

  it('on several hosts at once, each is told by its name, and the worst exit code counts', async () => {
    const other = await nameTwo()
    writeFileSync(join(other, 'fails'), '')
    const named = (...more: string[]) => run(form, root, ['job', '--init', '--json', ...more], env)
    const { code, stdout, stderr } = await named('--hosts', '--events', 'events', '--report', 'report.json')
    expect(stderr).toMatch(/^one: job: ok +Run scripts\/job.sh/m)
    expect(stderr).toMatch(/^one: job: done: 1 created, 0 changed, 0 removed/m)
    expect(stderr).toMatch(/^two: job: failed +Run scripts\/job.sh .*exit code 9/m)
    expect(code).toBe(1)
    const report = JSON.parse(stdout) as { results: { run: string }[] }
    expect(report).toMatchObject({ total_targets: 2, successful: 1, failed: 1, exit_code: 1, dry_run: false })
    expect(report.results).toMatchObject([
      { host: 'one', target: 'job', status: 'done', outputs_created: ['out/job'] },
      { host: 'two', target: 'job', status: 'failed', exit_code: 1 },
    ])
    expect(readJson(join(root, 'report.json'))).toEqual(report)
    const ends = readEventLines(join(root, 'events')).filter((line) => (line as { event: string }).event === 'run_end')
    expect(ends.map((line) => (line as { host: string }).host).sort()).toEqual(['one', 'two'])
    expect(kept().map((file) => file.slice(root.length).split('/')[3])).toEqual(['one', 'one', 'two', 'two'])
    const half = await named('--host', 'one', '--host', `two,${address(1)}`, '--dry-run')
    expect(half).toMatchObject({ code: 3, stderr: expect.stringContaining(`${address(1)}: nothing was begun there`) })
    expect(JSON.parse(half.stdout)).toMatchObject({ results: [{ host: 'one' }, { host: 'two' }, { run: null, exit_code: 3 }] })
  })

  it('the second Ctrl-C waits for nothing', async () => {
    writeFileSync(join(root, 'scripts/job.sh'), "trap ': >told' INT TERM\n: >begun\nwhile :; do sleep 0.1; done\n")
    await makeRoot(root, config)
    const child = start(form, root, words('--init'), env)
    const ended = finish(child)
    await until(() => existsSync(join(there, 'begun')))
    child.kill('SIGINT')
    await until(() => existsSync(join(there, 'told')))
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 3, stderr: expect.stringContaining('its end was not waited for') })
    await until(() => leftovers(there, 'job').length === 0)
  })

  it('may take longer than any silence', async () => {
    env['LOCKSTEP_SILENCE'] = '8'
    writeFileSync(join(root, 'scripts/job.sh'), 'sleep 10\n')
    await makeRoot(root, config)
    expect((await sync('--init')).code).toBe(0)
  })

  it('when the program here is killed, the run there ends too', async () => {
    env['LOCKSTEP_SILENCE'] = '12'
    writeFileSync(join(there, 'waits'), '')
    const child = start(form, root, words('--init'), env)
    const ended = finish(child)
    await until(() => existsSync(join(there, 'begun')))
    child.kill('SIGKILL')
    await ended
    await until(isAsBefore)
    await until(() => !isAlive(Number(readFileSync(join(root, '../pid'), 'utf8'))))
  })

  it('has one text to send where programs share their runtime', async () => {
    await makeRoot(root, `${config}runtime: shared\n`)
    expect(await sync('--init')).toMatchObject({ code: 0, stderr: expect.stringContaining('job: done: 1 created') })
  })
})

describe('a run on another host', () => {
  beforeAll(() => {
    form = 'node'
  })

  it('leaves the same in both forms, and says the same', async () => {
    const second = await nameTwo()
    const left: unknown[] = []
    for (form of [...forms].reverse()) {
      env['PATH'] = `${root}/../bin:${form === 'node' ? process.env['PATH'] : pathWithoutNode}`
      const single = await run(form, root, ['job', '--host', 'one', '--init', '--json', '--events', 'events'], env)
      writeFileSync(join(second, 'fails'), '')
      const several = await run(form, root, ['job', '--hosts', '--init', '--json'], env)
      const lines = (text: string): string[] =>
        text
          .replaceAll(/\d+\.\d s/g, 'TIME')
          .replaceAll(/\d{8}_\d{6}_[0-9a-f]{4}/g, 'RUN')
          .trim()
          .split('\n')
          .sort()
      left.push({
        single: { ...single, stdout: normalised(JSON.parse(single.stdout)), stderr: lines(single.stderr) },
        several: { ...several, stdout: normalised(JSON.parse(several.stdout)), stderr: lines(several.stderr) },
        events: normalised(readEventLines(join(root, 'events'))),
        kept: kept().map((file) => file.replace(/^.*hosts/, '').replace(/\d{8}_\d{6}_[0-9a-f]{4}/, 'RUN')),
        files: [withoutStamps(tree(there)), withoutStamps(tree(second))],
      })
      for (const made of [join(root, 'events'), join(root, '.insightpulse/hosts')]) rmSync(made, { recursive: true })
      for (const host of [there, second]) {
        rmSync(host, { recursive: true })
        mkdirSync(host)
      }
    }
    expect(left[1]).toEqual(left[0])
  })

  it('what is started there belongs to the span of its step, on each host to its own; not where nobody makes spans', async () => {
    const second = await nameTwo()
    writeFileSync(join(root, 'scripts/job.sh'), 'mkdir -p out\nprintf "%s" "${TRACEPARENT:-none}" >out/trace\n')
    const told = () => [there, second].map((folder) => readFileSync(join(folder, 'out/trace'), 'utf8'))
    interface Span {
      readonly traceId: string
      readonly spanId: string
      readonly name: string
    }
    const spans: Span[] = []
    const collector = await startServer(({ body }) => {
      const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      return { json: {} }
    })
    const traced = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.base, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }
    const sync = (...more: string[]) => run(form, root, ['job', '--hosts', '--init', ...more], traced)
    const parents = () =>
      spans.splice(0).flatMap(({ traceId, spanId, name }) => (name === 'Run scripts/job.sh' ? [`00-${traceId}-${spanId}-01`] : []))
    try {
      expect((await sync()).code).toBe(0)
      expect(new Set(told())).toEqual(new Set(parents()))
      expect(new Set(told()).size).toBe(2)
      expect((await sync('--detach', '--attach')).code).toBe(0)
      expect(new Set(told())).toEqual(new Set(parents()))
      expect((await sync('--detach')).code).toBe(0)
      expect((await sync('--attach')).code).toBe(0)
      expect(told()).toEqual(['none', 'none'])
    } finally {
      collector.stop()
    }
  })

  it('is what sync.sh does, not the program of one target', async () => {
    const alone = await finish(spawn('bash', [join(root, 'generated/sync-job.sh'), `--host=${address()}`], { cwd: root }))
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('beside this program: sync.sh job --host') })
  })

  /** A terminal in which `sync job` runs. */
  const atTerminal = (...more: string[]) => {
    const program = ['node', '--import', `file://${home}node_modules/tsx/dist/esm/index.mjs`, join(home, 'tasks/sync.ts')]
    const line = ['stty cols 120;', ...program, 'job', '--init', ...more].join(' ')
    return finish(spawn('script', ['-qefc', line, '/dev/null'], { cwd: root, env: { ...process.env, ...env, CI: '', ADDRESS: address() } }))
  }

  it('several are drawn side by side', async () => {
    await nameTwo()
    const { code, stdout } = await atTerminal('--hosts')
    expect(stdout).toMatch(/✔.*one: done[\s\S]*ok: Run scripts\/job.sh[\s\S]*✔.*two: done/)
    for (const name of ['one', 'two']) expect(stdout).toContain(`${name}: job: done: 1 created`)
    expect(code).toBe(0)
  })

  it('is drawn at a terminal', async () => {
    const { code, stdout } = await atTerminal('--host', `"$ADDRESS"`)
    expect(stdout).toMatch(/✔.*Run scripts\/job\.sh/)
    expect(stdout).toContain('job: done: 1 created')
    expect(code).toBe(0)
  })
})
