import { describe, expect, it } from 'vitest'
import { blindness } from '../../../tasks/engine/config/blind-checks.ts'

const of = (command: string, more: object = {}) =>
  blindness({ command, expectedExitCode: 0, hasLimits: false, limits: 'expected_min', ...more })

const FIND = 'cannot fail: find hides how what it runs with -exec … \\; ended; end it with {} + instead'
const WC = 'cannot fail: wc succeeds with any number; set the limits with expected_min'
const unseen = (first: string, last: string) =>
  `cannot fail: of a pipeline only the last command counts, so ${first} may fail unseen behind ${last}; start with "set -o pipefail;"`
const ends = (words: string) => `cannot fail: it ends with "${words}" whatever comes before`

describe('blindness', () => {
  it.each([
    ["find docs/runtime -name '*.json' -exec jq empty {} \\;", FIND],
    ["find docs -execdir jq empty {} ';' -print", FIND],
    ['cd docs && find . \\\n  ! -name x -exec jq empty {} ";"', FIND],
    ['find docs -exec jq empty {} \\; ;\n', FIND],
    ["find addons -name '__manifest__.py' | wc -l", WC],
    ['LC_ALL=C wc -l <x; ls docs | LC_ALL=C wc -l', WC],
    ['jq . docs/a.json | tee log', unseen('jq', 'tee')],
    ['jq -r .x a.json 2>&1 | sort | uniq', unseen('jq', 'uniq')],
    ['curl -fsS "https://example.org/a|b" | jq .', unseen('curl', 'jq')],
    ['printf x | jq . | cat', unseen('jq', 'cat')],
    ['jq empty a.json || true', ends('true')],
    ['jq empty a.json; echo "looked"', ends('echo "looked"')],
    ['jq empty a.json\nexit 0', ends('exit 0')],
  ])('sees it in %j', (command, wanted) => expect(of(command)).toBe(wanted))

  it.each([
    "find docs/runtime -name '*.json' -exec jq empty {} +",
    "find docs -name '*;'",
    'git diff --quiet && git diff --staged --quiet',
    "git grep -i -E '(password|secret|token).*=' | grep -v '.insightpulse/sync.yaml' | grep -v 'env.example'",
    'python -m compileall scripts/',
    "test -f a.json && jq -e '.apps | length > 0' a.json",
    'curl -fsS https://example.org | jq -e .ok',
    'curl -fsS https://example.org | grep -q ok',
    'set -o pipefail; jq . a.json | tee log',
    'test -f a.json && echo good',
    'echo "a | wc -l"',
    'echo x | cat',
    'test "$(find addons -name x | wc -l)" -gt 3',
    '[[ -f x ]] || echo no',
    '! find docs -exec grep -q x {} \\;',
    'if ls | wc -l; then exit 1; fi',
    'for f in scripts/*.sh; do bash -n "$f" || exit 1; done',
    'jq empty a.json || { echo bad; exit 1; }',
    '( jq . a.json | tee log )',
    'cat <<X | wc -l\nX',
    "echo 'unclosed",
    '',
  ])('sees nothing in %j', (command) => expect(of(command)).toBeUndefined())

  it('sees nothing where a number has limits, or where it must fail', () => {
    expect(of('find addons | wc -l', { hasLimits: true })).toBeUndefined()
    expect(of('find addons | wc -l', { expectedExitCode: 1 })).toBeUndefined()
  })
})
