import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { hostname } from 'node:os'
import { createTraceState, ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace as traceApi } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { ownVersion } from '../sources.ts'
import type { Span, Trace } from './trace.ts'

/** For the exporter to say itself what was wrong. */
const MORE_MILLISECONDS = 200

/** Sends a trace to where the environment says, in `milliseconds` at most. Throws what keeps it from there. */
export async function sendTrace(trace: Trace, milliseconds: number): Promise<void> {
  const agents: (HttpAgent | HttpsAgent)[] = []
  const tls = { ca: fileOf('CERTIFICATE'), cert: fileOf('CLIENT_CERTIFICATE'), key: fileOf('CLIENT_KEY') }
  const json = setting('PROTOCOL') === 'http/json'
  const exporter = new (json ? JsonExporter : ProtobufExporter)({
    timeoutMillis: Math.min(Number(setting('TIMEOUT')) || milliseconds, milliseconds),
    httpAgentOptions: (protocol) => {
      const agent = protocol === 'http:' ? new HttpAgent() : new HttpsAgent(tls)
      agents.push(agent)
      return agent
    },
  })
  // The exporter knows no limit for a connection that nobody answers, nor for an answer that never ends.
  let late: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(new Error(`no answer in ${milliseconds / 1000} s`)), milliseconds + MORE_MILLISECONDS)
      exporter.export(toSpans(trace), ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('refused'))))
    })
  } finally {
    clearTimeout(late)
    for (const agent of agents) agent.destroy()
  }
}

/** A setting of the exporter, the one for traces first. */
const setting = (name: string): string | undefined =>
  process.env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || process.env[`OTEL_EXPORTER_OTLP_${name}`] || undefined

function fileOf(name: string): Buffer | undefined {
  const path = setting(name)
  return path === undefined ? undefined : readFileSync(path)
}

/** The spans of a trace, as the SDK makes them. */
function toSpans({ id, parent, run, steps }: Trace): ReadableSpan[] {
  const spans: ReadableSpan[] = []
  let next = run.id
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'lockstep', 'service.version': ownVersion(), 'host.name': hostname() }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => id, generateSpanId: () => next },
    spanProcessors: [{ onStart: () => {}, onEnd: (span) => spans.push(span), forceFlush: async () => {}, shutdown: async () => {} }],
  })
  const tracer = provider.getTracer('lockstep', ownVersion())
  const state = process.env['TRACESTATE']
  const below = (spanId: string) =>
    traceApi.setSpanContext(ROOT_CONTEXT, {
      traceId: id,
      spanId,
      traceFlags: TraceFlags.SAMPLED,
      isRemote: spanId === parent,
      ...(parent !== undefined && state && { traceState: createTraceState(state) }),
    })
  const make = (span: Span, context = ROOT_CONTEXT): void => {
    next = span.id
    const made = tracer.startSpan(span.name, { startTime: span.start, attributes: span.attributes }, context)
    for (const { name, at, step } of span.events) made.addEvent(name, { 'cicd.pipeline.task.name': step }, at)
    if (span.error !== undefined) made.setStatus({ code: SpanStatusCode.ERROR, message: span.error })
    made.end(span.end)
  }
  make(run, parent === undefined ? ROOT_CONTEXT : below(parent))
  for (const step of steps) make(step, below(run.id))
  return spans
}
