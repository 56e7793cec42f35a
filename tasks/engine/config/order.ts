interface Orderable {
  readonly name: string
  readonly priority: number
  readonly depends_on: readonly string[]
}

/**
 * Targets in the order in which they run: after what they depend on, of the others the higher priority first, else as
 * written. Or the cycle that forbids it, its first name repeated at the end.
 */
export function orderTargets<T extends Orderable>(targets: readonly T[]): { targets: T[] } | { cycle: string[] } {
  const byName = new Map(targets.map((target) => [target.name, target]))
  const wanted = [...targets].sort((one, other) => other.priority - one.priority)
  const ordered = new Set<T>()
  const visit = (target: T, path: readonly string[]): string[] | undefined => {
    if (ordered.has(target)) return undefined
    if (path.includes(target.name)) return [...path.slice(path.indexOf(target.name)), target.name]
    for (const name of target.depends_on) {
      const needed = byName.get(name)
      const cycle = needed && visit(needed, [...path, target.name])
      if (cycle) return cycle
    }
    ordered.add(target)
    return undefined
  }
  for (const target of wanted) {
    const cycle = visit(target, [])
    if (cycle) return { cycle }
  }
  return { targets: [...ordered] }
}
