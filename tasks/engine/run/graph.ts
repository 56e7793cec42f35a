import { ConfigError } from '../config/problem.ts'
import { meetings } from '../plan/meeting.ts'
import type { Given, Kit } from '../plan/verb.ts'
import { FORMATS, renderGraph } from '../render/graph.ts'
import { loadRoot } from './load-root.ts'

/** The verb graph: gives the exit code. @throws ConfigError for a format that there is not, or a sync.yaml that is wrong. */
export async function graph({ words, options }: Given, own: Kit): Promise<number> {
  const { format = 'text' } = options
  const known = FORMATS.find((each) => each === format)
  if (known === undefined) throw new ConfigError(`graph: --format ${format}: must be ${FORMATS.join(', ')}`)
  const { targets } = (await loadRoot(words, own)).config
  process.stdout.write(renderGraph(targets, meetings(targets), known))
  return 0
}
