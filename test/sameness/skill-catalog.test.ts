import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../fixtures/http-server.mjs'
import { archive, type Skill, skillCatalog, skillFile } from '../fixtures/skill-catalog.ts'
import { type Form, forms, join, makeRoot, mkdirSync, normalised, readJson, rmSync, run, scratch, tree, writeFileSync } from './forms.ts'

const catalogs = new Map<string, readonly Skill[]>()
const log: string[] = []
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer(skillCatalog(catalogs, log))
})
afterAll(() => server.stop())

const skill = (name: string, version = '1.0', files: Readonly<Record<string, string>> = {}): Skill => ({
  name,
  version,
  archive: archive({ 'SKILL.md': skillFile(name), 'scripts/run.sh': `echo ${version}\n`, ...files }, 'chmod 755 scripts/run.sh'),
})
const broken = (name: string, commands: string, entry = {}): Skill => ({
  name,
  version: '1.0',
  archive: archive({ 'SKILL.md': skillFile(name) }, commands),
  entry,
})

const config = (more = ''): string => `version: "1.0"
targets:
  skills:
    driver: skill_catalog
    config: { index: "\${CATALOG}/index.json", destination: docs/skills, tries: 1${more} }
`

interface Report {
  readonly results: readonly {
    readonly status: string
    readonly message: string
    readonly failures: readonly { readonly item: string; readonly reason: string }[]
  }[]
}

