/**
 * What is wrong if a sync.yaml asks for a newer version (`requires: ">=0.2"`) than this one; undefined if nothing is. Read from
 * the text itself, for an older version understands perhaps nothing else of it.
 */
export function requirementProblem(text: string, version: string): string | undefined {
  const wanted = /^requires:\s*["']?>=\s*(\d+(?:\.\d+){1,2})/m.exec(text)?.[1]
  if (wanted === undefined) return undefined
  const [[major, minor, patch], have] = [numbers(wanted), numbers(version)]
  const difference = have[0] - major || have[1] - minor || have[2] - patch
  return difference < 0 ? `it requires Lockstep ${wanted} or newer; this is ${version}` : undefined
}

const numbers = (version: string): [number, number, number] => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return [major, minor, patch]
}
