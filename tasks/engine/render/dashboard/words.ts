/** A time for the page: `iso` for programs, `shown` for people. */
export interface Time {
  readonly iso: string
  readonly shown: string
}

export const spaced = (word: string): string => word.replaceAll('_', ' ')
export const firstLine = (text: string): string => text.split('\n')[0] ?? ''

export const timeOf = (iso: string): Time => ({ iso, shown: `${iso.slice(0, 16).replace('T', ' ')}Z` })
export const timeOr = (iso: string | undefined): Time | undefined => (iso === undefined ? undefined : timeOf(iso))
