import { readdirSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  execute,
  existsSync,
  forms,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  readFileSync,
  rmSync,
  run,
  scratch,
  writeFileSync,
} from './forms.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The text format of Prometheus, version 0.0.4, and nothing that it only tolerates: each sample after HELP and TYPE of its name. */
function parse(text: string): Sample[] {
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.slice(0, -1).split('\n')
  const samples: Sample[] = []
  const named: string[] = []
  for (let index = 0; index < lines.length; ) {
    const [, name = ''] = /^# HELP ([a-z_]+) \S[^\\]*$/.exec(lines[index++] ?? '') ?? []
    expect(name, lines[index - 1]).toMatch(/^lockstep_/)
    expect(named).not.toContain(name)
    named.push(name)
    expect(lines[index++]).toBe(`# TYPE ${name} gauge`)
    for (; index < lines.length && !lines[index]?.startsWith('#'); index++) {
      const [, own, inner = '', value] = /^([a-z_]+)\{(.*)\} (\d+(?:\.\d+)?)$/.exec(lines[index] ?? '') ?? []
      expect(own, lines[index]).toBe(name)
      const pairs = inner.match(/[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"/g) ?? []
      expect(pairs.join(',')).toBe(inner)
      const labels = pairs.map((pair): [string, string] => {
        const at = pair.indexOf('=')
        return [pair.slice(0, at), pair.slice(at + 2, -1).replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char))]
      })
      samples.push({ name, labels: Object.fromEntries(labels), value: Number(value) })
    }
  }
  return samples
}

let root: string
beforeEach(async () => {
  root = join(scratch(), 'a "root\\\n& more')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(
    join(root, 'scripts/job.sh'),
    'mkdir -p "$SYNC_TARGET"; date +%N >"$SYNC_TARGET/a"; date +%N >"$SYNC_TARGET/b"; [ ! -e fails ]\n',
  )
  mkdirSync(join(root, 'prom'))
  await makeRoot(
    root,
    `version: "1.0"
metrics: prom/lockstep.prom
targets:
  one: { direction: pull, entrypoint: scripts/job.sh, outputs: ["one/**"] }
  two: { direction: pull, entrypoint: scripts/job.sh, outputs: ["two/**"], depends_on: [one] }
`,
  )
})
afterEach(() => execute('rm', ['-rf', join(root, '..')]))

const file = () => join(root, 'prom/lockstep.prom')
const now = () => Math.floor(Date.now() / 1000)
/** NAME TARGET VALUE of what is there. */
const values = () =>
  Object.fromEntries(
    parse(readFileSync(file(), 'utf8')).map(({ name, labels, value }) => {
      expect(labels).toEqual({ root, target: labels['target'] })
      return [`${name.replace('lockstep_', '')} ${labels['target']}`, value]
    }),
  )

describe.each(forms)('the metrics of runs (%s)', (form) => {
  it('tell of each target how and when it last ran, and when well', async () => {
    const begun = now()
    expect((await run(form, root, ['--dry-run'])).code).toBe(0)
    expect(existsSync(file())).toBe(false)
    expect((await run(form, root, [])).code).toBe(0)
    const first = values()
    expect(Object.keys(first)).toHaveLength(10)
    for (const target of ['one', 'two']) {
      expect(first).toMatchObject({ [`exit_code ${target}`]: 0, [`changed_outputs ${target}`]: 2 })
      expect(first[`last_run_timestamp_seconds ${target}`]).toBeGreaterThanOrEqual(begun)
      expect(first[`last_success_timestamp_seconds ${target}`]).toBe(first[`last_run_timestamp_seconds ${target}`])
      expect(first[`duration_seconds ${target}`]).toBeGreaterThan(0)
    }
    expect((statSync(file()).mode & 0o777).toString(8)).toBe('644')
    expect(readdirSync(join(root, 'prom'))).toEqual(['lockstep.prom'])
    writeFileSync(join(root, 'fails'), '')
    expect((await run(form, root, [])).code).toBe(1)
    const next = values()
    expect(next).toMatchObject({ 'exit_code one': 1, 'changed_outputs one': 0, 'exit_code two': 0 })
    expect(next['last_success_timestamp_seconds one']).toBe(first['last_success_timestamp_seconds one'])
    expect(next['last_run_timestamp_seconds two']).toBe(first['last_run_timestamp_seconds two'])
    expect(leftovers(root, 'metrics')).toEqual([])
  })

  it('a file that cannot be written is said, and fails no run', async () => {
    rmSync(join(root, 'prom'), { recursive: true })
    const { code, stderr } = await run(form, root, ['one'])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('one: the metrics cannot be written to prom/lockstep.prom'),
    })
    mkdirSync(file(), { recursive: true })
    expect((await run(form, root, ['one'])).stderr).toContain('one: the metrics cannot be written to')
    expect(readdirSync(join(root, 'prom'))).toEqual(['lockstep.prom'])
  })
})
