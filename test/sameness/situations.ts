import { expect, it } from 'vitest'
import {
  execute,
  existsSync,
  type Form,
  forms,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  readEventLines,
  readJson,
  run,
  scratch,
  tree,
  withoutStamps,
} from './forms.ts'

/** What a run left behind, without times and ids. */
interface Seen {
  readonly code: number | null
  readonly tree: Record<string, string>
  readonly report: unknown
  readonly events: unknown
  readonly left: string[]
}

/** A run of sync in a fresh root, and what must come of it in every form. */
export interface Situation {
  readonly title: string
  readonly config: string
  /** Before the run under test; `again` runs the same form. */
  readonly before?: (root: string, again: (...words: readonly string[]) => Promise<unknown>) => Promise<void> | void
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>> | ((root: string) => Readonly<Record<string, string>>)
  readonly code: number
  /** `screen` is what was said, times and all. */
  readonly check: (seen: Seen, root: string, screen: string) => void
}

async function see(form: Form, situation: Situation, folder: string): Promise<Seen> {
  const root = join(folder, 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  const env = { NO_COLOR: '1', ...(typeof situation.env === 'function' ? situation.env(root) : situation.env) }
  let made = false
  const make = async () => {
    if (!made) await makeRoot(root, situation.config)
    made = true
  }
  await situation.before?.(root, async (...words) => {
    await make()
    return run(form, root, words, env)
  })
  await make()
  const [events, report] = [join(folder, 'events'), join(folder, 'report.json')]
  const outcome = await run(form, root, ['--events', events, '--report', report, ...(situation.words ?? [])], env)
  const names = Object.keys(tree(join(root, '.insightpulse'))).length > 0 ? [...situation.config.matchAll(/^ {2}(\w+):$/gm)] : []
  const seen: Seen = {
    code: outcome.code,
    tree: withoutStamps(tree(root)),
    report: existsSync(report) ? normalised(readJson(report)) : outcome.stderr,
    events: existsSync(events)
      ? (normalised(readEventLines(events)) as { event: string }[]).filter(({ event }) => event !== 'step_progress')
      : [],
    left: names.flatMap(([, name = '']) => leftovers(root, name)),
  }
  expect(seen.code, JSON.stringify(seen.report)).toBe(situation.code)
  situation.check(seen, root, outcome.stderr)
  return seen
}

/** A test of each situation: what it says holds under Node and as a script without Node, and the two are equal. */
export function sameInEveryForm(situations: readonly Situation[]): void {
  it.concurrent.each(situations)('$title', { timeout: 300_000 }, async (situation) => {
    const folder = scratch()
    try {
      const [node, script] = (await Promise.all(forms.map((form) => see(form, situation, join(folder, form))))) as [Seen, Seen]
      expect(script).toEqual(node)
      expect(script.left).toEqual([])
    } finally {
      await execute('rm', ['-rf', folder])
    }
  })
}
