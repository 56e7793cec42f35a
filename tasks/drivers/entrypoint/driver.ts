import { z } from 'zod'
import { relativePath } from '../../engine/config/fields.ts'
import { LateText, parseLateText, type Variable } from '../../engine/config/late.ts'
import { type DriverInput, type DriverPlan, defineDriver } from '../../engine/plan/driver.ts'
import { type Shell, sh } from '../../engine/plan/shell.ts'
import { changes, reads } from '../../engine/plan/step.ts'

type Late = LateText | string | number | boolean | null | readonly Late[] | { readonly [key: string]: Late }

const value: z.ZodType<Late, unknown> = z.lazy(() =>
  z.union(
    [
      z
        .string()
        .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
        .transform(parseLateText),
      z.number(),
      z.boolean(),
      z.null(),
      z.array(value),
      z.record(z.string(), value),
    ],
    { error: 'must be text, a number, true, false, a list or a mapping' },
  ),
)

const config = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and "_", starting with no digit'), value)
  .superRefine((entries, context) => {
    const seen = new Set<string>()
    for (const key of Object.keys(entries)) {
      const name = key.toUpperCase()
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [key], message: `must not share SYNC_CONFIG_${name} with another key` })
      seen.add(name)
    }
  })
  // `config:` with nothing but comments below it is null.
  .nullable()
  .default(null)
  .transform((entries) => entries ?? {})

const fields = {
  entrypoint: relativePath.describe("The user's script, in any language."),
  inputs: z.array(relativePath).default([]).describe('What is sent; unchanged inputs with unchanged outputs mean nothing to do.'),
  supports_dry_run: z.boolean().default(false).describe('It looks at SYNC_DRY_RUN and changes nothing then.'),
  timeout: z.int().min(1).max(604_800).default(3600).describe('Seconds.'),
}

type Input = DriverInput<z.output<typeof config>, z.output<z.ZodObject<typeof fields>>>

/** How a script is started: by its first line, else by its name; nothing for a program of its own. */
function interpreterOf(path: string, text: string | undefined): string[] {
  const shebang = /^#!\s*(\S+)([^\n\r]*)/.exec(text ?? '')
  const words = shebang ? [shebang[1] ?? '', ...(shebang[2] ?? '').trim().split(/\s+/)].filter((word) => word !== '') : []
  if (words[0]?.endsWith('/env')) return words.slice(1).filter((word, index) => !(index === 0 && word === '-S'))
  if (words.length > 0) return [(words[0] ?? '').replace(/^.*\//, ''), ...words.slice(1)]
  const byName: Readonly<Record<string, string>> = {
    sh: 'bash',
    bash: 'bash',
    py: 'python3',
    js: 'node',
    mjs: 'node',
    rb: 'ruby',
    pl: 'perl',
  }
  const name = byName[/\.(\w+)$/.exec(path)?.[1] ?? '']
  return name === undefined ? [] : [name]
}

const PACKAGES: Readonly<Record<string, string>> = { node: 'nodejs', python: 'python-is-python3', sh: 'dash' }

/** The config as bash that exports it: SYNC_CONFIG as JSON, and each scalar by its name. */
function environment(entries: z.output<typeof config>): Shell[] {
  const lines: Shell[] = []
  const json = (item: Late): (string | Variable)[] => {
    if (item instanceof LateText) {
      const name = `sync_value_${lines.length + 1}`
      lines.push(sh`json_string ${name} ${item}`)
      return [{ name, ours: true }]
    }
    if (Array.isArray(item)) return ['[', ...item.flatMap((each, index) => [index > 0 ? ',' : '', ...json(each)]), ']']
    if (typeof item !== 'object' || item === null) return [JSON.stringify(item)]
    const members = Object.entries(item).flatMap(([key, each], index) => [`${index > 0 ? ',' : ''}${JSON.stringify(key)}:`, ...json(each)])
    return ['{', ...members, '}']
  }
  const parts = json(entries)
  const whole = lines.length > 0 ? new LateText(parts) : parts.join('')
  const scalars = Object.entries(entries).flatMap(([key, item]) =>
    typeof item === 'object' && item !== null && !(item instanceof LateText)
      ? []
      : [sh`export_setting ${key.toUpperCase()} ${item instanceof LateText ? item : String(item ?? '')}`],
  )
  return [...lines, sh`export SYNC_CONFIG=${whole}`, ...scalars]
}

function plan({ config, fields, target }: Input): DriverPlan {
  const { entrypoint, inputs, supports_dry_run, timeout } = fields
  const interpreter = interpreterOf(entrypoint, target.script)
  const carried = target.script !== undefined && /^(ba|da|k|z)?sh$/.test(interpreter[0] ?? '')
  const changed = { condition: sh`inputs_moved`, otherwise: 'inputs and outputs are as after the last run' }
  const program = interpreter[0]
  return {
    settings: { entrypoint, interpreter, declared_inputs: inputs, declared_outputs: target.outputs },
    prepare: [...environment(config), sh`check_entrypoint`],
    programs: program === undefined || program === 'bash' ? [] : [{ name: program, package: PACKAGES[program] ?? program }],
    texts: carried ? { entrypoint_text: target.script ?? '' } : {},
    outputs: target.outputs,
    blindDryRun: inputs.length === 0,
    steps: [
      ...(inputs.length > 0 ? [reads('look_at_inputs', 'Compare the inputs with the last run', sh`compare_inputs`)] : []),
      changes('entrypoint', `Run ${entrypoint}`, sh`run_entrypoint`, {
        ...(inputs.length > 0 && { when: changed }),
        saves: sh`list_saved_outputs`,
        timeoutSeconds: timeout,
        ...(supports_dry_run
          ? { dryRun: 'runs' }
          : inputs.length === 0 && {
              dryRun: { unknown: `${entrypoint} has no dry-run mode, so nothing is known (supports_dry_run: true if it has one)` },
            }),
      }),
    ],
    last: inputs.length > 0 ? [changes('remember', 'Remember the inputs', sh`remember_inputs`, { when: changed, saves: undefined })] : [],
  }
}

export default defineDriver({
  name: 'entrypoint',
  summary: ({ entrypoint }) => `Run ${String(entrypoint)}`,
  reads: ({ entrypoint }) => String(entrypoint),
  unnamed: true,
  fields,
  config,
  programs: [],
  parameters: [],
  undos: ['undo_entrypoint'],
  conflicts: ['stop'],
  verbs: { pull: plan, push: plan, bidirectional: plan },
})
