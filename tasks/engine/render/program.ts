import Handlebars from 'handlebars'
import type { Alias } from '../config/aliases.ts'
import type { Config, Target } from '../config/schema.ts'
import type { Plan } from '../plan/plan.ts'
import { targetsOf, type Verb, type VerbWithProgram } from '../plan/verb.ts'
import { sha256 } from '../sha256.ts'
import type { CommandOf } from './header.ts'
import { definedFunctions, type LibraryPart } from './library.ts'
import { carriedRuntime, type RuntimeForm, type RuntimeView, wholeRuntime } from './runtime.ts'
import { SERVING, servingFunctions } from './serving.ts'
import { type Maker, stepFunctions, type TargetView, targetView, undoNames } from './target-program.ts'
import {
  type AliasView,
  aliasView,
  type DueView,
  dueView,
  type SelectionView,
  type StoreView,
  selectionView,
  storeView,
} from './verb-program.ts'

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
   * profile, and `hosts` the machines that have names.
   */
  readonly verb: (verb: VerbWithProgram, targets: readonly Target[], all?: readonly Target[], hosts?: Config['hosts']) => string
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
    verb: (verb, targets, all = targets, hosts = {}) => {
      if (verb.program.kind === 'targets') {
        const view = selectionView(verb, targetsOf(verb, targets), all, sources, { serving: servingFunctions(sources.library), hosts })
        return over[verb.name as keyof typeof over](view, verb.name === 'sync' ? [SERVING] : [])
      }
      return store(storeView(verb, verb.program.steps, targets, all, sources), undoNames(targets[0]?.undos ?? []))
    },
    alias: (each, verbs) => alias(aliasView(each, verbs, sources.command)),
    due: (targets, schedules) => due(dueView(targets, schedules, sources.command)),
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
