import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the verbs, compiled: VERB.mjs. */
    readonly tasks: string
  }
}

const home = fileURLToPath(new URL('..', import.meta.url))

/** Each file still knows where it stands; a verb, what it became, which is what Node is started with. */
const inPlace = (folder: string): Plugin => ({
  name: 'in-place',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]tasks[\\/].*\.ts$/ }, ({ path }) => {
      const place = dirname(path) === join(home, 'tasks') ? join(folder, `${basename(path, '.ts')}.mjs`) : path
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(place).href)), loader: 'ts' }
    })
  },
})

/** Compiles the verbs once for all tests: tsx does it again for each of thousands of runs, which takes longer than most of them. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-tasks-'))
  await build({
    entryPoints: [join(home, 'tasks/*.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import { createRequire as requireFrom } from 'node:module'\nvar require = requireFrom(import.meta.url)" },
    plugins: [inPlace(folder)],
    minifyWhitespace: true,
    logLevel: 'warning',
  })
  project.provide('tasks', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
