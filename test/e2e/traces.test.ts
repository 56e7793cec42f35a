import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer } from '../fixtures/http-server.mjs'
import { execute, join, makeRoot, mkdirSync, readEventLines, readFileSync, run, scratch, writeFileSync } from '../sameness/forms.ts'

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, string | number | boolean>>
}
/** As opentelemetry-proto names it: trace/v1/trace.proto, in the JSON of OTLP 1.x. */
interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly events: readonly { readonly name: string; readonly attributes: readonly Attribute[] }[]
  readonly status: { readonly code: number; readonly message?: string }
}
interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly Span[] }[]
  }[]
}

let base: string
let root: string
let collector: Awaited<ReturnType<typeof startServer>>
let answer: Parameters<typeof startServer>[0]
const requests: Parameters<typeof answer>[0][] = []

beforeAll(async () => {
  base = scratch()
  collector = await startServer((request) => {
    requests.push(request)
    return answer(request)
  })
  root = join(base, 'a root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/good.sh'), 'printf "%s %s" "${TRACEPARENT:-none}" "${TRACESTATE:-none}" >good.txt\n')
  writeFileSync(join(root, 'scripts/bad.sh'), 'printf x >bad.txt; exit 9\n')
  await makeRoot(
    root,
    `version: "1.0"
targets:
  good: { direction: pull, entrypoint: scripts/good.sh, outputs: [good.txt] }
  bad:
    direction: pull
    entrypoint: scripts/bad.sh
    outputs: [bad.txt]
    pre_sync_checks: [{ name: Count, command: 'test -e gate && echo "$THE_TOKEN" || echo 1', min_value: 1 }]
`,
  )
})
beforeEach(() => {
  requests.length = 0
  answer = () => ({ json: {} })
})
afterEach(() => execute('rm', ['-f', join(root, 'gate')]))
afterAll(() => {
  collector.stop()
  return execute('rm', ['-rf', base])
})

const json = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.base, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })
const plain = (attributes: readonly Attribute[]) => Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
const spansOf = ({ body }: { readonly body: string }): readonly Span[] =>
  (JSON.parse(body) as Body).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
/** The spans of each run, by the name of its root. */
const traces = (): Readonly<Record<string, readonly Span[]>> =>
  Object.fromEntries(requests.map(spansOf).map((spans) => [spans[0]?.name ?? '', spans]))
const told = () => readFileSync(join(root, 'good.txt'), 'utf8')

