// Writes the keys of sync.yaml into the README.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drivers } from '../tasks/drivers/index.ts'
import { keySchema } from '../tasks/engine/render/key-schema.ts'
import { renderReference, withReference } from '../tasks/engine/render/reference.ts'
import { readExample } from '../tasks/engine/run/sources.ts'
import { verbs } from '../tasks/verbs.ts'

const readme = fileURLToPath(new URL('../README.md', import.meta.url))
const text = readFileSync(readme, 'utf8')
writeFileSync(readme, withReference(text, renderReference(keySchema({ drivers, verbs }, readExample()))))
