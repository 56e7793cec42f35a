import { definedFunctions, type LibraryPart, usedParts } from './library.ts'

/** The function that serves on a host (scripts/lib/targets/host-serve.sh). */
export const SERVING = 'serve_host'

/** The bash that a host is sent before what it is told: that function, and those of the library that it needs. */
export const servingText = (library: readonly LibraryPart[]): string =>
  usedParts(SERVING, library)
    .map(({ text }) => text)
    .join('\n')

/** The names of these functions. */
export const servingFunctions = (library: readonly LibraryPart[]): string[] => definedFunctions(servingText(library))

/** The bash that makes the connection to a host: it sets `connection`, by an address, a port or none, and the seconds of silence. */
export const connectingText = (library: readonly LibraryPart[]): string =>
  usedParts('set_connection', library)
    .map(({ text }) => text)
    .join('\n')
