import { randomBytes } from 'node:crypto'
import { parseEvent } from '../events.ts'
import { parseTraceParent } from './caller.ts'
import { collectTraces, seedOn } from './collect.ts'
import type { Trace } from './trace.ts'

/** How long a collector is waited for. */
const WAIT_MILLISECONDS = 3000

/** What makes traces of the runs of a program. */
export interface Traces {
  /** What the program is told, here or on one of several hosts, so that it knows the spans of its steps. */
  readonly mark: (host?: string) => string
  /** Hears a line of the event stream. */
  readonly hear: (line: string) => void
  /** Waits until all is sent, and says what could not be. */
  readonly close: () => Promise<void>
}

/** Traces, where the environment names a collector by the variables of OpenTelemetry. */
export function openTraces(verb: string): Traces | undefined {
  const { env } = process
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']
  const off = env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true'
  const elsewhere = !(env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').some((name) => name.trim() === 'otlp')
  const caller = parseTraceParent(env['TRACEPARENT'])
  if (!endpoint || off || elsewhere || caller?.sampled === false) return undefined
  const problems = new Set<string>()
  const sending: Promise<void>[] = []
  const send = (trace: Trace): void => {
    sending.push(sendTo(endpoint, trace).catch((error: Error) => void problems.add(reasonOf(error))))
  }
  const seed = randomBytes(16).toString('hex')
  const { hear, close } = collectTraces(verb, seed, caller, send)
  return {
    mark: (host) => [seedOn(host, seed), ...(caller ? [caller.trace] : [])].join(' '),
    hear: (line) => {
      const event = parseEvent(line)
      if (event) hear(event, Date.now())
    },
    close: async () => {
      close()
      await Promise.all(sending)
      for (const problem of problems) process.stderr.write(`OpenTelemetry: no trace at ${placeOf(endpoint)}: ${problem}\n`)
    },
  }
}

async function sendTo(endpoint: string, trace: Trace): Promise<void> {
  const protocol = process.env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || process.env['OTEL_EXPORTER_OTLP_PROTOCOL']
  if (protocol === 'grpc') throw new Error('grpc is not spoken here, only http/protobuf and http/json')
  if (!/^https?:$/.test(addressOf(endpoint)?.protocol ?? '')) throw new Error('its address is none of http or https')
  const { sendTrace } = await import('./send.ts')
  await sendTrace(trace, WAIT_MILLISECONDS)
}

function addressOf(endpoint: string): URL | undefined {
  return URL.canParse(endpoint) ? new URL(endpoint) : undefined
}

/** An address may hold a password. */
const placeOf = (endpoint: string): string => addressOf(endpoint)?.host || 'OTEL_EXPORTER_OTLP_ENDPOINT'

function reasonOf(error: Error & { readonly code?: unknown }): string {
  if (error.code === 'ERR_MODULE_NOT_FOUND') return 'the optional packages @opentelemetry/* are not installed'
  const text = error.message || String(error.code ?? error.name)
  return (typeof error.code === 'number' ? `${error.code} ${text}` : text).split('\n', 1)[0] ?? ''
}
