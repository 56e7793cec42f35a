import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { cpSync, home, join, makeRoot, mkdirSync, rmSync, scratch, writeFileSync } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

let base: string
beforeAll(() => {
  base = scratch()
  shell(
    `make_upstreams "$1" 3 20
     branch_upstream "$1" repo-1 refs/pull/12/head mod_1/pull.py pulled
     branch_upstream "$1" repo-1 refs/heads/feature mod_1/feature.py featured
     branch_upstream "$1" repo-1 refs/pull/13/head mod_1/__manifest__.py other
     cp -R "$1/repo-1" "$1/fork"
     branch_upstream "$1" fork refs/merge-requests/4/head mod_1/fork.py forked
     git -C "$1/repo-1" config uploadpack.allowAnySHA1InWant true`,
    join(base, 'upstream'),
  )
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const merges = '[{ pr: 12 }, feature, { url: "${BASE_URL}/fork", mr: 4 }]'
const config = (own = `merges: ${merges}`): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config:
      base_url: \${BASE_URL}
      branch: "18.0"
      destination: addons
      timeout: 20
      tries: 1
      repositories: [{ name: repo-1, ${own} }, repo-2]
`

const upstreamsOf = (root: string): string => join(root, '../upstream')
const copyUpstreams = (root: string): void => cpSync(join(base, 'upstream'), upstreamsOf(root), { recursive: true })
const env = (root: string) => ({ BASE_URL: upstreamsOf(root) })
const move = (root: string, name: string): string => shell('move_upstream "$1" "$2"', upstreamsOf(root), name)
const lockOf = (root: string): string => readFileSync(join(root, 'addons.lock.json'), 'utf8')
const forget = (root: string): void => {
  for (const path of ['addons', '.insightpulse/cache']) rmSync(join(root, path), { recursive: true })
}

const patch = (lines: string): string => `From 1234 Mon Sep 17 00:00:00 2001
From: Me <me@example.org>
Subject: [PATCH] Mine

---
${lines}`
const own = patch(`diff --git a/mod_1/pull.py b/mod_1/pull.py
--- a/mod_1/pull.py
+++ b/mod_1/pull.py
@@ -1 +1 @@
-pulled
+patched
diff --git a/mod_1/own.py b/mod_1/own.py
new file mode 100755
--- /dev/null
+++ b/mod_1/own.py
@@ -0,0 +1 @@
+own
`)
const patches = 'merges: [{ pr: 12 }], patches: [patches/repo-1/0001-mine.patch]'
function writePatch(root: string, text = own): void {
  mkdirSync(join(root, 'patches/repo-1'), { recursive: true })
  writeFileSync(join(root, 'patches/repo-1/0001-mine.patch'), text)
}

const situations: readonly Omit<Situation, 'env'>[] = [
  {
    title: 'pull requests, branches and merge requests are merged in order, and pinned',
    config: config(),
    before: copyUpstreams,
    code: 0,
    check: ({ tree }, root) => {
      for (const [file, text] of Object.entries({ pull: 'pulled', feature: 'featured', fork: 'forked' }))
        expect(tree[`addons/repo-1/mod_1/${file}.py`]).toBe(`644 ${text}\n`)
      expect(lockOf(root)).toMatch(
        /"repo-1": { "commit": "[0-9a-f]{40}", "tree": "[0-9a-f]{40}", "inputs": \["[0-9a-f]{40}", "[0-9a-f]{40}", "[0-9a-f]{40}", "[0-9a-f]{40}"\] }/,
      )
    },
  },
  {
    title: 'where nothing moved nothing is fetched and nothing merged',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
    },
    code: 0,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'unchanged' }] }),
  },
  {
    title: 'a base that moved is merged anew, without what was fetched already',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      move(root, 'repo-1')
      rmSync(join(upstreamsOf(root), 'fork'), { recursive: true })
      cpSync(join(base, 'upstream/fork'), join(upstreamsOf(root), 'fork'), { recursive: true })
    },
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['addons/repo-1/mod_1/__manifest__.py']).toContain("'after'")
      expect(tree['addons/repo-1/mod_1/pull.py']).toBeDefined()
      expect(report).toMatchObject({ results: [{ message: '1 of 2 repositories moved' }] })
    },
  },
  {
    title: '--locked puts the same together on another machine, whatever moved since',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      move(root, 'repo-1')
      shell('branch_upstream "$1" repo-1 refs/pull/12/head mod_1/pull.py later', upstreamsOf(root))
      forget(root)
      const settings = '[merge]\n\trenames = false\n[user]\n\tname = Other\n[i18n]\n\tcommitEncoding = latin1\n[commit]\n\tgpgSign = true\n'
      writeFileSync(join(root, '../gitconfig'), settings)
    },
    words: ['--locked'],
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['addons/repo-1/mod_1/pull.py']).toBe('644 pulled\n')
      expect(report).toMatchObject({ results: [{ outputs_changed: [] }] })
    },
  },
  {
    title: 'a conflict names the commit and the file, and leaves the folder as it was; the others go on',
    config: config('merges: [{ pr: 13 }]'),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      for (const name of ['repo-1', 'repo-2']) move(root, name)
    },
    code: 1,
    check: ({ tree, report }) => {
      expect(report).toMatchObject({
        results: [
          {
            status: 'partial',
            failures: [
              {
                item: 'repo-1',
                reason: expect.stringMatching(
                  /^pull request 13 \(commit [0-9a-f]{12}\) conflicts with what it is merged upon: mod_1\/__manifest__\.py$/,
                ),
              },
            ],
          },
        ],
      })
      expect(tree['addons/repo-1/mod_1/__manifest__.py']).toBe('644 other\n')
      expect(tree['addons/repo-2/mod_1/__manifest__.py']).toContain("'after'")
    },
  },
  {
    title: 'a pull request that is not there is said, and the others go on',
    config: config('merges: [{ pr: 99 }]'),
    before: copyUpstreams,
    code: 1,
    check: ({ tree, report }) => {
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason: 'pull request 99 does not exist upstream' }] }] })
      expect(tree['addons/repo-2']).toBe('folder')
    },
  },
  {
    title: 'a lock file of other merges is not followed',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      await makeRoot(root, config('merges: [feature]'))
    },
    words: ['--locked'],
    code: 1,
    check: ({ report }) =>
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason: expect.stringContaining('other merges') }] }] }),
  },
  {
    title: 'patches are applied after the merges, and --locked does the same again',
    config: config(patches),
    before: async (root, again) => {
      copyUpstreams(root)
      writePatch(root)
      await again()
      move(root, 'repo-1')
      forget(root)
    },
    words: ['--locked'],
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['addons/repo-1/mod_1/pull.py']).toBe('644 patched\n')
      expect(tree['addons/repo-1/mod_1/own.py']).toBe('755 own\n')
      expect(report).toMatchObject({ results: [{ outputs_changed: [] }] })
    },
  },
  {
    title: 'a patch alone needs no merge, and one that was changed is applied anew',
    config: config('patches: [patches/repo-1/0001-mine.patch]'),
    before: async (root, again) => {
      copyUpstreams(root)
      writePatch(root, own.slice(0, own.indexOf('diff')) + own.slice(own.indexOf('diff --git a/mod_1/own')))
      await again()
      writePatch(root, own.slice(own.indexOf('diff --git a/mod_1/own')).replace('+own', '+other'))
    },
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['addons/repo-1/mod_1/own.py']).toBe('755 other\n')
      expect(report).toMatchObject({ results: [{ message: '1 of 2 repositories moved' }] })
    },
  },
  {
    title: 'a patch that does not apply is named with the file and the commit, and the folder stays as it was',
    config: config(patches),
    before: async (root, again) => {
      copyUpstreams(root)
      writePatch(root)
      await again()
      shell('branch_upstream "$1" repo-1 refs/pull/12/head mod_1/pull.py later', upstreamsOf(root))
      move(root, 'repo-2')
    },
    code: 1,
    check: ({ tree, report }) => {
      const reason = expect.stringMatching(
        /^patches\/repo-1\/0001-mine.patch does not apply upon commit [0-9a-f]{12}; mod_1\/pull.py: patch does not apply$/,
      )
      expect(report).toMatchObject({ results: [{ status: 'partial', failures: [{ item: 'repo-1', reason }] }] })
      expect(tree['addons/repo-1/mod_1/pull.py']).toBe('644 patched\n')
      expect(tree['addons/repo-2/mod_1/__manifest__.py']).toContain("'after'")
    },
  },
  {
    title: 'a patch that is missing, or is not the one of the lock file, stops its repository alone',
    config: config(patches),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      writePatch(root)
      await again()
      writePatch(root, own.replace('+own', '+other'))
    },
    words: ['--locked'],
    code: 1,
    check: ({ tree, report }) => {
      const reason = expect.stringContaining('0001-mine.patch is not the patch that addons.lock.json was written for')
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason }] }] })
      expect(tree['addons/repo-1/mod_1/own.py']).toBe('755 own\n')
    },
  },
  {
    title: 'a patch cannot lead out with a link',
    config: config('patches: [patches/repo-1/0001-mine.patch]'),
    before: (root) => {
      copyUpstreams(root)
      writePatch(
        root,
        patch(
          'diff --git a/evil b/evil\nnew file mode 120000\n--- /dev/null\n+++ b/evil\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n',
        ),
      )
    },
    code: 1,
    check: ({ tree, report }) => {
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason: 'the link evil leads out of addons' }] }] })
      expect(tree['addons/repo-1']).toBeUndefined()
    },
  },
  {
    title: 'merges that leave the list leave the folder, and one that had none may get some',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      await makeRoot(root, config('branch: "18.0"'))
      await again()
      await makeRoot(root, config('merges: [feature]'))
    },
    code: 0,
    check: ({ tree }) => {
      expect(tree['addons/repo-1/mod_1/feature.py']).toBeDefined()
      expect(tree['addons/repo-1/mod_1/pull.py']).toBeUndefined()
    },
  },
]

describe('git_repos with merges and patches is the same under Node and as a script', () => {
  sameInEveryForm(
    situations.map((situation) => ({ ...situation, env: (root) => ({ ...env(root), GIT_CONFIG_GLOBAL: join(root, '../gitconfig') }) })),
  )
})
