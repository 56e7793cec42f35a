// Compiles the verbs to JavaScript: for the package (`npm pack` and `npm install` from Git run this file) and for tests.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { renderMan } from '../tasks/engine/render/man.ts'
import { ownVersion } from '../tasks/engine/run/sources.ts'
import { verbs } from '../tasks/verbs.ts'

const home = fileURLToPath(new URL('..', import.meta.url))

/** Each file still knows where it stood: `addressOf` gives the expression that takes the place of its import.meta.url. */
const inPlace = (addressOf: (path: string) => string): Plugin => ({
  name: 'in-place',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]tasks[\\/].*\.ts$/ }, ({ path }) => {
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', addressOf(path)), loader: 'ts' }
    })
  },
})

/** Compiles files of tasks/ into a folder, as modules that share what is common. */
export async function compile(outdir: string, addressOf: (path: string) => string, options: BuildOptions): Promise<void> {
  await build({
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [inPlace(addressOf)],
    minifyWhitespace: true,
    logLevel: 'warning',
    ...options,
  })
}

/** dist/ of the package: the command, what a driver of the user's own imports, and the page of the manual. */
async function compilePackage(): Promise<void> {
  rmSync(join(home, 'dist'), { recursive: true, force: true })
  await compile(join(home, 'dist'), (path) => `new URL(${JSON.stringify(`../${relative(home, path)}`)}, import.meta.url).href`, {
    entryPoints: { lockstep: join(home, 'tasks/lockstep.ts'), drivers: join(home, 'tasks/drivers/lockstep.ts') },
    packages: 'external',
  })
  writeFileSync(join(home, 'dist/lockstep.1'), renderMan(verbs, ownVersion()))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compilePackage()
