import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Kit, Verb } from '../plan/verb.ts'

/** Is the module at this address what Node was started with? */
export function wasStarted(url: string): boolean {
  const [, started] = process.argv
  if (started === undefined) return false
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(url))
  } catch {
    return false
  }
}

/**
 * Runs a verb and sets the exit code; a mistake of the user becomes its message, without a stack trace. `program` is how the
 * person started it.
 */
export async function runVerb(verb: Verb, words: readonly string[], loadKit: () => Promise<Kit>, program: string): Promise<void> {
  try {
    process.exitCode = await exitCodeOf(verb, words, loadKit, program)
  } catch (error) {
    const { ConfigError } = await import('../config/problem.ts')
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode
  }
}

async function exitCodeOf(verb: Verb, words: readonly string[], loadKit: () => Promise<Kit>, program: string): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    const { verbHelp } = await import('../plan/verb.ts')
    process.stdout.write(`${verbHelp(verb, program)}\n`)
    return 0
  }
  const kit = await loadKit()
  switch (verb.program.kind) {
    case 'node': {
      const { readWords } = await import('./words.ts')
      return verb.program.run(readWords(verb, words, verb.program.operands ?? 0), kit)
    }
    case 'words': {
      const { verb: other, words: before } = verb.program
      const meant = kit.verbs.find(({ name }) => name === other)
      if (!meant) throw new Error(`${verb.name}: there is no verb ${other}`)
      return exitCodeOf(meant, [...words, ...before], async () => kit, program)
    }
    case 'offered': {
      const { runOffered } = await import('./programs.ts')
      return runOffered(verb, words, kit)
    }
    case 'targets':
    case 'stores': {
      const { runOffered, runOverTargets, wordsOffered } = await import('./programs.ts')
      const offered = await wordsOffered(verb, words, kit)
      return offered ? runOffered(verb, offered, kit) : runOverTargets(verb, words, kit)
    }
    default:
      throw new Error(`${verb.name}: ${verb.program satisfies never}`)
  }
}
