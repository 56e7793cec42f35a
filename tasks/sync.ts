import { runVerb } from './engine/run/root.ts'

await runVerb(async () => {
  const words = process.argv.slice(2)
  if (words.includes('--help') || words.includes('-h')) {
    const { syncHelp } = await import('./engine/plan/options.ts')
    process.stdout.write(`${syncHelp('npx tsx tasks/sync.ts')}\n`)
    return 0
  }
  const { drivers } = await import('./drivers/index.ts')
  const { loadPrograms, nextRuns } = await import('./engine/run/programs.ts')
  const listing = words.includes('--list')
  const { rooted, config, programs } = await loadPrograms(drivers, words, listing ? ['sync.sh'] : undefined)
  const { runProgram, showProgram } = await import('./engine/run/program.ts')
  if (listing) return showProgram(programs, 'sync.sh', rooted, nextRuns(config))
  const plain = ['--ci', '--json', '--quiet', '-q', '--verbose', '-v', '--events', '--jobs', '--version'].some((name) =>
    words.some((word) => word === name || word.startsWith(`${name}=`)),
  )
  if (plain || !process.stderr.isTTY || process.env['CI'] === 'true' || process.env['DEBUG'] === 'true') {
    return runProgram(programs, 'sync.sh', rooted)
  }
  const { drawEvents } = await import('./engine/run/view.ts')
  return runProgram(programs, 'sync.sh', [...rooted, '--events', 'fd:3'], { env: { LOCKSTEP_WATCHED: 'true' }, draw: drawEvents })
})
