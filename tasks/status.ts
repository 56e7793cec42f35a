import { runVerb } from './engine/run/root.ts'

await runVerb(async () => {
  const words = process.argv.slice(2)
  if (words.includes('--help') || words.includes('-h')) {
    const { statusHelp } = await import('./engine/plan/options.ts')
    process.stdout.write(`${statusHelp('npx tsx tasks/status.ts')}\n`)
    return 0
  }
  const { drivers } = await import('./drivers/index.ts')
  const { loadPrograms, nextRuns } = await import('./engine/run/programs.ts')
  const { rooted, config, programs } = await loadPrograms(drivers, words)
  const { showProgram } = await import('./engine/run/program.ts')
  return showProgram(programs, 'status.sh', rooted, nextRuns(config))
})
