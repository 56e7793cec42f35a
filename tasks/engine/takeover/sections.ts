/** A file of `[NAME]` sections with `key = value` lines, which go on in lines that are indented; the last of a key counts. */
export function readSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let values = new Map<string, string>()
  let key = ''
  for (const line of text.split(/\r?\n/)) {
    const [, section] = /^\s*\[(.*)\]\s*$/.exec(line) ?? []
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*)$/.exec(line) ?? []
    if (/^\s*([#;]|$)/.test(line)) continue
    if (section !== undefined) {
      values = sections.get(section) ?? new Map<string, string>()
      sections.set(section, values)
      key = ''
    } else if (/^\s/.test(line) && name === undefined && key !== '') {
      values.set(key, `${values.get(key)}\n${line.trim()}`.trim())
    } else if (name !== undefined) {
      key = name
      values.set(key, (value ?? '').trim())
    }
  }
  return sections
}
