#!/usr/bin/env node
// The command of the package. It imports nothing before it knows that Node is new enough to read it.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) {
  process.stderr.write(`lockstep needs Node 20 or newer; this is ${process.versions.node}\n`)
  process.exitCode = 3
} else {
  const [{ runCommand }, { loadKit }] = await Promise.all([import('./engine/run/command.ts'), import('./start.ts')])
  await runCommand(process.argv.slice(2), loadKit)
}

export {}
