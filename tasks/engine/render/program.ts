import Handlebars from 'handlebars'
import type { Alias } from '../config/aliases.ts'
import { longestGapSeconds, scheduleInWords } from '../config/cron.ts'
import type { Gates } from '../config/safety.ts'
import type { Target } from '../config/schema.ts'
import { targetBackup } from '../plan/backup.ts'
import type { Parameter } from '../plan/driver.ts'
import { globalGateSteps } from '../plan/gates.ts'
import { commonLocks } from '../plan/meeting.ts'
import { hiddenVariables, tellOthersOf } from '../plan/notify.ts'
import { dueHelp } from '../plan/options.ts'
import { type Plan, planOutputs, verbScript } from '../plan/plan.ts'
import { quote, sh } from '../plan/shell.ts'
import type { Step } from '../plan/step.ts'
import { asScript, targetsOf, type Verb, type VerbWithProgram, verbHelp } from '../plan/verb.ts'
import { sha256 } from '../sha256.ts'
import { type CommandOf, sourceLines } from './header.ts'
import { definedFunctions, type LibraryPart } from './library.ts'
import { carriedRuntime, type RuntimeForm, type RuntimeView, wholeRuntime } from './runtime.ts'
import {
  assignment,
  helpText,
  type Maker,
  optionWords,
  planLines,
  stepFunctions,
  type TargetView,
  targetView,
  undoNames,
} from './target-program.ts'

/** What rendering needs beside the plan; read once, at the edge. */
export interface Sources extends Maker {
  readonly library: readonly LibraryPart[]
  /** Text of templates/NAME.sh.hbs. */
  readonly templates: Readonly<
    Record<'target' | 'sync' | 'status' | 'notify' | 'store' | 'due' | 'alias' | 'runtime' | 'shared' | 'lockstep', string>
  >
}

export interface Renderer {
  readonly command: CommandOf
  /** lib/lockstep.sh, where programs share it. */
  readonly runtime: string | undefined
  /** The program of one target. Throws if a step is named like a function of the library. */
  readonly target: (plan: Plan, aliases?: readonly Alias[]) => string
  /**
   * The program of a verb over all targets, or over what was saved of them; of one that has a program. `all` are those of every
   * profile.
   */
  readonly verb: (verb: VerbWithProgram, targets: readonly Target[], all?: readonly Target[]) => string
  /** A command of `aliases:`; `verbs` are all that there are. */
  readonly alias: (alias: Alias, verbs: readonly Verb[]) => string
  /** generated/due.sh: which targets a run of the workflow is to sync. `schedules` are the cron expressions by name. */
  readonly due: (targets: readonly Target[], schedules: ReadonlyMap<string, { readonly cron: string }>) => string
}

const handlebars = Handlebars.create()

