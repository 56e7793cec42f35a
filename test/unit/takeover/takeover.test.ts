import { describe, expect, it } from 'vitest'
import { fromCrontab } from '../../../tasks/engine/takeover/crontab.ts'
import { fromGitAggregator } from '../../../tasks/engine/takeover/git-aggregator.ts'
import { fromGitModules } from '../../../tasks/engine/takeover/git-modules.ts'
import { fromMyrepos } from '../../../tasks/engine/takeover/myrepos.ts'
import type { Taken } from '../../../tasks/engine/takeover/taken.ts'
import { targetsOf } from '../../../tasks/engine/takeover/targets.ts'
import { fromVcstool } from '../../../tasks/engine/takeover/vcstool.ts'
import { load } from '../example.ts'

/** The targets of what was taken, as sync.yaml has them. */
const configOf = (taken: Taken) => {
  const { yaml, scripts, notes } = targetsOf(taken, 'Europe/Rome')
  return { targets: load(`version: "1.0"\n${yaml}`).targets, scripts, notes }
}

describe('what other tools keep is taken over', () => {
  it('repos.yaml of git-aggregator: what is merged on top too', () => {
    const taken = fromGitAggregator(`./odoo:
    defaults: {depth: 1}
    remotes: {odoo: https://github.com/odoo/odoo.git, acsone: https://github.com/acsone/odoo.git}
    merges: [odoo 18.0, acsone refs/pull/14859/head, odoo fix, odoo refs/heads/a/b, acsone refs/merge-requests/3/head, odoo pull/7/head, gone x, odoo refs/notes/x]
    target: acsone 18.0
    shell_command_after: [rm x]
./src/web:
    remotes: {oca: https://github.com/OCA/web}
    merges: [{remote: oca, ref: 18.0}]
./src/pinned:
    remotes: {oca: https://github.com/OCA/pinned}
    merges: [oca ${'a'.repeat(40)}]
./src/tagged:
    remotes: {oca: https://github.com/OCA/tagged}
    merges: [oca refs/tags/v1]
./src/none:
    remotes: {oca: https://github.com/OCA/none}
`)
    expect(taken.repositories).toEqual([
      {
        path: 'odoo',
        url: 'https://github.com/odoo/odoo.git',
        branch: '18.0',
        merges: [
          { url: 'https://github.com/acsone/odoo.git', pr: 14859 },
          'fix',
          'a/b',
          { url: 'https://github.com/acsone/odoo.git', mr: 3 },
          { pr: 7 },
        ],
      },
      { path: 'src/web', url: 'https://github.com/OCA/web', branch: '18.0' },
      { path: 'src/pinned', url: 'https://github.com/OCA/pinned', commit: 'a'.repeat(40) },
      { path: 'src/tagged', url: 'https://github.com/OCA/tagged', ref: 'v1' },
    ])
    expect(taken.left).toEqual([
      'odoo: gone x is left out: there is no remote gone',
      'odoo: odoo refs/notes/x is left out: it is no branch, tag, commit, pull request or merge request',
      'odoo: shell_command_after is not taken over',
      'src/none: no remote with a ref to merge is written there',
    ])
    expect(configOf(taken).targets).toMatchObject([
      { config: { branch: '18.0', repositories: [{ name: 'odoo', merges: [{ pr: 14859 }, 'fix', 'a/b', { mr: 3 }, { pr: 7 }] }] } },
      {},
    ])
    expect(() => fromGitAggregator('- a list')).toThrow('as git-aggregator has it')
  })

  it('.repos of vcstool: Git alone, numbers as they are written', () => {
    expect(
      fromVcstool(`repositories:
  src/a: {type: git, url: "https://example.org/g/a.git", version: 1.10}
  src/b: {type: hg, url: "https://example.org/g/b"}
  src/c: {type: git, url: "https://example.org/g/c.git", version: 1.2.3}
`),
    ).toEqual({
      repositories: [
        { path: 'src/a', url: 'https://example.org/g/a.git', branch: '1.10' },
        { path: 'src/c', url: 'https://example.org/g/c.git', ref: '1.2.3' },
      ],
      jobs: [],
      left: [
        'src/b: is kept with hg; only Git repositories with a url can be mirrored',
        'src/c: 1.2.3 is taken for a tag; if it is a branch, write branch: in place of ref:',
      ],
    })
    expect(() => fromVcstool('repositories: []')).toThrow('as vcstool has it')
  })

  it('.gitmodules: what is relative to the repository around it is said', () => {
    expect(
      fromGitModules(
        '[submodule "a"]\n\tpath = vendor/a\n\turl = https://example.org/a.git\n\tbranch = next\n[submodule "b"]\n\tpath = vendor/b\n\turl = ../b.git\n',
      ),
    ).toEqual({
      repositories: [{ path: 'vendor/a', url: 'https://example.org/a.git', branch: 'next' }],
      jobs: [],
      left: ['vendor/b: its url ../b.git is relative to that of the repository around it; write it out in full'],
    })
  })

  it('.mrconfig: plain clones, on one line or two', () => {
    expect(
      fromMyrepos(
        "[DEFAULT]\njobs = 5\n[src/a]\ncheckout = git clone 'https://example.org/g/a.git' 'a'\nskip = lazy\n[src/b]\ncheckout =\n\tgit clone -b dev 'git@example.org:g/b.git' 'b'\n[src/c]\ncheckout = svn co https://example.org/c\n[src/d]\ncheckout = git clone https://example.org/d && make\n",
      ),
    ).toEqual({
      repositories: [
        { path: 'src/a', url: 'https://example.org/g/a.git' },
        { path: 'src/b', url: 'git@example.org:g/b.git', branch: 'dev' },
      ],
      jobs: [],
      left: [
        'DEFAULT: settings of mr are not taken over',
        'src/a: skip is not taken over',
        'src/c: its checkout is more than git clone: svn co https://example.org/c',
        'src/d: its checkout is more than git clone: git clone https://example.org/d && make',
      ],
    })
  })

  it('a crontab: each line with what stands above it, and what the clock alone does not do is said', () => {
    const text = `MAILTO=me@example.org
PATH="/opt/it's:/bin"
# a comment
0 3 * * 1-5 cd /srv/x && ./tools/backup-all.sh --all >>/var/log/x 2>&1
CRON_TZ=Asia/Manila
@daily /usr/local/bin/report
@reboot start
* * * * * date +%H
61 * * * * never
1 2 3 4 5 printf '100\\%'
`
    const taken = fromCrontab(text, false)
    expect(taken.left).toEqual([
      'line 1: MAILTO: Lockstep sends no mail; the report and status say what failed',
      'line 7: @reboot start: Lockstep runs by the clock only',
      'line 8: date +%H: what follows "%" is input of the command there; write a script',
      'line 9: 61 * * * * never: minute 61: minutes go from 0 to 59',
    ])
    const { targets, scripts } = configOf(taken)
    expect(targets.map(({ name, schedule, timezone }) => [name, schedule, timezone])).toEqual([
      ['backup_all', '0 3 * * 1-5', 'Europe/Rome'],
      ['report', '0 0 * * *', 'Asia/Manila'],
      ['printf', '1 2 3 4 5', 'Asia/Manila'],
    ])
    expect(scripts.get('scripts/backup-all.sh')).toBe(`#!/bin/sh
# Taken over from line 4 of a crontab (0 3 * * 1-5), which ran it in the home folder.
set -e
cd -- "$HOME"
export PATH='/opt/it'\\''s:/bin'
cd /srv/x && ./tools/backup-all.sh --all >>/var/log/x 2>&1
`)
    expect(scripts.get('scripts/printf.sh')).toContain("printf '100%'\n")
    expect(fromCrontab('1 2 * * * ops /srv/x.sh\n', true)).toMatchObject({
      jobs: [{ command: '/srv/x.sh' }],
      left: ['line 1: it ran as ops; a target runs as whoever starts it'],
    })
  })

  it('repositories of one folder are one target; addresses and branches are said once', () => {
    const { targets, notes } = configOf({
      repositories: [
        { path: 'src/a', url: 'https://example.org/g/a.git', branch: '18.0' },
        { path: 'src/b', url: 'https://example.org/g/b', branch: '18.0' },
        { path: 'src/other', url: 'https://example.org/h/c', branch: '18.0' },
        { path: 'src/old', url: 'https://example.org/g/old', branch: '1/7' },
        { path: 'src/tagged', url: 'https://example.org/h/tagged', ref: '1.2.3' },
        { path: 'top', url: 'git@example.org:top.git' },
        { path: 'x/secret', url: 'https://me:hunter2@example.org/x/secret.git', branch: 'main' },
      ],
      jobs: [],
      left: [],
    })
    expect(targets.map(({ name, config }) => [name, config])).toMatchObject([
      [
        'src',
        {
          base_url: 'https://example.org/g',
          branch: '18.0',
          destination: 'src',
          repositories: [
            'a',
            'b',
            { name: 'other', url: 'https://example.org/h/c' },
            { name: 'old', branch: '1/7' },
            { name: 'tagged', url: 'https://example.org/h/tagged', ref: '1.2.3' },
          ],
        },
      ],
      ['repositories', { branch: 'main', destination: 'repositories', repositories: [{ name: 'top', url: 'git@example.org:top.git' }] }],
      ['x', { base_url: 'https://example.org/x', repositories: ['secret'] }],
    ])
    expect(notes).toEqual([
      "x/secret: its address held a password, which is left out; give it to Git's credential helper, or as ${A_VARIABLE}",
      'top: mirrored below repositories/, for a target has a folder of its own',
      'top: no branch is written there; main is meant until you correct it',
    ])
  })
})
