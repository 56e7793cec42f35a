/** The span that a run belongs to, as the caller says it in TRACEPARENT. */
export interface Caller {
  readonly trace: string
  readonly span: string
  readonly sampled: boolean
}

/** Reads a traceparent of W3C Trace Context; what is none counts as not there. */
export function parseTraceParent(text = ''): Caller | undefined {
  const [, version = '', trace = '', span = '', flags = '', more = ''] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(text.trim()) ?? []
  const known = version !== '' && version !== 'ff' && (version !== '00' || more === '')
  if (!known || /^0*$/.test(trace) || /^0*$/.test(span)) return undefined
  return { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
