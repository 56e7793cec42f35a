import { runVerb } from './engine/run/root.ts'

await runVerb(async () => {
  const words = process.argv.slice(2)
  if (words.includes('--help') || words.includes('-h')) {
    const { backupHelp } = await import('./engine/plan/options.ts')
    process.stdout.write(`${backupHelp('npx tsx tasks/backup.ts')}\n`)
    return 0
  }
  const { drivers } = await import('./drivers/index.ts')
  const { loadPrograms } = await import('./engine/run/programs.ts')
  const { rooted, programs } = await loadPrograms(drivers, words, ['backup.sh'])
  const { runProgram } = await import('./engine/run/program.ts')
  return runProgram(programs, 'backup.sh', rooted, { asks: true })
})
