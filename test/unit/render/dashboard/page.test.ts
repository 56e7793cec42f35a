import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Records, viewOf } from '../../../../tasks/engine/render/dashboard/model.ts'
import { createPage } from '../../../../tasks/engine/render/dashboard/page.ts'
import { pastOf } from '../../../../tasks/engine/render/dashboard/past.ts'
import { recordedState, toldStates } from '../../../../tasks/engine/render/dashboard/states.ts'
import { anyText, hostile } from '../../hostile.ts'

const read = (name: string): string => readFileSync(new URL(`../../../../templates/dashboard/${name}`, import.meta.url), 'utf8')
const assets = {
  page: read('page.html.hbs'),
  target: read('target.html.hbs'),
  run: read('run.html.hbs'),
  style: read('style.css'),
  script: read('script.js'),
}
const make = createPage(assets)
const now = new Date('2026-11-27T12:00:00Z')

/** Records in which every text is this one. */
function recordsWith(text: string): Records {
  const result = {
    ...{ target: text, status: text, message: text, duration: 3, changed: true, outputs_created: [text], outputs_changed: [text] },
    steps: [{ title: text, status: text, seconds: 1, reason: text }],
  }
  const line = JSON.stringify({ run: text, at: text, who: text, where: text, verb: text, results: [result] })
  const sync = JSON.stringify({ run: text, at: '2026-11-27T02:00:00Z', verb: 'sync', results: [result] })
  const target = { description: text, direction: 'pull', schedule: '0 2 * * *', timezone: undefined } as const
  return {
    name: text,
    now,
    live: false,
    targets: [
      { ...target, name: text, depends_on: [] },
      { ...target, name: 'other', depends_on: [text] },
    ],
    states: new Map([[text, { word: text, reasons: [text], lastRun: now.toISOString(), lastStatus: text }]]),
    unasked: text,
    past: pastOf(Buffer.from([line, sync, 'broken'].join('\n')), now),
    stores: new Map([[text, { count: 1, newest: text, reason: text, checked: { at: text, by: text } }]]),
    logOf: () => text,
    diffOf: () => text,
  }
}

/** The tags and the names of their attributes: what texts must not change. */
const shapeOf = (html: string): string[] =>
  [
    ...html
      .replace(assets.style, '')
      .replace(assets.script, '')
      .matchAll(/<(?:"[^"]*"|[^>"])*>/g),
  ].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))

describe('the page', () => {
  const plain = shapeOf(make(viewOf(recordsWith('plain'))).html)

  it.each([...hostile, '</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='x", '{{{script}}}', '<!--'])(
    'has the same tags and attributes whatever a text holds: %j',
    (text) => {
      expect(shapeOf(make(viewOf(recordsWith(text))).html)).toEqual(plain)
    },
  )

  it('has them for any text', () => {
    fc.assert(fc.property(anyText.filter((text) => text.trim() !== ''), (text) => {
      expect(shapeOf(make(viewOf(recordsWith(text))).html)).toEqual(plain)
    }), { numRuns: 200 }) // biome-ignore format: one property
  })

  it('may load nothing from anywhere, and run its own script alone', () => {
    const { html, policy } = make(viewOf(recordsWith('plain')))
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'$/,
    )
    expect(html).toContain(policy.replaceAll("'", '&#x27;').replaceAll('=', '&#x3D;'))
    expect(html.match(/<script/g)).toHaveLength(1)
    expect(html).not.toMatch(/\s(style|on\w+)=|https?:|src=|@import|url\(/)
    expect(make(viewOf({ ...recordsWith('plain'), live: true })).policy).toContain("connect-src 'self'")
  })

  it('says how all stands, what is overdue, and which lines cannot be read', () => {
    const view = viewOf({
      ...recordsWith('a'),
      states: new Map([['a', { word: 'failed', reasons: ['no such host'], lastRun: '2026-11-20T02:00:00Z', lastStatus: 'failed' }]]),
    })
    expect(view.headline).toBe('2 of 2 targets need a look')
    expect(view.targets[0]).toMatchObject({ word: 'failed', tone: 'bad', overdue: true, next: { shown: '2026-11-28 02:00Z' } })
    expect(view.broken).toBe('history.jsonl: a line cannot be read and is left out: 3')
    expect(view.counts).toEqual([
      { state: 'failed', word: 'failed', tone: 'bad', count: 1 },
      { state: 'unknown', word: 'unknown', tone: 'look', count: 1 },
    ])
  })

  it('stays light: 1,000 targets and 100,000 runs are less than 4 MB', () => {
    const names = [...Array(1000)].map((_, index) => `target_${index}`)
    const lines = [...Array(100_000)].map((_, index) =>
      JSON.stringify({
        run: `20261127_020000_${index}`,
        at: new Date(now.getTime() - index * 75_000).toISOString(),
        verb: 'sync',
        results: [{ target: names[index % 1000], status: index % 7 === 0 ? 'failed' : 'done', duration: index % 50 }],
      }),
    )
    const rest = recordsWith('a')
    const targets = names.map((name) => ({ ...rest.targets[0], name, depends_on: [] })) as unknown as Records['targets']
    const { html } = make(viewOf({ ...rest, targets, past: pastOf(Buffer.from(lines.join('\n')), now) }))
    expect(html.length).toBeLessThan(4_000_000)
    expect(html.length).toBeGreaterThan(1_000_000)
  })
})

describe('states', () => {
  const target = { name: 'a', direction: 'pull', schedule: '0 2 * * *', timezone: undefined } as const
  const known = { lastRun: '2026-11-27T02:00:00Z', lastStatus: 'done', unfinished: undefined, held: false }

  it.each([
    ['ok', known],
    ['never_ran', { ...known, lastRun: undefined, lastStatus: undefined }],
    ['failed', { ...known, lastStatus: 'partial' }],
    ['overdue', { ...known, lastRun: '2026-11-26T02:00:00Z' }],
    ['never_ran', { ...known, lastRun: undefined, awaited: { since: '2026-11-27T02:00:00Z', schedule: 'daily at 02:00 UTC' } }],
    ['overdue', { ...known, lastRun: undefined, awaited: { since: '2026-11-25T02:00:00Z', schedule: 'daily at 02:00 UTC' } }],
    ['never_ran', { ...known, lastRun: undefined, awaited: { since: '2026-11-25T02:00:00Z', schedule: 'daily at 03:00 UTC' } }],
    ['held', { ...known, held: true }],
    ['unfinished', { ...known, unfinished: '20261127_020000_0000', lastStatus: 'failed' }],
  ])('%s is what the records alone say', (word, recorded) => {
    expect(recordedState(target, recorded, now).word).toBe(word)
  })

  it('are as status tells them', () => {
    const told = { target: 'a', state: 'out_of_sync', reasons: ['x'], last_run: null, last_status: null }
    expect(toldStates(JSON.stringify({ targets: [told] })).get('a')).toEqual({
      word: 'out_of_sync',
      reasons: ['x'],
      lastRun: undefined,
      lastStatus: undefined,
    })
    expect(() => toldStates('')).toThrow()
  })
})
