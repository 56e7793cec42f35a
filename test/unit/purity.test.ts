import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import glob from 'fast-glob'
import { describe, expect, it } from 'vitest'

const home = fileURLToPath(new URL('../..', import.meta.url))
const PURE = /^tasks\/(engine\/(config|plan|render|takeover)\/|engine\/(nearest|sha256)\.ts$|drivers\/)/
const PACKAGES = ['cron-parser', 'handlebars', 'yaml', 'zod']
const files = glob
  .sync('tasks/{engine/{config,plan,render,takeover},drivers}/**/*.ts', { cwd: home })
  .concat('tasks/engine/nearest.ts')
  .sort()

const read = (file: string): string => readFileSync(join(home, file), 'utf8')
const imports = (file: string): string[] =>
  [...read(file).matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '')

describe('the pure parts', () => {
  it('are found', () => {
    expect(files).toEqual(
      expect.arrayContaining(['tasks/engine/config/load.ts', 'tasks/engine/plan/plan.ts', 'tasks/engine/render/files.ts']),
    )
    expect(imports('tasks/engine/sha256.ts')).toEqual(['node:crypto'])
  })

  it.each(files)('%s imports nothing that touches the world', (file) => {
    for (const name of imports(file)) {
      if (!name.startsWith('.')) {
        expect(PACKAGES).toContain(name)
        continue
      }
      const other = join(dirname(file), name)
      expect(existsSync(join(home, other)), other).toBe(true)
      expect(other).toMatch(PURE)
    }
  })

  it.each(files)('%s asks for no time, no chance, no environment', (file) => {
    expect(read(file)).not.toMatch(/\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brequire\(|\bglobalThis\b/)
  })
})
