import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { execute, forms, home, join, makeRoot, readFileSync, readJson, rmSync, run, scratch, tree, writeFileSync } from './forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' }).trim()

const config = (folder: string, more = ''): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    git_commit: true
${more}    config: { base_url: ${folder}/upstream, branch: "18.0", destination: addons/oca, repositories: [repo-1, repo-2] }
`

interface Listed {
  readonly id: string
  readonly layout: string
  readonly commit: string
  readonly reason: string
}

// The rows of "Rollback Options" and "Safety Guarantees" in smart-backup.md that need commits.
describe.each(forms)('backups and Git, %s', (form) => {
  let folder: string
  let root: string
  const git = (...words: string[]): string => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).trim()
  const move = () => shell('move_upstream "$1" repo-2', join(folder, 'upstream'))
  const sync = () => run(form, root, ['--quiet'])
  const listed = async (): Promise<Listed[]> => {
    const { stdout } = await run(form, root, ['mirror', '--list', '--json'], {}, 'rollback')
    return (JSON.parse(stdout) as { backups: Listed[] }).backups
  }
  const files = () => Object.fromEntries(Object.entries(tree(root)).filter(([path]) => path.startsWith('addons/')))

  const prepare = async (more = ''): Promise<void> => {
    root = await makeRoot(join(folder, 'root'), config(folder, more))
    shell('git init -q "$1" && git -C "$1" config user.name A && git -C "$1" config user.email a@example.org', root)
    writeFileSync(join(root, '.gitignore'), '.insightpulse/*\n!.insightpulse/sync.yaml\n')
    shell('git -C "$1" add -A && git -C "$1" commit -qm first', root)
  }
  beforeEach(() => {
    folder = scratch()
    shell('make_upstreams "$1" 2 20', join(folder, 'upstream'))
  })
  afterEach(() => execute('rm', ['-rf', folder]))

  it('After failed commit: the change is put back, and the backup stays, named in the message', async () => {
    await prepare()
    await sync()
    const before = files()
    const head = git('rev-parse', 'HEAD')
    writeFileSync(join(root, '.git/hooks/pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    move()
    const outcome = await sync()
    expect(outcome.code).toBe(1)
    expect(files()).toEqual(before)
    expect(git('rev-parse', 'HEAD')).toBe(head)
    expect(git('status', '--porcelain')).toBe('')
    const newest = (await listed()).at(-1)
    expect(newest).toMatchObject({ layout: 'directory', reason: 'a commit failed' })
    expect(outcome.stderr).toContain(`the backup stays: .insightpulse/backups/mirror/${newest?.id}`)
    expect((await run(form, root, ['--check', '--read-data'], {}, 'backup')).code).toBe(0)
  })

  it('After successful commit: the copies go, and a rollback comes from Git', async () => {
    await prepare()
    await sync()
    const before = files()
    move()
    await sync()
    const head = git('rev-parse', 'HEAD')
    const point = (await listed()).at(-1)
    expect(point).toMatchObject({ layout: 'git', commit: head })
    expect((readJson(join(root, `.insightpulse/backups/mirror/${point?.id}/manifest.json`)) as { parent: string }).parent).toBe(
      git('rev-parse', 'HEAD^'),
    )
    expect(Object.keys(tree(join(root, `.insightpulse/backups/mirror/${point?.id}`)))).toEqual(['manifest.json'])
    const outcome = await run(form, root, ['--yes'], {}, 'rollback')
    expect(outcome.stderr).toContain(`the last change is in Git, in the commit ${head.slice(0, 12)}`)
    expect(outcome.code).toBe(0)
    expect(files()).toEqual(before)
    expect(git('rev-parse', 'HEAD')).toBe(head)
  })

  it('Days later: --to a commit of three runs ago, and with --undo back to the last', async () => {
    await prepare()
    const states = []
    for (let count = 0; count < 4; count++) {
      await sync()
      states.push({ files: files(), head: git('rev-parse', 'HEAD') })
      move()
    }
    const to = states[1]?.head.slice(0, 10) ?? ''
    expect((await run(form, root, ['mirror', '--to', to, '--yes'], {}, 'rollback')).code).toBe(0)
    expect(files()).toEqual(states[0]?.files)
    expect((await run(form, root, ['--undo', '--yes'], {}, 'rollback')).code).toBe(0)
    expect(files()).toEqual(states[3]?.files)
  })

  it('Local Backups: what the commit does not hold keeps its copy, and so does after_commit: keep', async () => {
    await prepare('    backup: { after_commit: keep }\n')
    await sync()
    move()
    await sync()
    expect((await listed()).at(-1)).toMatchObject({ layout: 'directory' })
  })

  it('Git History: a restore point whose commit is gone is said to be damaged, and is not used', async () => {
    await prepare()
    await sync()
    move()
    await sync()
    shell('git -C "$1" reset -q --hard HEAD^^ && git -C "$1" reflog expire --expire=now --all && git -C "$1" gc -q --prune=now', root)
    const checked = await run(form, root, ['--check'], {}, 'backup')
    expect(checked.code).toBe(5)
    expect(checked.stderr).toMatch(/the commit [0-9a-f]{40} is no longer in Git/)
    expect((await run(form, root, ['mirror', '--yes'], {}, 'rollback')).code).toBe(5)
  })

  it('no backup is ever committed', async () => {
    await prepare('    backup: { layout: sibling, after_commit: keep }\n')
    rmSync(join(root, '.gitignore'))
    await sync()
    move()
    await sync()
    const held = git('ls-tree', '-r', '--name-only', 'HEAD').split('\n')
    expect(held.filter((path) => /\.bak\.\d{8}_|insightpulse\/backups/.test(path))).toEqual([])
    expect(readFileSync(join(root, 'addons/oca.lock.json'), 'utf8')).toContain('"repo-2"')
  })
})
