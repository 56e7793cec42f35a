import { nextRun } from '../config/cron.ts'
import type { Config } from '../config/schema.ts'
import type { Driver } from '../plan/driver.ts'
import { renderPrograms } from '../render/files.ts'
import { createRenderer } from '../render/program.ts'
import { readConfig } from './config-file.ts'
import { findRoot, optionValue } from './root.ts'
import { readSources } from './sources.ts'

/** The config of the root that `words` name, its programs by file name, or only those asked for, and the words that say which root. */
export function loadPrograms(drivers: readonly Driver[], words: readonly string[], names?: readonly string[]) {
  const root = findRoot(words)
  const config = readConfig(root, drivers)
  const rooted = optionValue(words, 'root') === undefined ? ['--root', root, ...words] : words
  return { rooted, config, programs: renderPrograms(config, createRenderer(readSources(), config.runtime), names) }
}

/** The next run of each target with a schedule, for a program to show: bash knows no cron. */
export function nextRuns(config: Config): Record<string, string> {
  const now = new Date()
  const runs = config.targets.flatMap(({ name, schedule, timezone }) =>
    schedule === undefined ? [] : [`${name}=${nextRun(schedule, timezone, now).toISOString().slice(0, 16)}Z`],
  )
  return { LOCKSTEP_NEXT_RUNS: runs.join(' ') }
}