/** What renders the programs of a config, with a profile or without. */
export function createRenderer(given: Sources, form: RuntimeForm = 'inline', profile?: string): Renderer {
  const command: CommandOf = (verb) => `${given.command(verb)}${profile === undefined ? '' : ` --profile ${profile}`}`
  const sources = { ...given, command, profile }
  const compile = <View>(name: keyof Sources['templates']) =>
    handlebars.compile<View>(sources.templates[name], { noEscape: true, strict: true, knownHelpersOnly: true, preventIndent: true })
  const runtime = compile<RuntimeView>('runtime')
  const shared = form === 'shared' ? sharedRuntime(compile, runtime(wholeRuntime(sources.library)), given.command('generate')) : undefined
  const carried = carriedRuntime(sources.library, runtime)
  /** A program out of its own part; what a journal may ask for is called by what is read there. */
  const program = <View extends object>(name: keyof Sources['templates']) => {
    const template = compile<View & { runtime: string }>(name)
    return (view: View, undos: readonly string[] = []): string => {
      const own = template({ ...view, runtime: '' })
      return template({ ...view, runtime: shared?.source ?? carried(own, undos) })
    }
  }
  const target = program<TargetView>('target')
  const over = { sync: program<SelectionView>('sync'), status: program<SelectionView>('status'), notify: program<SelectionView>('notify') }
  const store = program<StoreView>('store')
  const due = program<DueView>('due')
  const alias = compile<AliasView>('alias')
  const reserved = [...sources.library.map((part) => part.text), sources.templates.target].flatMap(definedFunctions)
  return {
    command,
    runtime: shared?.file,
    target: (plan, aliases = []) => {
      const taken = new Set(reserved)
      for (const { name } of plan.steps.flatMap(stepFunctions)) {
        if (taken.has(name)) throw new Error(`step ${name}: there is a function of that name already`)
        taken.add(name)
      }
      return target(targetView(plan, sources, aliases), undoNames(plan.undos))
    },
    verb: (verb, targets, all = targets) => {
      if (verb.program.kind === 'targets')
        return over[verb.name as keyof typeof over](selectionView(asScript(verb), targetsOf(verb, targets), all, sources))
      return store(storeView(verb, verb.program.steps, targets, all, sources), undoNames(targets[0]?.undos ?? []))
    },
    alias: (each, verbs) => alias(aliasView(each, verbs, sources.command)),
    due: (targets, schedules) =>
      due({
        source: sourceLines('', sources.command),
        ...helpText(dueHelp),
        targets: targets.map(({ name, direction }) => sh`${name} ${direction ?? 'none'} '' ${schedules.get(name)?.cron ?? ''} ''`.text),
      }),
  }
}

/**
 * The file of the runtime that all programs share, and the lines of a program that source it. By its last line a program
 * knows it: what is cut short, or another, has none that is equal.
 */
function sharedRuntime(
  compile: <View>(name: keyof Sources['templates']) => (view: View) => string,
  runtime: string,
  regenerate: string,
): { readonly file: string; readonly source: string } {
  const end = `# The end of ${sha256(runtime)}`
  return { file: compile<object>('lockstep')({ runtime, end, regenerate }), source: compile<object>('shared')({ end, regenerate }) }
}

type DueView = Pick<SelectionView, 'source' | 'help' | 'helpEnd' | 'targets'>

interface SelectionView {
  readonly program: string
  readonly profile: string | undefined
  readonly source: readonly string[]
  readonly version: string
  readonly regenerate: string
  readonly help: string
  readonly helpEnd: string
  readonly knownOptions: string
  readonly targetFlags: string
  readonly targets: readonly string[]
  readonly gateFunctions: readonly { readonly comment: string; readonly name: string; readonly body: string }[]
  readonly guardedNames: string
  readonly guardPlan: readonly string[]
  readonly checkPlan: readonly string[]
  readonly dryRun: boolean
}

function selectionView(
  verb: Verb,
  targets: readonly Target[],
  all: readonly Target[],
  { version, command, profile }: Maker,
): SelectionView {
  const parameters: readonly Parameter[] = targets.flatMap((target) => target.driverModule.parameters)
  const gates = targets[0]?.globalGates
  const steps = (...phases: readonly (keyof Gates)[]): Step[] => phases.flatMap((phase) => (gates ? globalGateSteps(phase, gates) : []))
  const [guards, checks] = [steps('pre_sync_checks'), steps('post_sync_checks', 'drift_gates')]
  const flags = [...new Map(parameters.map((parameter) => [parameter.name, parameter])).values()]
  const program = verbScript(verb.name, profile)
  return {
    program,
    profile,
    source: sourceLines('', command),
    version,
    regenerate: quote(command('generate')),
    ...helpText(verbHelp(verb, program)),
    knownOptions: optionWords([...verb.options, ...flags]),
    targetFlags: quote(optionWords(flags)),
    targets: targets.map((target) => targetWords(target, all)),
    gateFunctions: [...guards, ...checks].flatMap(stepFunctions),
    guardedNames: assignment('guarded_names', targets[0]?.guardedNames ?? []),
    guardPlan: planLines(guards),
    checkPlan: planLines(checks),
    dryRun: targets[0]?.dryRun ?? false,
  }
}

