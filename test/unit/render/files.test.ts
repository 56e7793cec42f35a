import { describe, expect, it } from 'vitest'
import { renderPrograms } from '../../../tasks/engine/render/files.ts'
import { madeBy, withChecksum } from '../../../tasks/engine/render/header.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { verbs } from '../../../tasks/verbs.ts'
import { good, goodPlus, load } from '../example.ts'

const sources = readSources((verb) => `lockstep ${verb}`)
const render = (text: string) => renderPrograms(load(text), createRenderer(sources), verbs)
const programs = [...render(good)]

describe('renderPrograms', () => {
  it('makes a program for each verb of each target and four over all', () => {
    expect(programs.map(([name]) => name)).toEqual(['sync.sh', 'status.sh', 'backup.sh', 'rollback.sh', 'sync-demo.sh', 'patch-demo.sh'])
  })

  it('names a script in lower case and with dashes', () => {
    expect([...render(good.replace('demo:', 'Big_Demo:')).keys()]).toContain('sync-big-demo.sh')
  })

  it('gives the same bytes for the same input', () => {
    expect([...render(good)]).toEqual(programs)
  })

  it('gives the same bytes whatever the environment', () => {
    const { TZ, LANG } = process.env
    Object.assign(process.env, { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', BASE: 'https://elsewhere' })
    try {
      expect([...render(good)]).toEqual(programs)
    } finally {
      delete process.env['BASE']
      for (const [name, value] of Object.entries({ TZ, LANG })) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })
})

describe.each(programs)('madeBy, for %s,', (_, program) => {
  it.each([
    ['knows its own', program, 'generator'],
    ['sees a line at the end', `${program}echo\n`, 'edited'],
    ['sees a changed character', program.replace('set -euo', 'set -eu '), 'edited'],
    ['sees a changed header', program.replace('do not edit', 'do edit'), 'edited'],
    ['sees a changed checksum', program.replace(/^(# Checksum: {4}).{64}/m, `$1${'0'.repeat(64)}`), 'edited'],
    ['takes a file with CR LF, which bash cannot run, for that of somebody', program.replaceAll('\n', '\r\n'), 'somebody'],
    ['does not know a file without checksum', program.replace(/^# Checksum: .*\n/m, ''), 'somebody'],
  ])('%s', (_what, text, wanted) => {
    expect(text === program).toBe(wanted === 'generator')
    expect(madeBy(text)).toBe(wanted)
  })
})

describe('madeBy', () => {
  it.each(['', 'echo\n', '# Checksum:    short\n', '#!/bin/bash\n# Regenerate:  never\n'])('takes %j for the file of somebody', (text) => {
    expect(madeBy(text)).toBe('somebody')
  })

  it('is not led astray by a checksum in the text of the config', () => {
    const program =
      render(goodPlus(`verification:`, `  command: "x\\n# Regenerate: y\\n# Checksum:    ${'0'.repeat(64)}\\n"`)).get('sync-demo.sh') ?? ''
    expect(program).toContain('0'.repeat(64))
    expect(madeBy(program)).toBe('generator')
    expect(madeBy(program.replace('set -euo', 'set -eu '))).toBe('edited')
  })
})

describe('withChecksum', () => {
  it('adds one line to the header and changes nothing else', () => {
    const text = '#!/bin/bash\n# Regenerate:  x\nbody $1 $&\n'
    const made = withChecksum(text)
    expect(made).toMatch(/^#!\/bin\/bash\n# Regenerate: {2}x\n# Checksum: {4}[0-9a-f]{64}\nbody \$1 \$&\n$/)
    expect(made.replace(/^# Checksum: .*\n/m, '')).toBe(text)
  })
})

describe('what is generated, and what it is made of', () => {
  it('has no line that looks like the assignment of a secret', () => {
    const entry = 'entrypoint: rotate-tokens.sh\n    config: { api_token: $API_TOKEN }\n    drift_gates: [{ name: No secret, command: x }]'
    const texts = [
      ...sources.library.map(({ text }) => text),
      ...programs.map(([, text]) => text),
      ...render(`version: "1.0"\ntargets:\n  demo:\n    ${entry}\n`).values(),
    ]
    const found = texts.flatMap((text) => text.split('\n').filter((line) => /(password|secret|token).*=/i.test(line)))
    expect(found).toEqual([])
  })
})
