import { createInterface } from 'node:readline/promises'

/** What the person at the terminal answers to a question; no, where Ctrl-C or Ctrl-D is the answer. */
export async function isAgreed(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } catch {
    return false
  } finally {
    lines.close()
  }
}
