import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Verb } from '../../../tasks/engine/plan/verb.ts'
import { renderMan } from '../../../tasks/engine/render/man.ts'
import { verbs } from '../../../tasks/verbs.ts'

const page = renderMan(verbs, '1.2.3')
const odd: Verb = {
  name: 'odd',
  summary: '',
  usage: ['"x" \\y'],
  about: ".TH of 'no' macro\n'quoted\nC:\\n is a path",
  options: [{ name: 'a-b', value: 'X', help: '.hidden -- "dash"' }],
  program: { kind: 'offered' },
}
const hasGroff = spawnSync('groff', ['--version']).status === 0

/** What a reader sees, and what groff has to say of the page. */
function shown(text: string): { page: string; said: string } {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-k', '-Tutf8', '-P-cbou', '-rLL=200n'], { input: text, encoding: 'utf8' })
  return { page: stdout, said: stderr }
}

describe('the page of the manual', () => {
  it('has the parts that man looks for, and each verb with its options', () => {
    expect(page).toMatch(/^\.TH LOCKSTEP 1 "" "Lockstep 1\.2\.3"\n\.SH NAME\nlockstep \\- /)
    for (const { name, options } of verbs) {
      const [part = ''] = page.split(`\n.SS "${name}"\n`)[1]?.split(/\n\.S[SH]/) ?? []
      for (const option of options) expect(part).toContain(`.B "\\-\\-${option.name.replaceAll('-', '\\-')}`)
    }
  })

  it('has no line that is taken for a macro and is none', () => {
    const lines = renderMan([...verbs, odd], '1').split('\n')
    expect(lines.filter((line) => /^[.']/.test(line) && !/^\.(TH|SH|SS|PP|TP|B|I|br|nf|fi)( |$)/.test(line))).toEqual([])
    expect(lines).toContain("\\&.TH of 'no' macro")
  })

  it.runIf(hasGroff)('is read by groff without a word, as it is meant', () => {
    const { page: text, said } = shown(renderMan([...verbs, odd], '1'))
    expect(said).toBe('')
    expect(text).toContain('lockstep odd "x" \\y')
    expect(text).toContain(`.TH of 'no' macro 'quoted C:\\n is a path`)
    expect(text).toMatch(/--a-b X\n +\.hidden -- "dash"/)
    expect(text).toMatch(/^ +--profile NAME$/m)
  })
})