describe('traces', () => {
  it('have a span for each run and each step, with times, status and reason, and the entrypoint knows its span', async () => {
    const begun = Date.now()
    const events = join(base, 'events')
    const env = {
      ...json(),
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=office',
      OTEL_SERVICE_NAME: 'nightly',
      THE_TOKEN: 'hush-hush-hush',
    }
    writeFileSync(join(root, 'gate'), '')
    const { code, stderr } = await run('node', root, ['--events', events, '--jobs', '2'], env)
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.not.stringContaining('OpenTelemetry') })
    expect(requests.map(({ method, url, headers }) => [method, url, headers['content-type'], headers['x-team']])).toEqual([
      ['POST', '/v1/traces', 'application/json', 'a b'],
      ['POST', '/v1/traces', 'application/json', 'a b'],
    ])
    const [{ resource, scopeSpans } = { resource: { attributes: [] }, scopeSpans: [] }] = (JSON.parse(requests[0]?.body ?? '') as Body)
      .resourceSpans
    expect(plain(resource.attributes)).toMatchObject({ 'service.name': 'nightly', 'deployment.environment.name': 'office' })
    expect(scopeSpans[0]?.scope.name).toBe('lockstep')

    const { 'sync good': good = [], 'sync bad': bad = [] } = traces()
    const [whole, entrypoint] = good
    expect(good.map(({ name, status }) => [name, status.code])).toEqual([
      ['sync good', 0],
      ['Run scripts/good.sh', 0],
    ])
    expect(told()).toBe(`00-${whole?.traceId}-${entrypoint?.spanId}-01 none`)
    expect(whole?.parentSpanId).toBeUndefined()
    expect(entrypoint).toMatchObject({ traceId: whole?.traceId, parentSpanId: whole?.spanId })
    expect(plain(whole?.attributes ?? [])).toMatchObject({
      'cicd.pipeline.name': 'good',
      'cicd.pipeline.run.id': expect.stringMatching(/^\d{8}_\d{6}_[\da-f]{4}$/),
      'lockstep.direction': 'pull',
      'lockstep.dry_run': false,
      'lockstep.status': 'done',
      'process.exit.code': 0,
    })
    expect(plain(entrypoint?.attributes ?? [])).toMatchObject({ 'cicd.pipeline.task.name': 'entrypoint', 'lockstep.status': 'ok' })
    for (const { startTimeUnixNano, endTimeUnixNano } of [...good, ...bad]) {
      expect(Number(startTimeUnixNano) / 1e6).toBeGreaterThanOrEqual(begun - 1000)
      expect(Number(endTimeUnixNano)).toBeGreaterThanOrEqual(Number(startTimeUnixNano))
      expect(Number(endTimeUnixNano) / 1e6).toBeLessThanOrEqual(Date.now() + 1000)
    }

    expect(bad[0]?.traceId).not.toBe(whole?.traceId)
    expect(bad.map(({ status }) => status.code)).toEqual([2, 2])
    expect(bad.map(({ status }) => status.message).join('\n')).toContain('is not a number: ')
    expect(requests.map(({ body }) => body).join('\n')).not.toContain('hush-hush-hush')
    expect(readEventLines(events)).toContainEqual(expect.objectContaining({ event: 'run_end', target: 'bad', exit_code: 4 }))
  })

  it('say what was put back, and belong to the trace of the caller', async () => {
    const env = { ...json(), TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', TRACESTATE: 'team=a' }
    expect((await run('node', root, ['good', 'bad'], env)).code).toBe(1)
    const { 'sync good': good = [], 'sync bad': bad = [] } = traces()
    for (const [whole, ...steps] of [good, bad]) {
      expect(whole).toMatchObject({
        traceId: '0af7651916cd43dd8448eb211c80319c',
        parentSpanId: 'b7ad6b7169203331',
        traceState: 'team=a',
      })
      expect(steps.map(({ parentSpanId }) => parentSpanId)).toEqual(steps.map(() => whole?.spanId))
    }
    expect(new Set([...good, ...bad].map(({ spanId }) => spanId)).size).toBe(good.length + bad.length)
    expect(bad[0]?.status).toEqual({ code: 2, message: 'exit code 9' })
    expect(bad.at(-1)?.status).toEqual({ code: 2, message: 'exit code 9' })
    expect(told()).toBe(`00-0af7651916cd43dd8448eb211c80319c-${good.at(-1)?.spanId}-01 team=a`)
  })

  it('that nobody takes are said in one line, and the run ends as it would', async () => {
    const { code, stderr } = await run('node', root, ['good'], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:word@127.0.0.1:1' })
    expect({ code, told: stderr.split('\n').filter((line) => line.includes('OpenTelemetry')) }).toEqual({
      code: 0,
      told: ['OpenTelemetry: no trace at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1'],
    })
  })

  it('a script passes on the trace context of its caller', async () => {
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect((await run('script', root, ['good'], { ...json(), TRACEPARENT: parent })).code).toBe(0)
    expect(told()).toBe(`${parent} none`)
    expect(requests).toEqual([])
  })

  it('are made here of a run on another host', async () => {
    const there = join(base, 'there')
    mkdirSync(there)
    mkdirSync(join(base, 'bin'))
    writeFileSync(join(base, 'bin/ssh'), '#!/usr/bin/env bash\nexec bash -c "${!#}"\n', { mode: 0o755 })
    const env = { ...json(), PATH: `${join(base, 'bin')}:${process.env['PATH']}` }
    const { code } = await run('node', root, ['good', '--host', `host:${there}`, '--init'], env)
    const [whole, entrypoint] = traces()['sync good'] ?? []
    expect([whole?.name, entrypoint?.name]).toEqual(['sync good', 'Run scripts/good.sh'])
    const told = `00-${whole?.traceId}-${entrypoint?.spanId}-01 none`
    expect({ code, told: readFileSync(join(there, 'good.txt'), 'utf8') }).toEqual({ code: 0, told })
  })

  it('are binary where nothing else is asked for, and none where the caller has none', async () => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.base}/own/path` }
    const unsampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
    expect((await run('node', root, ['good'], { ...env, TRACEPARENT: unsampled })).code).toBe(0)
    expect(requests).toEqual([])
    expect(told()).toBe(`${unsampled} none`)
    expect((await run('node', root, ['good'], env)).code).toBe(0)
    expect(requests.map(({ url, headers }) => [url, headers['content-type']])).toEqual([['/own/path', 'application/x-protobuf']])
  })
})
