import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { findRoot, runVerb } from './engine/run/root.ts'

const HELP = `Usage: npx tsx tasks/generate.ts [options]

Write the scripts of generated/ and the workflow from .insightpulse/sync.yaml.

Options:
  --check            write nothing; exit 8 if a file is not as it would be written
  --force            overwrite files that were edited by hand
  --standalone NAME  write nothing; print the program of that target, or sync, status, backup or rollback, as one file
  --root DIR         the folder to work in (default: the nearest with .insightpulse)
  --help             show this`

const OPTIONS = {
  check: { type: 'boolean' },
  force: { type: 'boolean' },
  standalone: { type: 'string' },
  root: { type: 'string' },
  help: { type: 'boolean' },
} as const

await runVerb(async () => {
  const words = process.argv.slice(2)
  const { ConfigError } = await import('./engine/config/problem.ts')
  const { didYouMean } = await import('./engine/nearest.ts')
  const { values, tokens } = parseArgs({ args: words, options: OPTIONS, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    const [name, word] = token.kind === 'option' ? [token.name, token.rawName] : ['', token.value]
    const type = Object.entries(OPTIONS).find(([known]) => known === name)?.[1].type
    const known = Object.keys(OPTIONS).map((each) => `--${each}`)
    if (type === undefined) throw new ConfigError(`generate: unknown option ${word}${didYouMean(word, known)}; --help lists the options`)
    if ((type === 'string') !== (token.value !== undefined)) {
      throw new ConfigError(`generate: ${word} ${type === 'string' ? 'needs a value' : 'takes no value'}`)
    }
  }
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const [
    { drivers },
    { readConfig, readWarnings },
    { syncSchema },
    { createRenderer },
    { renderAliases, renderPrograms, standalone, madeBy },
    { readSources },
    { z },
    { WORKFLOW_FILE, workflowFiles },
    { meetings },
  ] = await Promise.all([
    import('./drivers/index.ts'),
    import('./engine/run/config-file.ts'),
    import('./engine/config/schema.ts'),
    import('./engine/render/program.ts'),
    import('./engine/render/files.ts'),
    import('./engine/run/sources.ts'),
    import('zod'),
    import('./engine/render/workflow.ts'),
    import('./engine/plan/meeting.ts'),
  ])
  const root = findRoot(words)
  const wanted = new Map<string, string>()
  const config = readConfig(root, drivers)
  const unusable = config.targets.flatMap((target) => target.unusable ?? [])
  if (unusable.length > 0) throw new ConfigError(unusable.join('\n'))
  const warnings = readWarnings(root, config)
  if (warnings !== '') process.stderr.write(`${warnings}\n`)
  if (typeof values.standalone === 'string') {
    process.stdout.write(standalone(config, createRenderer(readSources()), values.standalone))
    return 0
  }
  const renderer = createRenderer(readSources(), config.runtime)
  for (const [name, text] of [...renderPrograms(config, renderer), ...renderAliases(config, renderer)])
    wanted.set(`generated/${name}`, text)
  for (const [path, text] of workflowFiles(config, renderer, existsSync(`${root}/tasks/generate.ts`))) wanted.set(path, text)
  const schema = z.toJSONSchema(syncSchema(drivers), { io: 'input', unrepresentable: 'any' })
  wanted.set('.insightpulse/sync.schema.json', `${JSON.stringify(schema, null, 2)}\n`)

  const read = (path: string): string | undefined => (existsSync(`${root}/${path}`) ? readFileSync(`${root}/${path}`, 'utf8') : undefined)
  const list = (folder: string): string[] =>
    (existsSync(`${root}/${folder}`) ? readdirSync(`${root}/${folder}`) : []).map((name) => `${folder}/${name}`)
  const present = [
    ...list('generated').filter((path) => path.endsWith('.sh')),
    ...list('generated/bin'),
    ...list('generated/lib'),
    WORKFLOW_FILE,
  ]
  const stale = present.filter((path) => !wanted.has(path) && madeBy(read(path) ?? '') !== 'somebody')
  const different = [...wanted].filter(([path, text]) => read(path) !== text || !hasRightMode(path)).map(([path]) => path)
  if (values.check) {
    for (const path of different)
      process.stderr.write(`${path}: ${read(path) === undefined ? 'missing' : 'differs from what sync.yaml gives'}\n`)
    for (const path of stale) process.stderr.write(`${path}: no longer in sync.yaml\n`)
    if (different.length + stale.length === 0) return 0
    process.stderr.write('generate --check: out of date: run npx tsx tasks/generate.ts, and commit\n')
    return 8
  }
  const edited = [...different, ...stale].filter(
    (path) => !path.endsWith('.json') && !['generator', undefined].includes(stateOf(read(path))),
  )
  if (edited.length > 0 && !values.force) {
    throw new ConfigError(
      `${edited.join(', ')}: edited by hand; keep the change in sync.yaml or scripts/, or overwrite with --force. Nothing was written.`,
    )
  }
  for (const path of wanted.keys()) mkdirSync(dirname(`${root}/${path}`), { recursive: true })
  for (const path of different) {
    writeFileSync(`${root}/${path}`, wanted.get(path) ?? '')
    if (!hasRightMode(path)) chmodSync(`${root}/${path}`, 0o755)
  }
  for (const path of stale) rmSync(`${root}/${path}`)
  for (const { targets: pair, patterns } of meetings(config.targets)) {
    process.stdout.write(`${pair.join(' and ')} can write the same files (${patterns.join(', ')}): they never run at the same time\n`)
  }
  process.stdout.write(`generated: ${different.length} written, ${stale.length} removed, ${wanted.size - different.length} current\n`)
  return 0

  /** Programs may be run by their owner. */
  function hasRightMode(path: string): boolean {
    return !path.startsWith('generated/') || (statSync(`${root}/${path}`).mode & 0o100) !== 0
  }

  function stateOf(text: string | undefined) {
    return text === undefined ? undefined : madeBy(text)
  }
})
