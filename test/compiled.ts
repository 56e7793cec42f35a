import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TestProject } from 'vitest/node'
import { compile } from '../scripts/compile.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the verbs, compiled: VERB.mjs. */
    readonly tasks: string
  }
}

const tasks = fileURLToPath(new URL('../tasks', import.meta.url))

/** Compiles the verbs once for all tests: tsx does it again for each of thousands of runs, which takes longer than most of them. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-tasks-'))
  // A verb is what Node is started with.
  const placeOf = (path: string): string => (dirname(path) === tasks ? join(folder, `${basename(path, '.ts')}.mjs`) : path)
  await compile(folder, (path) => JSON.stringify(pathToFileURL(placeOf(path))), {
    entryPoints: [join(tasks, '*.ts')],
    banner: { js: "import { createRequire as requireFrom } from 'node:module'\nvar require = requireFrom(import.meta.url)" },
  })
  project.provide('tasks', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
