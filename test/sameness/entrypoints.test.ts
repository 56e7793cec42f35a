import { describe, expect } from 'vitest'
import { chmodSync, join, writeFileSync } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

const config = (onTarget: string): string => `version: "1.0"
targets:
  one:
    description: a script of one's own
    direction: pull
${onTarget}`

/** A script that writes two files of the outputs and removes a third. */
const write = (root: string, name: string, text: string): void => {
  writeFileSync(join(root, 'scripts', name), text)
  chmodSync(join(root, 'scripts', name), 0o755)
}
const bash = (more = ''): string => `#!/usr/bin/env bash
set -euo pipefail
mkdir -p out
printf '%s\\n' "$SYNC_TARGET $SYNC_DIRECTION $SYNC_CONFIG $SYNC_CONFIG_WORD" >out/a
cat "\${BASH_SOURCE[0]%/*}/companion" >out/b
${more}
`
const outputs = '    entrypoint: scripts/one.sh\n    outputs: ["out/**"]\n'
const settings = '    config: { word: "${WORD:-it\'s}", list: [1, "a\\"b"], home: "$$HOME" }\n'
const withCompanion = (root: string, more = ''): void => {
  write(root, 'one.sh', bash(more))
  writeFileSync(join(root, 'scripts/companion'), 'companion\n')
}

const situations: readonly Situation[] = [
  {
    title: 'a script gets its config and stands beside its companions',
    config: config(outputs + settings),
    before: (root) => withCompanion(root),
    env: { WORD: '$(touch ran)`"\'' },
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['out/a']).toBe(`644 one pull {"word":"$(touch ran)\`\\"'","list":[1,"a\\"b"],"home":"$HOME"} $(touch ran)\`"'\n`)
      expect(tree['out/b']).toBe('644 companion\n')
      expect(tree['ran']).toBeUndefined()
      expect(report).toMatchObject({ results: [{ status: 'done', outputs_created: ['out/a', 'out/b'] }] })
    },
  },
  {
    title: 'a script that fails leaves nothing',
    config: config(outputs + settings),
    before: (root) => withCompanion(root, 'echo broken; exit 4'),
    code: 1,
    check: ({ tree, report }) => {
      expect(tree['out']).toBeUndefined()
      expect(report).toMatchObject({ results: [{ status: 'failed', message: expect.stringMatching(/exit code 4[\s\S]*broken/) }] })
    },
  },
  {
    title: 'a script in another language is run by its interpreter',
    config: config('    entrypoint: scripts/one.py\n    outputs: ["out/**"]\n'),
    before: (root) =>
      write(root, 'one.py', '#!/usr/bin/env python3\nimport os\nos.makedirs("out")\nopen("out/x","w").write(os.environ["SYNC_TARGET"])\n'),
    code: 0,
    check: ({ tree }) => expect(tree['out/x']).toBe('644 one'),
  },
  {
    title: 'a script with a NUL in it is run as it stands',
    config: config('    entrypoint: scripts/one.sh\n    outputs: ["out/**"]\n'),
    before: (root) => write(root, 'one.sh', "#!/bin/bash\nmkdir out\necho ran >out/x\n: '\0'\n"),
    code: 0,
    check: ({ tree }) => expect(tree['out/x']).toBe('644 ran\n'),
  },
  {
    title: 'in a dry run it cannot be known',
    config: config(outputs),
    before: (root) => withCompanion(root),
    words: ['--dry-run'],
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['out']).toBeUndefined()
      expect(report).toMatchObject({ results: [{ status: 'cannot_know', steps: [{ status: 'cannot_know' }] }] })
    },
  },
  {
    title: 'a push with unchanged inputs has nothing to do',
    config: config('    entrypoint: scripts/one.sh\n    inputs: [scripts/companion]\n').replace('pull', 'push'),
    before: async (root, again) => {
      write(root, 'one.sh', '#!/bin/sh\necho sent >>sent\n')
      writeFileSync(join(root, 'scripts/companion'), 'x')
      await again()
    },
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['sent']).toBe('644 sent\n')
      expect(report).toMatchObject({ results: [{ status: 'unchanged', changed: false }] })
    },
  },
  {
    title: 'a push tells that it sent something',
    config: config('    entrypoint: scripts/one.sh\n    inputs: [scripts/companion]\n    fail_on_diff: true\n').replace('pull', 'push'),
    before: (root) => {
      write(root, 'one.sh', '#!/bin/sh\necho sent >>sent\n')
      writeFileSync(join(root, 'scripts/companion'), 'x')
    },
    code: 8,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'done', changed: true, message: 'sent' }] }),
  },
  {
    title: 'a bidirectional target goes the way that is asked for',
    config: config('    entrypoint: scripts/one.sh\n    outputs: [way]\n').replace('pull', 'bidirectional'),
    before: (root) => write(root, 'one.sh', '#!/bin/sh\necho "$SYNC_DIRECTION" >way\n'),
    words: ['--direction', 'push'],
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['way']).toBe('644 push\n')
      expect(report).toMatchObject({ results: [{ direction: 'push' }] })
    },
  },
  {
    title: 'with idempotent and --verify the run is planned again and finds nothing to do',
    config: config('    entrypoint: scripts/one.sh\n    inputs: [scripts/companion]\n    idempotent: true\n').replace('pull', 'push'),
    before: (root) => {
      write(root, 'one.sh', '#!/bin/sh\necho more >>scripts/companion\n')
      writeFileSync(join(root, 'scripts/companion'), 'x')
    },
    words: ['--verify'],
    code: 0,
    check: ({ report }) =>
      expect(report).toMatchObject({
        results: [{ steps: expect.arrayContaining([expect.objectContaining({ id: 'idempotent', status: 'ok' })]) }],
      }),
  },
]

describe('entrypoints are the same under Node and as a script', () => sameInEveryForm(situations))
