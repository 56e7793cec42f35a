import { describe, expect, it } from 'vitest'
import { namesIn } from '../../../tasks/engine/render/words.ts'

const called = (text: string): string[] => [...namesIn(text).called].sort()
const read = (text: string): string[] => [...namesIn(text).read].sort()

describe('what bash calls', () => {
  it.each<[string, string, string[]]>([
    ['commands and their words', 'run_at_end prune_backups "$x"', ['prune_backups', 'run_at_end']],
    ['commands in substitutions', 'x="a $(b "c $(d)") e"', ['b', 'd']],
    ['commands after what ends one', 'a; b && c || d | e', ['a', 'b', 'c', 'd', 'e']],
    ['commands in a process substitution', '< <(a) b', ['a', 'b']],
    ['a word that is all in quotation marks', 'step \'one\' "two"', ['one', 'step', 'two']],
    ['what a trap runs', "trap 'one 1; two' EXIT", ['one', 'trap', 'two']],
    ['what is put into a variable to be called', 'every_by=one', ['one']],
    ['what comes after a here string', 'read -r a <<<"$b"\none', ['a', 'one', 'read']],
    ['what comes after text that ends with a dollar', 'grep "x$" && one', ['grep', 'one']],
    ['what comes after a pattern with brackets', '[[ $a =~ ^(1|2)$ ]] && one', ['one']],
    ['what comes after a label in a substitution', 'x=$(case a in (a) one ;; b) two ;; esac) three', ['one', 'three', 'two']],
    ['what comes after a loop with numbers', 'for ((i = 0; i < n; i++)); do one; done', ['done', 'one']],
    ['no comment', 'one # two', ['one']],
    ['no text', "one \"two three\" 'four five' $'six\\'s seven'", ['one']],
    ['no pattern', '[[ $a == two && $b != three ]] || one', ['one']],
  ])('is %s', (_, text, wanted) => {
    const found = called(text)
    expect(found.filter((name) => !['for', 'do', 'in'].includes(name))).toEqual(expect.arrayContaining(wanted))
    for (const never of ['c', 'e', 'two', 'three', 'four', 'five', 'six', 'seven', 'n', 'x', 'y'].filter((name) => !wanted.includes(name)))
      expect(found).not.toContain(never)
  })
})

describe('what bash reads', () => {
  it.each<[string, string, string[]]>([
    ['expansions', '"$a" ${b} "${c:-$d}" ${#e[@]} ${!f}', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['numbers', '((a + 1 > b))', ['a', 'b']],
    ['indexes', 'x=${a[b]}', ['a', 'b']],
    ['what is added to', 'a+=1', ['a']],
    ['names that are passed', 'printf -v a x', ['a', 'x']],
    ['not what is only set', 'a=1 b=(2)', []],
    ['not what a text says', 'say "a b"', []],
    ['what a text in a here document expands', 'cat <<END\na $b\nEND', ['b']],
  ])('is %s', (_, text, wanted) => {
    expect(read(text)).toEqual(wanted)
  })

  it('knows what a function keeps to itself', () => {
    expect([...namesIn('f() {\n  local a b=1 c=()\n  d=$a\n}').local].sort()).toEqual(['a', 'b', 'c'])
  })
})

it('a name that is put together has a start and an end', () => {
  expect(namesIn('"probe_$x" "${y}_row" "$z" "${step_id}_when"').composed).toEqual([
    { start: 'probe_', variable: 'x', end: '' },
    { start: '', variable: 'y', end: '_row' },
    { start: '', variable: 'step_id', end: '_when' },
  ])
})
