import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WORKFLOW_FILE } from '../../tasks/engine/render/workflow.ts'
import { goodPlus } from '../unit/example.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const scheduled = goodPlus('schedule: "0 2 * * *"')

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-generate-'))
  mkdirSync(join(root, '.insightpulse'))
})
afterEach(() => rmSync(root, { recursive: true }))

const configure = (text: string): void => writeFileSync(join(root, '.insightpulse/sync.yaml'), text)
const workflow = (): string => join(root, WORKFLOW_FILE)
function generate(...words: string[]): { status: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync('node', ['--import', 'tsx', 'tasks/generate.ts', '--root', root, ...words], {
    cwd: home,
    encoding: 'utf8',
  })
  return { status, printed: stdout + stderr }
}

describe('generate', () => {
  it('writes the workflow for any root, without the check that needs the generator', () => {
    configure(scheduled)
    expect(generate().status).toBe(0)
    expect(readFileSync(workflow(), 'utf8')).toContain('  sync-demo:\n')
    expect(readFileSync(workflow(), 'utf8')).not.toContain('--check')
    expect(existsSync(join(root, 'generated/due.sh'))).toBe(true)
    expect(generate('--check').status).toBe(0)
  })

  it('refuses a workflow that was edited, unless forced, and --check sees it', () => {
    configure(scheduled)
    generate()
    appendFileSync(workflow(), '# mine\n')
    expect(generate('--check')).toMatchObject({ status: 8, printed: expect.stringContaining(`${WORKFLOW_FILE}: not as it would be`) })
    expect(generate()).toMatchObject({ status: 2, printed: expect.stringContaining(`${WORKFLOW_FILE}: edited by hand`) })
    expect(readFileSync(workflow(), 'utf8')).toContain('# mine')
    expect(generate('--force').status).toBe(0)
    expect(readFileSync(workflow(), 'utf8')).not.toContain('# mine')
  })

  it('makes a program that lost its mode one that can be run again, and --check sees it', () => {
    configure(scheduled)
    generate()
    chmodSync(join(root, 'generated/sync.sh'), 0o644)
    expect(generate('--check')).toMatchObject({ status: 8, printed: expect.stringContaining('generated/sync.sh: not as it would be') })
    expect(generate().status).toBe(0)
    expect(statSync(join(root, 'generated/sync.sh')).mode & 0o777).toBe(0o755)
  })

  it('refuses to overwrite the workflow of somebody, and never removes it', () => {
    mkdirSync(join(root, '.github/workflows'), { recursive: true })
    writeFileSync(workflow(), 'name: mine\n')
    configure(scheduled)
    expect(generate().status).toBe(2)
    configure(`${scheduled}workflow: { enabled: false }\n`)
    expect(generate().status).toBe(0)
    expect(readFileSync(workflow(), 'utf8')).toBe('name: mine\n')
  })

  it('removes the workflow when it is not asked for any more', () => {
    configure(scheduled)
    generate()
    configure(`${scheduled}workflow: { enabled: false }\n`)
    expect(generate('--check')).toMatchObject({ status: 8, printed: expect.stringContaining(`${WORKFLOW_FILE}: not asked for any more`) })
    expect(generate().status).toBe(0)
    expect(existsSync(workflow())).toBe(false)
    expect(existsSync(join(root, 'generated/due.sh'))).toBe(false)
  })

  it('writes nothing when GitHub cannot do it', () => {
    configure(goodPlus('schedule: "* * * * *"'))
    expect(generate()).toMatchObject({ status: 2, printed: expect.stringContaining("GitHub's shortest interval is 5 minutes") })
    expect(existsSync(join(root, 'generated'))).toBe(false)
  })
})
