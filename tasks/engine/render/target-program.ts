import type { Alias } from '../config/aliases.ts'
import { LateText } from '../config/late.ts'
import type { Setting } from '../plan/driver.ts'
import { commonOptions, exitCodes } from '../plan/options.ts'
import { type Plan, scriptName } from '../plan/plan.ts'
import { quote, sh } from '../plan/shell.ts'
import type { Step } from '../plan/step.ts'
import { optionHelp } from '../plan/verb.ts'
import { type CommandOf, sourceLines } from './header.ts'

/** What generated files say of who made them. */
export interface Maker {
  readonly version: string
  readonly command: CommandOf
  /** The profile that programs are of. */
  readonly profile?: string | undefined
}

export interface TargetView {
  readonly program: string
  readonly profile: string | undefined
  readonly summary: string
  readonly source: readonly string[]
  readonly version: string
  readonly regenerate: string
  readonly verb: string
  readonly target: string
  readonly description: string
  readonly directions: string
  readonly remedies: string
  readonly failOnDiff: string
  readonly dryRun: boolean
  readonly parameters: readonly { readonly name: string; readonly option: string; readonly flag: boolean }[]
  readonly valued: string
  readonly help: string
  readonly helpEnd: string
  readonly knownOptions: string
  readonly needs: readonly string[]
  readonly settings: readonly string[]
  readonly prepare: readonly string[]
  readonly functions: readonly { readonly comment: string; readonly name: string; readonly body: string }[]
  readonly plan: readonly string[]
  readonly undos: string
}

export function targetView(plan: Plan, { version, command, profile }: Maker, aliases: readonly Alias[]): TargetView {
  const program = scriptName(plan.target, plan.verb)
  return {
    program,
    profile,
    summary: `${plan.directions[0]} ${plan.target}`,
    verb: plan.verb,
    source: sourceLines(`, target ${plan.target}`, command),
    version,
    regenerate: quote(command('generate')),
    target: plan.target,
    description: quote(plan.description),
    directions: plan.directions.join(' '),
    remedies: quote(remedies(plan, aliases)),
    dryRun: plan.dryRun,
    failOnDiff: String(plan.failOnDiff),
    parameters: plan.parameters.map(({ name, value }) => ({ name: name.replaceAll('-', '_'), option: name, flag: value === undefined })),
    valued: optionWords(plan.parameters.filter(({ value }) => value !== undefined)),
    ...helpText(targetHelp(plan, program)),
    knownOptions: optionWords([...plan.parameters, ...commonOptions]),
    needs: [
      ...plan.programs.map((needed) => sh`need_program ${needed.name} ${needed.package}`.text),
      ...Object.entries(plan.secrets).map(
        ([name, command]) => sh`ask_secret ${name} ${command}${plan.optional.includes(name) ? sh` false` : sh``}`.text,
      ),
      ...plan.hidden.map((name) => sh`hide_variable ${name}`.text),
      ...plan.variables.map((name) => {
        const way = plan.ways[name]
        return (way === undefined ? sh`need_variable ${name}` : sh`need_variable ${name} ${way}`).text
      }),
      ...(plan.programs.length + plan.variables.length + plan.hidden.length + Object.keys(plan.secrets).length === 0 ? [':'] : []),
    ],
    settings: Object.entries(plan.settings).map(([name, value]) => assignment(name, value)),
    prepare: plan.prepare.length + Object.keys(plan.settings).length === 0 ? [':'] : plan.prepare.map(({ text }) => text),
    undos: undoNames(plan.undos).join(' | '),
    functions: [
      ...Object.entries(plan.texts).map(carriedText),
      ...(plan.answer ? [{ comment: '', name: 'target_answer', body: indent(plan.answer.text) }] : []),
      ...(plan.afterBackup ? [{ comment: '', name: 'after_backup', body: indent(plan.afterBackup.text) }] : []),
      ...(plan.tellOthers ? [{ comment: 'Who is told how it went', name: 'tell_others', body: indent(plan.tellOthers.text) }] : []),
      ...(plan.countRun ? [{ comment: '', name: 'count_run', body: indent(plan.countRun.text) }] : []),
      ...plan.steps.flatMap(stepFunctions),
    ],
    plan: plan.steps.length === 0 ? ['  :'] : planLines(plan.steps),
  }
}

/** The aliases that do nothing but sync the target, by the way that each goes: `push=inna-push pull=inna-pull`. */
function remedies({ target, directions }: Plan, aliases: readonly Alias[]): string {
  return directions
    .flatMap((direction, index) => {
      const alias = aliases.find(({ verb, words: [name, ...rest] }) => {
        const words = rest.join(' ').replace('=', ' ')
        return verb === 'sync' && name === target && (words === `--direction ${direction}` || (words === '' && index === 0))
      })
      return alias ? [`${direction}=${alias.name}`] : []
    })
    .join(' ')
}

