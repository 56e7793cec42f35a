import type { Kit, Verb } from './engine/plan/verb.ts'
import { runVerb, wasStarted } from './engine/run/verb.ts'

/** A verb as its file defines it; it runs if that file is what was started. */
export function defineVerb(file: string, verb: Verb): Verb {
  // Not awaited: the list of verbs imports this very file.
  if (wasStarted(file)) void runVerb(verb, process.argv.slice(2), loadKit, `npx tsx tasks/${verb.name}.ts`)
  return verb
}

/** All kinds of targets, and all verbs. */
export async function loadKit(): Promise<Kit> {
  const [{ drivers }, { verbs }] = await Promise.all([import('./drivers/index.ts'), import('./verbs.ts')])
  return { drivers, verbs }
}
