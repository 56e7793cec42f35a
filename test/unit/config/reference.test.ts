import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Target } from '../../../tasks/engine/config/schema.ts'
import { planTarget } from '../../../tasks/engine/plan/plan.ts'
import { load } from '../example.ts'

const folder = fileURLToPath(new URL('../../fixtures/reference/', import.meta.url))
const names = readdirSync(folder).map((name) => name.replace('.yaml', ''))
const read = (name: string): string => readFileSync(`${folder}${name}.yaml`, 'utf8')
const indented = (text: string, by: string): string => text.replace(/^(?=.)/gm, by)
const target = '  demo:\n    entrypoint: demo.sh\n    direction: pull\n'
const PHASES: Readonly<Record<string, 'pre_sync_checks' | 'post_sync_checks' | 'drift_gates'>> = {
  'gate-git-clean': 'pre_sync_checks',
  'gate-no-secrets-in-repo': 'pre_sync_checks',
  'gate-valid-json-yaml-outputs': 'post_sync_checks',
  'gate-python-compileall': 'post_sync_checks',
  'gate-claude-config-drift': 'drift_gates',
  'gate-oca-module-count': 'drift_gates',
}

/** An example of the reference in its place in a whole file; what stands in it is unchanged. */
function whole(name: string): string {
  const text = read(name)
  const head = 'version: "1.0"\n'
  if (name.startsWith('target-')) return `${head}targets:\n${indented(text, '  ')}`
  if (name.startsWith('verification-')) return `${head}targets:\n${target}${indented(text, '    ')}`
  return `${head}safety:\n  ${PHASES[name]}:\n${indented(text, '    ')}targets:\n${target}`
}

/** The structure that the reference shows, with something in each of its gaps. */
const structure = (): string =>
  read('structure')
    .replace('<target_name>', 'demo')
    .replace('<pull|push|bidirectional>', 'pull')
    .replace('cron expression', '0 2 * * *')
    .replaceAll('[...]', '[]')

const only = (text: string): Target => load(text).targets[0] as Target

describe('the examples of the reference', () => {
  it.each(names.filter((name) => name !== 'structure'))('%s loads and is planned', (name) => {
    const plan = planTarget(only(whole(name)))
    expect(plan.steps.map(({ id }) => id)).toContain('entrypoint')
  })

  it('the whole structure loads', () => {
    expect(only(structure())).toMatchObject({
      name: 'demo',
      git_commit: true,
      idempotent: true,
      inputs: ['glob/pattern/**'],
      verification: { expected_min: 100, expected_exit_code: 0 },
    })
  })

  it('there is one file for each', () => expect(names).toHaveLength(15))

  it('a gate is planned in its phase with its limits', () => {
    const gates = (name: string) => {
      const { steps } = planTarget(only(whole(name)))
      const texts = steps.map(({ id, body }) => ({ id, text: body.text.replace(/'[^']*'(\\'')?/g, 'TEXT') }))
      return [/^pre_sync_/, /^post_sync_/, /^(drift_|gates_of_all)/].map((phase) =>
        texts.filter(({ id }) => phase.test(id)).map(({ text }) => text),
      )
    }
    expect(gates('gate-no-secrets-in-repo')[0]?.[0]).toMatch(/ 1 TEXT TEXT TEXT$/)
    expect(gates('gate-claude-config-drift')).toEqual([
      [],
      [],
      ['run_gate drift TEXT scripts/sync-claude-configs.sh 0 0 TEXT TEXT', 'await_gates'],
    ])
    expect(gates('gate-oca-module-count')[2]?.[0]).toMatch(/ 0 TEXT 100 TEXT$/)
  })

  it('a bidirectional target can be sent either way, and its variables are needed', () => {
    const plan = planTarget(only(whole('target-claude-config')))
    expect(plan).toMatchObject({ directions: ['bidirectional', 'push', 'pull'], variables: ['HOME'] })
    expect(plan.prepare.map(({ text }) => text).join('\n')).toContain('export_setting AGENT_DIR "${HOME}/.claude/superclaude/agents"')
  })

  it('a script in another language needs its interpreter', () => {
    expect(planTarget(only(whole('target-skillsmith-catalog'))).programs).toEqual([{ name: 'python3', package: 'python3' }])
  })
})
