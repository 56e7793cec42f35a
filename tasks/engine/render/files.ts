import { ConfigError } from '../config/problem.ts'
import { nameIn } from '../config/profiles.ts'
import type { Config, Target } from '../config/schema.ts'
import { didYouMean } from '../nearest.ts'
import { isDirection, offeredVerbs } from '../plan/driver.ts'
import { commonLocks } from '../plan/meeting.ts'
import { planTarget, scriptName, verbScript } from '../plan/plan.ts'
import { type Verb, withProgram } from '../plan/verb.ts'
import { sha256 } from '../sha256.ts'
import { withChecksum } from './header.ts'
import type { Renderer } from './program.ts'
import { RUNTIME_FILE } from './runtime.ts'

/** The programs of a config by file name: one for each target, and those over all targets. Or only those in `names`, with what they source. */
export function renderPrograms(config: Config, renderer: Renderer, verbs: readonly Verb[], names?: readonly string[]): Map<string, string> {
  const makers: [string, () => string][] = [
    ...withProgram(verbs, config.targets).map((verb): [string, () => string] => [
      verbScript(verb.name, config.profile),
      () => renderer.verb(verb, config.targets, config.all, config.hosts),
    ]),
    ...config.targets.flatMap((target) =>
      verbsOf(target).map((verb): [string, () => string] => [
        programOf(target, verb),
        () => renderer.target(planTarget(target, commonLocks(target.name, config.all), verb), config.aliases),
      ]),
    ),
  ]
  const madeFrom = sourcesLine(config.sources)
  return new Map([
    ...makers
      .filter(([name]) => names?.includes(name) ?? true)
      .map(([name, make]): [string, string] => [name, withChecksum(make().replace(/^ {2}made_from=$/m, madeFrom))]),
    ...(renderer.runtime === undefined ? [] : [[RUNTIME_FILE, withChecksum(renderer.runtime)] as const]),
  ])
}

/** By this a program knows a sync.yaml, or what it includes, that says otherwise than it. */
function sourcesLine(sources: Config['sources']): string {
  const [, ...others] = sources.map(({ file }) => file)
  const included = others.length === 0 ? '' : `  made_of=(${others.join(' ')})\n`
  return `${included}  made_from=${sha256(sources.map(({ text }) => text).join(''))}`
}

/** The names of the programs of targets: what those over all targets start. */
export const targetPrograms = ({ targets }: Config): string[] =>
  targets.flatMap((target) => verbsOf(target).map((verb) => programOf(target, verb)))

const programOf = ({ name }: Target, verb: string): string => scriptName(name, isDirection(verb) ? 'sync' : verb)

/** What there is a program for: the sync of a target, if it has one, and what its driver offers beside. */
export const verbsOf = (target: Target): string[] => [
  ...(target.direction === undefined ? [] : [target.direction]),
  ...offeredVerbs(target),
]

/**
 * One program as a single file: NAME is that of a target, for its sync, or of the file.
 *
 * @throws ConfigError where there is none of that name.
 */
export function standalone(config: Config, renderer: Renderer, verbs: readonly Verb[], name: string): string {
  const targets = config.targets.map((target) => target.name)
  const target = [name, nameIn(config.profile, name)].find((each) => targets.includes(each))
  const file = target === undefined ? `${name.replace(/\.sh$/, '')}.sh` : scriptName(target, 'sync')
  const text = renderPrograms(config, renderer, verbs, [file]).get(file)
  if (text === undefined) {
    const known = [...targets, ...withProgram(verbs, config.targets).map((verb) => verb.name)]
    throw new ConfigError(`generate: there is no program of ${name}${didYouMean(name, known)}`)
  }
  return text
}

/** The commands of `aliases:`, by file name below bin. */
export function renderAliases(config: Config, renderer: Renderer, verbs: readonly Verb[]): Map<string, string> {
  return new Map(config.aliases.map((alias) => [`bin/${alias.name}`, withChecksum(renderer.alias(alias, verbs))]))
}
