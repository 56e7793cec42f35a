import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openTraces } from '../../../../tasks/engine/run/traces/open.ts'
import { type Answer, startServer } from '../../../fixtures/http-server.mjs'

afterEach(() => vi.unstubAllEnvs())

const event = (fields: object): string =>
  JSON.stringify({ run: '20260101_000000_abcd', target: 'one', at: '2026-01-01T00:00:00Z', ...fields })
const end = event({ event: 'run_end', status: 'done', exit_code: 0, report: '' })

/** What is said of traces of these lines, sent to where `env` says. */
async function said(env: Readonly<Record<string, string>>, lines: readonly string[] = [end]): Promise<string> {
  for (const [name, value] of Object.entries({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', TRACEPARENT: '', ...env })) vi.stubEnv(name, value)
  let text = ''
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  try {
    const traces = openTraces('sync')
    for (const line of lines) traces?.hear(line)
    await traces?.close()
  } finally {
    write.mockRestore()
  }
  return text
}

describe('a collector that takes nothing is said in one line', () => {
  it.each<[string, Answer, string]>([
    ['it forbids', { status: 401 }, '401 Unauthorized'],
    ['it is busy', { status: 503, headers: { 'Retry-After': '60' } }, 'Export failed with retryable status'],
    ['it drops', { fault: 'drop' }, 'socket hang up'],
    ['it hangs', { fault: 'hang' }, 'Request timed out'],
    ['it never ends', { fault: 'endless' }, 'OTLP export response body exceeded size limit of 4194304 bytes'],
  ])('%s', async (_, answer, reason) => {
    const { base, stop } = await startServer(() => answer)
    try {
      expect(await said({ OTEL_EXPORTER_OTLP_ENDPOINT: base }, [end, end])).toBe(
        `OpenTelemetry: no trace at ${base.replace('http://', '')}: ${reason}\n`,
      )
    } finally {
      stop()
    }
  })

  it('it answers for ever', async () => {
    let ended: Promise<unknown> = Promise.resolve()
    const server = createServer((_, response) => {
      const more = setInterval(() => response.write(' '), 50)
      ended = once(response, 'close').then(() => clearInterval(more))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const place = `127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await said({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${place}` })).toBe(`OpenTelemetry: no trace at ${place}: no answer in 3 s\n`)
    // Nothing is left that would keep a process alive.
    await ended
    server.close()
  })

  it.each([
    ['unix:/run/collector', {}, 'OpenTelemetry: no trace at OTEL_EXPORTER_OTLP_ENDPOINT: its address is none of http or https\n'],
    ['collector:4318', {}, 'OpenTelemetry: no trace at OTEL_EXPORTER_OTLP_ENDPOINT: its address is none of http or https\n'],
    [
      'http://127.0.0.1:1',
      { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' },
      'OpenTelemetry: no trace at 127.0.0.1:1: grpc is not spoken here, only http/protobuf and http/json\n',
    ],
    [
      'https://127.0.0.1:1',
      { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere' },
      "OpenTelemetry: no trace at 127.0.0.1:1: ENOENT: no such file or directory, open '/nowhere'\n",
    ],
  ])('%s %o', async (endpoint, more, text) => {
    expect(await said({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more })).toBe(text)
  })
})

describe('there are none', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['without an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' }],
    ['where the SDK is disabled', { OTEL_SDK_DISABLED: 'True' }],
    ['where traces go elsewhere', { OTEL_TRACES_EXPORTER: 'console' }],
    ['where the caller has none', { TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' }],
  ])('%s', (_, env) => {
    for (const [name, value] of Object.entries({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', ...env })) vi.stubEnv(name, value)
    expect(openTraces('sync')).toBeUndefined()
  })
})

describe('what the stream leaves open', () => {
  it('a run that never began, one that never ended, and half a line', async () => {
    const bodies: string[] = []
    const { base, stop } = await startServer(({ body }) => {
      bodies.push(body)
      return { json: {} }
    })
    try {
      const lines = [
        event({ event: 'run_end', status: 'refused', exit_code: 6, report: '' }),
        event({ event: 'run_start', target: 'two', direction: 'pull', dry_run: false }),
        event({ event: 'step_start', target: 'two', id: 'update', title: 'Update' }),
        '{"event":"step_e',
        // The gates of several targets come before them and after them.
        ...[1, 2].flatMap(() => [
          event({ event: 'run_start', target: 'gates', direction: 'pull', dry_run: false }),
          event({ event: 'run_end', target: 'gates', status: 'unchanged', exit_code: 0, report: '' }),
        ]),
      ]
      expect(await said({ OTEL_EXPORTER_OTLP_ENDPOINT: base }, lines)).toBe('')
    } finally {
      stop()
    }
    const spans = bodies.map((body) =>
      JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.map(({ name, status }: { name: string; status: object }) => ({ name, status })),
    )
    expect(spans).toHaveLength(4)
    expect(new Set(bodies.map((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans[0].traceId)).size).toBe(4)
    expect(spans).toContainEqual([{ name: 'sync one', status: { code: 2, message: 'refused' } }])
    expect(spans).toContainEqual([
      { name: 'sync two', status: { code: 2, message: 'it ended without a word' } },
      { name: 'Update', status: { code: 2, message: 'it ended without a word' } },
    ])
  })
})