/** The undo functions that a journal may ask for: the engine's own, and those of drivers. */
export const undoNames = (undos: readonly string[]): string[] => ['undo_hold', ...undos]

export const optionWords = (options: readonly { readonly name: string }[]): string => options.map(({ name }) => `--${name}`).join(' ')

/** A help text and the word that ends it: one that is no line of it. */
export function helpText(help: string): { help: string; helpEnd: string } {
  let helpEnd = 'HELP'
  while (help.split('\n').includes(helpEnd)) helpEnd += '_'
  return { help, helpEnd }
}

const targetHelp = (plan: Plan, program: string): string => `Usage: ${program} [options]

${plan.description.replace(/\s+/g, ' ')}

Options:
${optionHelp([...plan.parameters, ...commonOptions])}

${exitCodes}`

/** A function that prints a text, byte for byte but for a last newline. */
function carriedText([name, text]: readonly [string, string]) {
  let end = 'SCRIPT'
  while (text.split('\n').includes(end)) end += '_'
  return {
    comment: 'The script, as it was when this program was generated',
    name,
    body: `  cat <<'${end}'\n${text}${text.endsWith('\n') ? '' : '\n'}${end}`,
  }
}

export function assignment(name: string, value: Setting): string {
  if (value instanceof LateText) return `  ${name}=${sh`${value}`.text}`
  if (Array.isArray(value) && value.length === 0) return `  ${name}=()`
  if (Array.isArray(value)) return [`  ${name}=(`, ...value.map((item) => `    ${quote(String(item))}`), '  )'].join('\n')
  return `  ${name}=${quote(String(value))}`
}

export function stepFunctions(step: Step): { comment: string; name: string; body: string }[] {
  return [
    ...(step.when
      ? [{ comment: '', name: `${step.id}_when`, body: `  ${step.when.condition.text}${otherwise(step.when.otherwise)}` }]
      : []),
    ...(typeof step.dryRun === 'object' ? [{ comment: '', name: `${step.id}_unknown`, body: `  skip ${quote(step.dryRun.unknown)}` }] : []),
    ...(step.saves ? [{ comment: '', name: `${step.id}_saves`, body: `  ${step.saves.text}` }] : []),
    ...(step.pool?.lane ? [{ comment: '', name: `${step.id}_lane`, body: `  ${step.pool.lane.text}` }] : []),
    { comment: step.title, name: step.id, body: stepBody(step) },
  ]
}

const otherwise = (reason: string | undefined): string => (reason === undefined ? '' : ` || skip ${quote(reason)}`)

const stepBody = ({ body, capture }: Step): string =>
  capture ? `  {\n    ${body.text}\n  } >"$run_dir/work/${capture}"` : indent(body.text)

/** Two spaces before the first line only: a later one may be inside quotes, where white space counts. */
const indent = (text: string): string => `  ${text}`

/** The calls that make up the plan; those that stand together under the same condition do so here too. */
export function planLines(steps: readonly Step[]): string[] {
  return steps.flatMap((step, index) => {
    const [before, here, after] = [steps[index - 1], step, steps[index + 1]].map(plannedWhere)
    if (here === undefined) return [planLine(step)]
    return [...(before === here ? [] : [`  if ${here}; then`]), planLine(step, '    '), ...(after === here ? [] : ['  fi'])]
  })
}

/** The condition under which a step is planned, if there is one. */
function plannedWhere(step: Step | undefined): string | undefined {
  const conditions = [...(step?.only ? [`[[ $${step.only} == true ]]`] : []), ...(step?.planned ? [step.planned.text] : [])]
  return conditions.length === 0 ? undefined : conditions.join(' && ')
}

function planLine(step: Step, indent = '  '): string {
  const settings = [
    ...(step.retry ? [`retry=${step.retry}`] : []),
    ...(step.capture ? [`capture=${step.capture}`] : []),
    ...(typeof step.dryRun === 'string' ? [`dry_run=${step.dryRun}`] : []),
    ...(step.timeoutSeconds ? [`timeout=${step.timeoutSeconds}`] : []),
    ...(step.pool ? [`items=${step.pool.items}`, `jobs=${step.pool.jobs}`] : []),
  ]
  const line = [`${indent}step`, step.id, quote(step.title), step.kind].join(' ')
  // A title may speak of secrets; with an = after it, it would look like the assignment of one.
  const between = /password|secret|token/i.test(line) ? ` \\\n${indent}  ` : ' '
  return settings.length === 0 ? line : `${line}${between}${settings.join(' ')}`
}
