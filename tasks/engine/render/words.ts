import { type Found, type Names, noteComposed, noteWord, type Word } from './names.ts'

/** After these words a command begins. */
const BEFORE_A_COMMAND = new Set(['!', '{', 'do', 'elif', 'else', 'if', 'then', 'time', 'until', 'while'])
/** What these are given in quotation marks is run. */
const RUNS_TEXT = new Set(['eval', 'trap'])
/** What stands in a word, and in quotation marks, as it is meant. */
const PLAIN_IN_WORD = /[^\s;&|()<>`\\'"$=]+/y
const PLAIN_IN_QUOTES = /[^"\\`$]+/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y

/** What a sticky pattern finds just at this place; '' if nothing. */
function takenAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/**
 * The names in bash without what is only said, compared or handed to another program: comments, quoted text, here
 * documents, the labels of `case`, the patterns of `[[ ]]`. It is right for the bash of this project, and where it is not
 * sure it takes a word for a name.
 */
export function namesIn(text: string): Names {
  const names = {
    called: new Set<string>(),
    read: new Set<string>(),
    local: new Set<string>(),
    composed: [] as Names['composed'][number][],
  }
  readCode(text, 0, '', names)
  return names
}

/** Reads commands from `at` to the `end` that closes them, or to the end of the text, and gives the place after it. */
function readCode(text: string, at: number, end: ')' | '`' | '', found: Found): number {
  const cases: ('head' | 'label' | 'body')[] = []
  const documents: { readonly word: string; readonly quoted: boolean; readonly tabs: boolean }[] = []
  let [command, depth, starts, test, before] = ['', 0, true, false, '']
  let i = at
  while (i < text.length) {
    const rest = text[i] ?? ''
    if (rest === end && (end === '`' || (depth === 0 && cases.at(-1) !== 'label'))) return i + 1
    if (rest === '\n') {
      i++
      for (const document of documents.splice(0)) i = readDocument(text, i, document, found)
      ;[starts, command, before] = [true, '', '']
    } else if (rest === ' ' || rest === '\t') i++
    else if (text.startsWith('\\\n', i)) i += 2
    else if (rest === '#') i = endOfLine(text, i)
    else if (cases.at(-1) === 'label' && text.startsWith(')', i)) {
      cases[cases.length - 1] = 'body'
      ;[starts, i] = [true, i + 1]
    } else if (text.startsWith(';;', i)) {
      if (cases.length > 0) cases[cases.length - 1] = 'label'
      i += 2
    } else if (text.startsWith('((', i) && (starts || command === 'for')) i = readArithmetic(text, i + 2, '))', found)
    else if (text.startsWith('<<<', i)) i += 3
    else if (text.startsWith('<<', i)) {
      const [all = '', dash, quote, word = ''] = /^<<(-?)\s*(["'\\]?)([A-Za-z_]+)["']?/.exec(text.slice(i, i + 80)) ?? []
      documents.push({ word, quoted: quote !== '', tabs: dash === '-' })
      i += Math.max(all.length, 2)
    } else if ('<>'.includes(rest) && text[i + 1] === '(') i = readCode(text, i + 2, ')', found)
    else if (';&|()<>'.includes(rest)) {
      if (rest === '(' && cases.at(-1) !== 'label') depth++
      if (rest === ')') depth--
      if (!'<>'.includes(rest)) [starts, command, before] = [true, '', '']
      else before = rest
      i++
    } else {
      const word = readWord(text, i, RUNS_TEXT.has(command), found)
      i = word.next
      const state = cases.at(-1)
      if (state === 'label' && word.plain !== 'esac') continue
      if (state === 'head' && word.plain === 'in') cases[cases.length - 1] = 'label'
      else if (word.plain === 'esac' && (state === 'label' || starts)) cases.pop()
      else if (starts && word.plain === 'case') {
        cases.push('head')
        starts = false
        command = 'case'
      } else if (starts && BEFORE_A_COMMAND.has(word.plain)) command = ''
      else if (test && /^([=!]?=|=~)$/.test(before)) before = ''
      else {
        if (word.plain === '[[') test = true
        else if (word.plain === ']]') test = false
        noteWord(word, starts, command, found)
        if (starts && !word.assigns) [starts, command] = [false, word.plain]
        before = word.plain
      }
    }
  }
  return i
}

/** One word, with all that it expands; `runs` says that its quoted text is run. */
function readWord(text: string, at: number, runs: boolean, found: Found): Word {
  let [i, plain, bare, assigns] = [at, '', true, false]
  while (i < text.length) {
    const run = takenAt(PLAIN_IN_WORD, text, i)
    plain += run
    i += run.length
    const rest = text[i] ?? ''
    if (/^[\s;&|()<>`]?$/.test(rest)) break
    if (rest === '\\') {
      plain += ' '
      i += 2
    } else if (rest === "'" || text.startsWith("$'", i)) {
      const closed = rest === "'" ? endOfPlain(text, i + 1) : endOfAnsi(text, i + 2)
      const inside = text.slice(i + (rest === "'" ? 1 : 2), closed)
      if (runs) readCode(inside, 0, '', found)
      plain += inside
      ;[i, bare] = [closed + 1, false]
    } else if (rest === '"') {
      const quoted = readQuoted(text, i + 1, '"', found)
      const inside = text.slice(i + 1, quoted.next - 1)
      if (runs) readCode(inside.replaceAll('\\', ' '), 0, '', found)
      noteComposed(inside, found)
      plain += quoted.plain
      ;[i, bare] = [quoted.next, false]
    } else if (rest === '$') {
      i = readExpansion(text, i, found)
      plain += ' '
    } else {
      plain += rest
      i++
      if (rest === '=' && /^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=$/s.test(plain)) {
        assigns = true
        if (text[i] === '(') {
          i = readCode(text, i + 1, ')', found)
          break
        }
      }
    }
  }
  if (text[i] === '`') i = readCode(text, i + 1, '`', found)
  else if (i === at) i++
  return { plain, bare, assigns, next: i }
}

/** Text in double quotation marks, or in a here document, from `at`: what it expands counts. */
function readQuoted(text: string, at: number, end: '"' | '', found: Found): { readonly plain: string; readonly next: number } {
  let [i, plain] = [at, '']
  while (i < text.length) {
    const run = takenAt(PLAIN_IN_QUOTES, text, i)
    plain += run
    i += run.length
    const rest = text[i] ?? ''
    if (rest === end) return { plain, next: i + 1 }
    if (rest === '\\') i += 2
    else if (rest === '`') i = readCode(text, i + 1, '`', found)
    else if (rest === '$') {
      i = readExpansion(text, i, found)
      plain += ' '
    } else {
      plain += rest
      i++
    }
  }
  return { plain, next: i }
}

/** What begins with a dollar. */
function readExpansion(text: string, at: number, found: Found): number {
  if (text.startsWith('$((', at)) return readArithmetic(text, at + 3, '))', found)
  if (text.startsWith('$(', at)) return readCode(text, at + 2, ')', found)
  if (text.startsWith('${', at)) return readBraces(text, at + 2, found)
  const name = takenAt(NAME, text, at + 1)
  if (name === '') return /[0-9@*#?$!-]/.test(text[at + 1] ?? '') ? at + 2 : at + 1
  found.read.add(name)
  return at + 1 + name.length
}

/** Up to the brace that closes an expansion: its name, and what stands in it. */
function readBraces(text: string, at: number, found: Found): number {
  let i = at
  while (i < text.length && text[i] !== '}') {
    const rest = text[i] ?? ''
    if (rest === '\\') i += 2
    else if (rest === "'") i = endOfPlain(text, i + 1) + 1
    else if (text.startsWith("$'", i)) i = endOfAnsi(text, i + 2) + 1
    else if (rest === '"') i = readQuoted(text, i + 1, '"', found).next
    else if (rest === '$') i = readExpansion(text, i, found)
    else {
      const name = takenAt(NAME, text, i)
      if (name !== '') found.read.add(name)
      i += name.length || 1
    }
  }
  return i + 1
}

/** Up to the `))` of its own: all names are variables. */
function readArithmetic(text: string, at: number, end: string, found: Found): number {
  let [i, depth] = [at, 0]
  while (i < text.length && !(depth === 0 && text.startsWith(end, i))) {
    const rest = text[i] ?? ''
    if (rest === '$') i = readExpansion(text, i, found)
    else if (rest === '"') i = readQuoted(text, i + 1, '"', found).next
    else {
      if (rest === '(') depth++
      if (rest === ')') depth--
      const name = takenAt(NAME, text, i)
      if (name !== '') found.read.add(name)
      i += name.length || 1
    }
  }
  return i + end.length
}

/** A here document; in one with a quoted word nothing is expanded. */
function readDocument(
  text: string,
  at: number,
  { word, quoted, tabs }: { readonly word: string; readonly quoted: boolean; readonly tabs: boolean },
  found: Found,
): number {
  const ends = new RegExp(`^${tabs ? '\\t*' : ''}${word}$`, 'm')
  const length = ends.exec(text.slice(at))?.index ?? text.length - at
  if (!quoted) readQuoted(text.slice(at, at + length), 0, '', found)
  return endOfLine(text, at + length)
}

function endOfPlain(text: string, at: number): number {
  const closed = text.indexOf("'", at)
  return closed < 0 ? text.length : closed
}

function endOfAnsi(text: string, at: number): number {
  let i = at
  while (i < text.length && text[i] !== "'") i += text[i] === '\\' ? 2 : 1
  return i
}

function endOfLine(text: string, at: number): number {
  const next = text.indexOf('\n', at)
  return next < 0 ? text.length : next
}
