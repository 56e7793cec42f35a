import type { Verb } from '../plan/verb.ts'
import { type CommandOf, sourceLines } from './header.ts'

/**
 * A goal of make for each verb: generated/goals.mk, to be included. Where there is no Node, or lockstep_node is empty, the
 * goals run the scripts beside it. `make help` of whoever includes it can read the text behind "##".
 */
export function renderGoals(verbs: readonly Verb[], command: CommandOf): string {
  const names = verbs.map(goalOf)
  return `${[
    '# goals.mk: a goal for each verb; TARGET= and ARGS= go to the program.',
    '#',
    ...sourceLines('', command).map((line) => `# ${line}`),
    '',
    'lockstep_node ?= $(shell command -v node)',
    'lockstep_generated := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))',
    `.PHONY: ${names.join(' ')}`,
    ...verbs.flatMap((verb) => ['', `${goalOf(verb)}: $(lockstep_ready) ## ${verb.summary}`, `\t@${recipe(verb, command)}`]),
  ].join('\n')}\n`
}

const goalOf = ({ name, goalName }: Verb): string => goalName ?? name

function recipe(verb: Verb, command: CommandOf): string {
  const words = verb.goal ?? '$(TARGET) $(ARGS)'
  const withNode = `${command(verb.name)} ${words}`
  const without = scriptOf(verb, words)
  return without === undefined ? withNode : `$(if $(lockstep_node),${withNode},$(lockstep_generated)/${without})`
}

/** What runs where there is no Node. */
function scriptOf({ name, program }: Verb, words: string): string | undefined {
  switch (program.kind) {
    case 'targets':
    case 'stores':
      return `${name}.sh ${words}`
    case 'words':
      return `${program.verb}.sh ${program.words.join(' ')} ${words}`
    case 'offered':
      return `${name}-$(subst _,-,$(TARGET)).sh $(ARGS)`
    case 'node':
      return undefined
    default:
      return program satisfies never
  }
}
