import { describe, expect, it } from 'vitest'
import { LateText, neededVariables, parseLateText } from '../../../tasks/engine/config/late.ts'

describe('parseLateText', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['$$', '$'],
    ['$$HOME', '$HOME'],
    ['$${HOME}', '${HOME}'],
    ['a $ b', 'a $ b'],
    ['ends with $', 'ends with $'],
    ['$1', '$1'],
    ['${', '${'],
    ['${}', '${}'],
    ['${A', '${A'],
    ['${A-b}', '${A-b}'],
    ['${A:=b}', '${A:=b}'],
    ['${#A}', '${#A}'],
    ['$(touch x)', '$(touch x)'],
    ['`touch x`', '`touch x`'],
  ])('takes %j for the plain text %j', (text, plain) => {
    expect(parseLateText(text)).toBe(plain)
  })

  it.each([
    ['$A', [{ name: 'A' }]],
    ['${A}', [{ name: 'A' }]],
    ['${_a1}', [{ name: '_a1' }]],
    ['${A:-b c}', [{ name: 'A', fallback: 'b c' }]],
    ['${A:-}', [{ name: 'A', fallback: '' }]],
    ['${A:-`x`"\'\\}', [{ name: 'A', fallback: '`x`"\'\\' }]],
    ['$A$B', [{ name: 'A' }, { name: 'B' }]],
    ['x/${A}/y', ['x/', { name: 'A' }, '/y']],
    ['$$${A}$$', ['$', { name: 'A' }, '$']],
    ['${A:-${B}}', ['${A:-', { name: 'B' }, '}']],
  ])('finds the variables of %j', (text, parts) => {
    const late = parseLateText(text)
    expect(late).toBeInstanceOf(LateText)
    expect((late as LateText).parts).toEqual(parts)
  })
})

describe('neededVariables', () => {
  it('names the variables without fallback, however deep', () => {
    const value = { a: parseLateText('$A ${B:-x} ${C}'), b: [{ c: parseLateText('$D') }, 'text', 1, null, undefined] }
    expect(neededVariables(value)).toEqual(['A', 'C', 'D'])
  })

  it.each([['text'], [1], [null], [undefined], [true]])('finds none in %j', (value) => {
    expect(neededVariables(value)).toEqual([])
  })
})
