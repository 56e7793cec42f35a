import { didYouMean } from '../nearest.ts'
import { type Kit, plainSummary } from '../plan/verb.ts'
import { findRoot, packageCommand } from './root.ts'
import { runVerb } from './verb.ts'

/** `lockstep VERB WORDS...`: sets the exit code. Without a verb it lists them, as make does its goals. */
export async function runCommand(words: readonly string[], loadKit: () => Promise<Kit>): Promise<void> {
  const kit = await loadKit()
  const { verbs } = kit
  const [first, ...rest] = words
  const command = packageCommand(findRoot(rest))
  if (first === undefined || ['--help', '-h', 'help'].includes(first)) {
    const lines = verbs.map((verb) => `  ${verb.name.padEnd(10)} ${plainSummary(verb)}`)
    process.stdout.write(`Usage: ${command} VERB [options]\n\n${lines.join('\n')}\n\n${command} VERB --help says more of one.\n`)
  } else if (first === '--version') {
    const { ownVersion } = await import('./sources.ts')
    process.stdout.write(`lockstep ${ownVersion()}\n`)
  } else {
    // Without a verb only targets can be listed.
    const [name, given] = first === '--list' ? ['sync', words] : [first, rest]
    const verb = verbs.find((each) => each.name === name)
    if (verb) return runVerb(verb, given, async () => kit, `${command} ${verb.name}`)
    const names = verbs.map((each) => each.name)
    process.stderr.write(`lockstep: there is no verb ${first}${didYouMean(first, names) || `; the verbs are ${names.join(', ')}`}\n`)
    process.exitCode = 2
  }
}
