import type { Target } from '../config/schema.ts'

export const FORMATS = ['text', 'mermaid', 'dot'] as const
export type Format = (typeof FORMATS)[number]

type Node = Pick<Target, 'name' | 'direction' | 'depends_on'>
interface Meeting {
  readonly targets: readonly [string, string]
}

/** What depends on what, in the order of the run. `meetings` are pairs that never run at the same time. */
export function renderGraph(targets: readonly Node[], meetings: readonly Meeting[], format: Format): string {
  const pairs = meetings.map((meeting) => meeting.targets)
  // Some names, such as end, mean something to Mermaid.
  const id = (name: string): string => `t${targets.findIndex((target) => target.name === name)}`
  const edges = targets.flatMap(({ name, depends_on }) => depends_on.map((needed) => [needed, name] as const))
  const lines = {
    text: () => textLines(targets, pairs),
    mermaid: () => [
      'graph LR',
      ...targets.map(({ name }) => `  ${id(name)}["${name}"]`),
      ...edges.map(([from, to]) => `  ${id(from)} --> ${id(to)}`),
      ...pairs.map(([one, other]) => `  ${id(one)} -. never at once .- ${id(other)}`),
    ],
    dot: () => [
      'digraph lockstep {',
      '  rankdir=LR',
      ...targets.map(({ name }) => `  "${name}"`),
      ...edges.map(([from, to]) => `  "${from}" -> "${to}"`),
      ...pairs.map(([one, other]) => `  "${one}" -> "${other}" [dir=none, style=dashed, label="never at once"]`),
      '}',
    ],
  }[format]()
  return `${lines.join('\n')}\n`
}

/** A tree for each target that depends on none; one that depends on several stands below each of them. */
function textLines(targets: readonly Node[], pairs: readonly Meeting['targets'][]): string[] {
  const below = ({ name, direction }: Node, indent: string): string[] => {
    const others = pairs.flatMap(([one, other]) => (one === name ? [other] : other === name ? [one] : []))
    const notes = [...(direction === undefined ? [] : [direction]), ...(others.length === 0 ? [] : [`never with ${others.join(', ')}`])]
    const dependents = targets.filter(({ depends_on }) => depends_on.includes(name))
    return [
      `${indent}${name}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`,
      ...dependents.flatMap((each) => below(each, `${indent.replace('└ ', '  ')}└ `)),
    ]
  }
  return targets.filter(({ depends_on }) => depends_on.length === 0).flatMap((each) => below(each, ''))
}
