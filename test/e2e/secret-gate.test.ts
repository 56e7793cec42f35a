import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { execute, existsSync, forms, join, makeRoot, mkdirSync, readFileSync, run, scratch, writeFileSync } from '../sameness/forms.ts'

// In two pieces, so that nobody's scanner takes it for a real one.
const planted = `ghp_${'8HlrwYMfvea9lkxwkkMxzwwM5hpA6eEfujfo'}`

const config = `version: "1.0"
safety: { secret_patterns: [PIGEON_NUMBER] }
targets:
  notes:
    direction: pull
    entrypoint: scripts/notes.sh
    git_commit: true
    outputs: [notes/**]
`

describe.each(forms)('secrets in what a pull is about to commit, %s', (form) => {
  let folder: string
  let root: string
  const git = (...words: string[]): string => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).trim()
  const brings = async (line: string): Promise<void> => {
    mkdirSync(join(root, 'scripts'), { recursive: true })
    writeFileSync(
      join(root, 'scripts/notes.sh'),
      `#!/usr/bin/env bash\nset -euo pipefail\nmkdir -p notes\nprintf '%s\\n' one '${line}' >notes/a.env\n`,
    )
    await makeRoot(root, config)
    git('add', '-A')
    git('commit', '-qm', 'the script')
  }
  beforeEach(async () => {
    folder = scratch()
    root = join(folder, 'root')
    mkdirSync(root)
    execFileSync('git', ['init', '-q', root])
    git('config', 'user.name', 'A')
    git('config', 'user.email', 'a@example.org')
    writeFileSync(join(root, '.gitignore'), '.insightpulse/*\n!.insightpulse/sync.yaml\nnotes/ignored\n')
  })
  afterEach(() => execute('rm', ['-rf', folder]))

  it.each([
    ['a known shape', `url ${planted}`, 'github'],
    ['a name of the config', 'PIGEON_NUMBER=8f3Kq0Zt5wXy', 'PIGEON_NUMBER'],
  ])('%s stops it: nothing is committed, everything is put back, the value is masked', async (_what, line, named) => {
    await brings(line)
    const head = git('rev-parse', 'HEAD')
    const outcome = await run(form, root, [])
    expect(outcome.code).toBe(5)
    expect(outcome.stderr).toContain(`notes/a.env:2: `)
    expect(outcome.stderr).toContain(named)
    expect(outcome.stderr).not.toContain(planted)
    expect(outcome.stderr).not.toContain('8f3Kq0Zt5wXy')
    expect(existsSync(join(root, 'notes'))).toBe(false)
    expect(git('rev-parse', 'HEAD')).toBe(head)
    for (const file of ['reports/latest.json', 'state/history.jsonl']) {
      expect(readFileSync(join(root, '.insightpulse', file), 'utf8')).not.toContain(planted)
    }
  })

  it('one that a person accepted with the command that the gate prints passes', async () => {
    await brings(planted)
    const { stderr } = await run(form, root, [])
    expect(existsSync(join(root, '.insightpulse/secrets.allow'))).toBe(false)
    const line = /to accept it: (.*)/.exec(stderr)?.[1] ?? ''
    execFileSync('bash', ['-c', line], { cwd: root })
    expect(readFileSync(join(root, '.insightpulse/secrets.allow'), 'utf8')).toMatch(
      /^key [0-9a-f]{32}\ngithub [0-9a-f]{5} # notes\/a\.env:2\n$/,
    )
    expect((await run(form, root, [])).code).toBe(0)
    expect(git('show', 'HEAD:notes/a.env')).toBe(`one\n${planted}`)
  })
})
