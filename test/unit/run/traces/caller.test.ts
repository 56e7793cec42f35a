import { describe, expect, it } from 'vitest'
import { parseTraceParent } from '../../../../tasks/engine/run/traces/caller.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('the trace context of the caller', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, { trace: TRACE, span: SPAN, sampled: true }],
    [`00-${TRACE}-${SPAN}-02`, { trace: TRACE, span: SPAN, sampled: false }],
    [`cc-${TRACE}-${SPAN}-03-what-comes`, { trace: TRACE, span: SPAN, sampled: true }],
    [`00-${TRACE}-${SPAN}-01-more`, undefined],
    [`ff-${TRACE}-${SPAN}-01`, undefined],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
    [`$(touch x)`, undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (text, caller) => {
    expect(parseTraceParent(text)).toEqual(caller)
  })
})
