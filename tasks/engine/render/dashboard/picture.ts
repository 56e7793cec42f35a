const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [184, 44, 56, 14]
/** More than that nobody can read in a picture. */
const MOST = 200

interface Node {
  readonly name: string
  readonly depends_on: readonly string[]
}

export interface Box {
  readonly name: string
  readonly shown: string
  readonly x: number
  readonly y: number
}

/** Boxes and the lines between them, in the units of its viewBox. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly lines: readonly string[]
}

/** What depends on what, from left to right; undefined where nothing does, or where there is too much to see. */
export function picture(targets: readonly Node[]): Picture | 'too many' | undefined {
  const tied = tiedTargets(targets)
  if (tied.length === 0) return undefined
  if (tied.length > MOST) return 'too many'
  const boxes = placed(tied)
  const at = new Map(boxes.map((box) => [box.name, box]))
  const lines = tied.flatMap(({ name, depends_on }) =>
    depends_on.flatMap((needed) => {
      const [from, to] = [at.get(needed), at.get(name)]
      return from && to ? [curve(from, to)] : []
    }),
  )
  const width = Math.max(...boxes.map(({ x }) => x)) + WIDTH + 2
  const height = Math.max(...boxes.map(({ y }) => y)) + HEIGHT + 2
  return { width, height, boxes, lines }
}

function tiedTargets(targets: readonly Node[]): Node[] {
  const needed = new Set(targets.flatMap(({ depends_on }) => depends_on))
  return targets.filter(({ name, depends_on }) => depends_on.length > 0 || needed.has(name))
}

/** Each in the column after the last that it depends on, near the middle of those. */
function placed(targets: readonly Node[]): Box[] {
  const columns = columnsOf(targets)
  const rows = new Map<string, number>()
  const width = Math.max(...columns.values()) + 1
  for (let column = 0; column < width; column++) {
    const inColumn = targets.filter(({ name }) => columns.get(name) === column)
    const middle = ({ depends_on }: Node): number =>
      depends_on.reduce((sum, name) => sum + (rows.get(name) ?? 0), 0) / Math.max(1, depends_on.length)
    for (const [row, { name }] of inColumn.toSorted((one, other) => middle(one) - middle(other)).entries()) rows.set(name, row)
  }
  return targets.map(({ name }) => ({
    name,
    shown: name.length > 22 ? `${name.slice(0, 12)}…${name.slice(-9)}` : name,
    x: 2 + (columns.get(name) ?? 0) * (WIDTH + GAP_X),
    y: 2 + (rows.get(name) ?? 0) * (HEIGHT + GAP_Y),
  }))
}

/** Targets stand in the order in which they run: what one depends on comes before it. */
function columnsOf(targets: readonly Node[]): Map<string, number> {
  const columns = new Map<string, number>()
  for (const { name, depends_on } of targets) columns.set(name, Math.max(-1, ...depends_on.map((needed) => columns.get(needed) ?? -1)) + 1)
  return columns
}

function curve(from: Box, to: Box): string {
  const [x, y, toX, toY] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2]
  const middle = (x + toX) / 2
  return `M${x} ${y}C${middle} ${y} ${middle} ${toY} ${toX} ${toY}`
}
