import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { expect, it } from 'vitest'
import { execute, home, join, makeRoot, mkdirSync, scratch, tree, writeFileSync } from '../sameness/forms.ts'

const which = (name: string): string => execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim()

it('a script copied alone runs from any folder with the tools of busybox', { timeout: 300_000 }, async () => {
  const folder = scratch()
  try {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    const busybox = which('busybox')
    for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
      if (name !== 'sh' && name !== 'ash') symlinkSync(busybox, join(bin, name))
    }
    for (const name of ['bash', 'sh', 'git', 'git-upload-pack', 'mkfifo', 'cmp']) {
      execFileSync('ln', ['-sf', which(name), join(bin, name)])
    }
    execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh; make_upstreams "$1" 3 20`, 'bash', join(folder, 'upstream')])
    const root = await makeRoot(
      join(folder, 'root'),
      `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: ${folder}/upstream, branch: "18.0", destination: oca, repositories: [repo-1, repo-2, repo-3] }
    verification: { command: "find oca -name __manifest__.py | wc -l", expected_min: 3 }
`,
    )
    const elsewhere = join(folder, 'else where')
    mkdirSync(elsewhere)
    const script = join(elsewhere, 'a copy.sh')
    execFileSync('cp', [join(root, 'generated/sync-mirror.sh'), script])
    const env = { PATH: bin, HOME: folder, TMPDIR: folder }
    const run = (...words: string[]): string =>
      execFileSync(join(bin, 'bash'), [script, ...words], { cwd: elsewhere, env, encoding: 'utf8' })
    expect(() => run('--verify')).toThrow(/no \.insightpulse here or in a folder above; use --root DIR, and --init the first time/)
    expect(JSON.parse(run('--init', '--verify', '--json'))).toMatchObject({ results: [{ status: 'done', verification_passed: true }] })
    expect(tree(elsewhere)['oca/repo-2']).toBe('folder')
    writeFileSync(join(elsewhere, 'mine'), '')
    expect(JSON.parse(run('--json'))).toMatchObject({ results: [{ status: 'unchanged' }] })
  } finally {
    await execute('rm', ['-rf', folder])
  }
})