/** One run in one form: its exit code, its report without times, its files, and what was asked for. */
async function look(form: Form, root: string, catalog: string, ...words: string[]) {
  const report = join(root, '../report.json')
  log.length = 0
  const { code } = await run(form, root, ['--report', report, ...words], { CATALOG: `${server.base}/${catalog}`, NO_COLOR: '1' })
  const asked = log.map((url) => url.replace(/^.*\//, '')).sort()
  return { code, report: normalised(readJson(report)) as Report, files: tree(join(root, 'docs')), asked }
}

describe('skill_catalog is the same under Node and as a script', () => {
  it('installs, leaves alone, updates, compares, keeps local work, and removes', { timeout: 400_000 }, async () => {
    catalogs.set('first', [skill('a-skill'), skill('b-skill'), skill('c-skill')])
    catalogs.set('later', [skill('a-skill', '2.0', { 'more.md': 'more\n' }), skill('b-skill')])
    const seen = []
    for (const form of forms) {
      const root = join(scratch(), 'root')
      mkdirSync(join(root, 'docs'), { recursive: true })
      await makeRoot(root, config(', prune: true'))

      const first = await look(form, root, 'first')
      expect(first).toMatchObject({ code: 0, report: { results: [{ status: 'done', message: '3 of 3 skills updated' }] } })
      expect(first.files['skills/a-skill/scripts/run.sh']).toBe('755 echo 1.0\n')
      expect(first.files['skills/catalog.lock.json']).toMatch(
        /"b-skill": \{ "version": "1.0", "sha256": "[0-9a-f]{64}", "tree": "[0-9a-f]{64}" \}/,
      )

      const second = await look(form, root, 'first')
      expect(second).toMatchObject({ code: 0, files: first.files, asked: ['index.json'], report: { results: [{ status: 'unchanged' }] } })

      const check = await look(form, root, 'later', '--check')
      expect(check).toMatchObject({ code: 8, files: first.files, asked: ['index.json'] })

      appendFileSync(join(root, 'docs/skills/a-skill/SKILL.md'), 'mine\n')
      appendFileSync(join(root, 'docs/skills/c-skill/SKILL.md'), 'mine\n')
      const mine = await look(form, root, 'later')
      expect(mine).toMatchObject({ code: 1, report: { results: [{ status: 'partial' }] } })
      expect(mine.files['skills/a-skill/SKILL.md']).toContain('mine')
      expect(mine.files['skills/c-skill/SKILL.md']).toContain('mine')
      expect(mine.report.results[0]?.failures).toEqual([
        { item: 'a-skill', reason: 'local changes in docs/skills/a-skill; commit them or move them away' },
        { item: 'c-skill', reason: 'docs/skills/c-skill stays, as it has local changes; commit them or move them away' },
      ])

      for (const name of ['a-skill', 'c-skill']) writeFileSync(join(root, `docs/skills/${name}/SKILL.md`), skillFile(name))
      const later = await look(form, root, 'later')
      expect(later.report.results[0]?.message).toBe('1 of 2 skills updated')
      expect(later).toMatchObject({ code: 0, asked: ['a-skill-2.0.tar.gz', 'index.json'], report: { results: [{ status: 'done' }] } })
      expect(Object.keys(later.files).filter((path) => path.startsWith('skills/c-skill'))).toEqual([])
      expect(later.files).toMatchObject({ 'skills/a-skill/more.md': '644 more\n', 'skills/a-skill/scripts/run.sh': '755 echo 2.0\n' })
      seen.push([first, second, check, mine, later])
      rmSync(join(root, '..'), { recursive: true })
    }
    expect(seen[1]).toEqual(seen[0])
  })

  it('what a catalog must not do fails its skill only, and nothing leaves the folder', { timeout: 400_000 }, async () => {
    const reasons: Record<string, RegExp> = {
      'skills[1]': /^name: must be 1 to 64 small letters and digits/,
      'a-link': /^its archive holds .\/up, which is a link or a device$/,
      'a-path': /^its archive holds ..\/out, which leads out of the folder$/,
      'a-bomb': /^its archive holds more than 1 MB$/,
      'a-key': /^SKILL.md:4: unknown key model; there are name/,
      'a-name': /^SKILL.md: name: must be a-name, .*, not 'other'$/,
      'a-sum': /^the archive of version 1.0 is not the one that the catalog names: its SHA-256 is [0-9a-f]{12}…, not 000000000000…$/,
      'a-host': /^the catalog: https:\/\/elsewhere.example\/x.tar.gz is not on http:\/\/127.0.0.1:\d+, so it is not asked$/,
      'gone-skill': /^the catalog answers HTTP 404: no such archive$/,
      'my-own': /^local changes in docs\/skills\/my-own; commit them or move them away$/,
    }
    catalogs.set('bad', [
      skill('a-good'),
      { ...skill('b'), entry: { name: '../../escaped' } },
      broken('a-link', 'ln -s / up'),
      broken('a-path', 'tar() { command tar -P --transform "s,^./SKILL.md,../out," "$@"; }'),
      broken('a-bomb', 'head -c 3000000 /dev/zero >zeros'),
      { ...broken('a-key', ':'), archive: archive({ 'SKILL.md': skillFile('a-key', 'model: opus\n') }) },
      { ...broken('a-name', ':'), archive: archive({ 'SKILL.md': skillFile('other') }) },
      broken('a-sum', ':', { sha256: '0'.repeat(64) }),
      broken('a-host', ':', { url: 'https://elsewhere.example/x.tar.gz' }),
      broken('gone-skill', ':', { url: 'archives/nowhere.tar.gz' }),
      skill('my-own'),
    ])
    const seen = []
    for (const form of forms) {
      const root = join(scratch(), 'root')
      mkdirSync(join(root, 'docs/skills/my-own'), { recursive: true })
      writeFileSync(join(root, 'docs/skills/my-own/SKILL.md'), 'of a person\n')
      await makeRoot(root, config(', max_megabytes: 1'))
      const outcome = await look(form, root, 'bad')
      expect(outcome).toMatchObject({ code: 1, report: { results: [{ status: 'partial', message: '1 of 10 skills updated; 10 failed' }] } })
      const { failures } = outcome.report.results[0] ?? { failures: [] }
      expect(failures.map(({ item }) => item).sort()).toEqual(Object.keys(reasons).sort())
      for (const { item, reason } of failures) expect(reason).toMatch(reasons[item] ?? /^$/)
      const installed = Object.keys(outcome.files).filter((path) => path.endsWith('SKILL.md'))
      expect(installed).toEqual(['skills/a-good/SKILL.md', 'skills/my-own/SKILL.md'])
      expect(outcome.files['skills/my-own/SKILL.md']).toBe('644 of a person\n')
      expect(Object.keys(tree(join(root, '..'))).filter((path) => /escaped|(^|\/)out$/.test(path))).toEqual([])
      seen.push(outcome)

      // A catalog that is gone, or lists nothing, takes nothing away.
      const none = await look(form, root, 'none')
      expect(none).toMatchObject({
        code: 3,
        files: outcome.files,
        report: { results: [{ message: expect.stringContaining('answers HTTP 404') }] },
      })
      catalogs.set('empty', [])
      const empty = await look(form, root, 'empty')
      expect(empty).toMatchObject({
        code: 1,
        files: outcome.files,
        report: { results: [{ message: expect.stringContaining('lists no skill at all') }] },
      })
      rmSync(join(root, '..'), { recursive: true })
    }
    expect(seen[1]).toEqual(seen[0])
  })
})
