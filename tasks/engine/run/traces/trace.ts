/** What a span tells; times are milliseconds since 1970. */
export interface Span {
  readonly id: string
  readonly name: string
  readonly start: number
  end: number
  readonly attributes: Record<string, string | number | boolean>
  /** What happened meanwhile. */
  readonly events: { readonly name: string; readonly at: number; readonly step: string }[]
  /** Why it failed. */
  error?: string
}

/** A run of a target: a span, with one for each step below it. */
export interface Trace {
  readonly id: string
  /** The span of the caller. */
  readonly parent: string | undefined
  readonly run: Span
  readonly steps: Span[]
}