const targetWords = (target: Target, all: readonly Target[]): string =>
  sh`${target.name} ${target.direction ?? 'none'} ${target.depends_on.join(' ')} ${
    target.schedule === undefined ? '' : scheduleInWords(target.schedule, target.timezone)
  } ${target.description} ${
    target.schedule === undefined ? '' : longestGapSeconds(target.schedule, target.timezone)
  } ${target.driverModule.answer !== undefined} ${target.backup.check_every?.slice(0, -1) ?? ''} ${commonLocks(target.name, all).join(' ')}${target.notify.length > 0 ? sh` true` : sh``}`
    .text

interface AliasView {
  readonly name: string
  readonly words: string
  readonly source: readonly string[]
  readonly verb: string
  /** What follows the program under Node, and what follows its script; each word with a space before it. */
  readonly arguments: string
  readonly script: string
  readonly scriptArguments: string
}

function aliasView({ name, verb, words }: Alias, verbs: readonly Verb[], command: CommandOf): AliasView {
  const program = verbs.find((each) => each.name === verb)?.program
  const [script, scriptWords] = program?.kind === 'words' ? [program.verb, [...program.words, ...words]] : [verb, words]
  const quoted = (list: readonly string[]): string => list.map((word) => ` ${quote(word)}`).join('')
  return {
    name,
    words: [verb, ...words].join(' '),
    source: sourceLines(', aliases', command),
    verb,
    arguments: quoted(words),
    script,
    scriptArguments: quoted(scriptWords),
  }
}

interface StoreView {
  readonly program: string
  readonly profile: string | undefined
  readonly summary: string
  readonly source: readonly string[]
  readonly version: string
  readonly regenerate: string
  readonly verb: string
  readonly help: string
  readonly helpEnd: string
  readonly knownOptions: string
  readonly targets: readonly { readonly words: string; readonly backup: string }[]
  readonly undos: string
  readonly needs: readonly string[]
  readonly functions: readonly { readonly comment: string; readonly name: string; readonly body: string }[]
  readonly plan: readonly string[]
}

function storeView(
  verb: Verb,
  steps: readonly Step[],
  targets: readonly Target[],
  all: readonly Target[],
  { version, command, profile }: Maker,
): StoreView {
  const program = verbScript(verb.name, profile)
  const hidden = [...new Set(targets.flatMap(hiddenVariables))]
  return {
    program,
    profile,
    summary: (/^[^.]*/.exec(verb.about)?.[0] ?? '').replace(/\s+/g, ' ').replace(/^./, (first) => first.toLowerCase()),
    source: sourceLines('', command),
    version,
    regenerate: quote(command('generate')),
    verb: verb.name,
    ...helpText(verbHelp(verb, program)),
    knownOptions: optionWords(verb.options),
    targets: targets.map((target) => ({ words: targetWords(target, all), backup: targetBackup(target, planOutputs(target)).text })),
    undos: undoNames(targets[0]?.undos ?? []).join(' | '),
    needs: hidden.length === 0 ? [':'] : hidden.map((name) => sh`hide_variable ${name}`.text),
    functions: [...tellFunctions(targets), ...steps.flatMap(stepFunctions)],
    plan: planLines(steps),
  }
}

/** What tells others of the target in hand. */
function tellFunctions(targets: readonly Target[]): { comment: string; name: string; body: string }[] {
  const all = tellOthersOf(targets).map(({ names, body }, index) => ({ names, name: `tell_others_${index + 1}`, body }))
  if (all.length === 0) return []
  const branches = all.map(({ names, name }) => `    ${names.map((each) => quote(each)).join(' | ')}) ${name} "$1" ;;\n`)
  return [
    { comment: 'Who is told how it went', name: 'tell_others', body: `  case $target in\n${branches.join('')}    *) ;;\n  esac` },
    ...all.map(({ name, body }) => ({ comment: '', name, body: `  ${body.text}` })),
  ]
}
