import { describe, expect, it } from 'vitest'
import { renderGraph } from '../../../tasks/engine/render/graph.ts'

const targets = [
  { name: 'base', direction: 'pull' as const, depends_on: [] },
  { name: 'left', direction: 'push' as const, depends_on: ['base'] },
  { name: 'right', direction: undefined, depends_on: ['base'] },
  { name: 'last', direction: 'pull' as const, depends_on: ['left', 'right'] },
]
const meetings = [{ targets: ['left', 'right'] as const }]

describe('the graph of targets', () => {
  it('is a tree for people: what depends on several stands below each', () => {
    expect(renderGraph(targets, meetings, 'text')).toBe(
      'base (pull)\n└ left (push; never with right)\n  └ last (pull)\n└ right (never with left)\n  └ last (pull)\n',
    )
  })

  it('has each edge once for Mermaid and Graphviz', () => {
    expect(renderGraph(targets, meetings, 'mermaid').split('\n')).toEqual([
      'graph LR',
      '  t0["base"]',
      '  t1["left"]',
      '  t2["right"]',
      '  t3["last"]',
      '  t0 --> t1',
      '  t0 --> t2',
      '  t1 --> t3',
      '  t2 --> t3',
      '  t1 -. never at once .- t2',
      '',
    ])
    expect(renderGraph(targets, meetings, 'dot')).toContain('  "left" -> "right" [dir=none, style=dashed, label="never at once"]\n}\n')
  })
})
