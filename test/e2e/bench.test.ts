import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { home } from '../sameness/forms.ts'

const scripts = readdirSync(`${home}test/bench`).filter((name) => name !== 'lib.sh')

/** What it must print, where it would swallow what went wrong. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  'secrets.sh': /^found of ([1-9]\d*) planted, [1-9]\d* look-alikes: \1, 0$/m,
  'notion.sh': /^100 rows, 10 changed +\| +11 \|/m,
}

describe('each bench, on a tiny size', () => {
  it.each(scripts)('%s runs', { timeout: 600_000 }, (name) => {
    const { status, stdout, stderr } = spawnSync('bash', [`${home}test/bench/${name}`], {
      encoding: 'utf8',
      env: { ...process.env, BENCH_SIZE: 'tiny' },
    })
    expect(stderr).not.toMatch(/command not found|No such file/)
    expect({ status, stdout: PRINTED[name]?.test(stdout) ?? true }).toEqual({ status: 0, stdout: true })
  })
})
