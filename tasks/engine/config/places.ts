import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import { isMerge, spanOf } from './document.ts'
import type { PlacedProblem, Problem, Source } from './problem.ts'

/** Makes a problem of what stands at a path: of the value, or with `atKey` of its key; of the nearest thing above where there is none. */
export type Place = (path: readonly PropertyKey[], message: Problem['message'], atKey?: boolean) => PlacedProblem

/** The places in the contents of the document of a file. */
export function placesIn(contents: unknown, source: Source): Place {
  const pairs = new Map<unknown, ReadonlyMap<string, Pair>>()
  /** Its pairs by key, put together once: there may be thousands of problems in one mapping. */
  const pairOf = (map: { readonly items: readonly Pair[] }, key: PropertyKey): Pair | undefined => {
    const byKey = pairs.get(map) ?? new Map(map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])))
    pairs.set(map, byKey)
    return byKey.get(String(key)) ?? map.items.find((pair) => isMerge(pair.key))
  }
  return (path, message, atKey = false) => {
    const [start, end] = rangeOf(contents, path, atKey, pairOf)
    return { source, message, start, end }
  }
}

function rangeOf(
  contents: unknown,
  path: readonly PropertyKey[],
  atKey: boolean,
  pairOf: (map: { readonly items: readonly Pair[] }, key: PropertyKey) => Pair | undefined,
): readonly [number, number] {
  let node = contents as Node | null
  let range = spanOf(node)
  for (const [index, key] of path.entries()) {
    const isKey = atKey && index === path.length - 1
    if (isMap(node)) {
      const pair = pairOf(node as { readonly items: readonly Pair[] }, key)
      if (!pair) return range
      node = (pair.value ?? pair.key) as Node | null
      if (isMerge(pair.key)) return spanOf(pair.value as Node)
      if (isKey || !isScalar(node)) range = spanOf(pair.key as Node)
      if (isKey) return range
    } else {
      const item = isSeq(node) ? (node.items[Number(key)] as Node | undefined) : undefined
      if (item === undefined) return range
      node = item
      range = spanOf(node)
    }
    if (isScalar(node)) range = spanOf(node)
  }
  return range
}
