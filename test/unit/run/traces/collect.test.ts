import { expect, it } from 'vitest'
import type { RunEvent } from '../../../../tasks/engine/run/events.ts'
import { collectTraces } from '../../../../tasks/engine/run/traces/collect.ts'
import type { Trace } from '../../../../tasks/engine/run/traces/trace.ts'

it('runs of one target on several hosts are a trace each', () => {
  const sent: Trace[] = []
  const traces = collectTraces('sync', 'seed', undefined, (trace) => sent.push(trace))
  const hear = (fields: object): void =>
    traces.hear({ run: '20260101_000000_abcd', target: 'one', at: '2026-01-01T00:00:00Z', ...fields } as RunEvent, 0)
  const begin = (host: string): void => {
    hear({ host, event: 'run_start', direction: 'pull', dry_run: false })
    hear({ host, event: 'step_start', id: 'update', title: 'Update' })
  }
  const end = (host: string, status: string, code: number): void => {
    hear({ host, event: 'step_end', id: 'update', status: code === 0 ? 'ok' : 'failed', seconds: 1, reason: status })
    hear({ host, event: 'run_end', status, exit_code: code, report: '' })
  }
  begin('a')
  begin('b')
  end('a', 'done', 0)
  end('b', 'failed', 1)
  expect(sent.map(({ run, steps }) => [run.attributes['lockstep.host'], run.error, steps.length])).toEqual([
    ['a', undefined, 1],
    ['b', 'failed', 1],
  ])
  expect(new Set(sent.flatMap(({ id, run, steps }) => [id, run.id, ...steps.map((step) => step.id)])).size).toBe(6)
})
