'use strict'
const find = document.getElementById('find')
const found = document.getElementById('found')
let wanted = ''
/** What each part was made from, by its id. */
const sources = new Map()

/** How far a time is from now, in words. */
function fromNow(iso) {
  const minutes = Math.round((Date.parse(iso) - Date.now()) / 60000)
  const far = Math.abs(minutes)
  const words = far < 1 ? '' : far < 120 ? `${far} min` : far < 2880 ? `${Math.round(far / 60)} h` : `${Math.round(far / 1440)} days`
  return words === '' ? 'now' : minutes < 0 ? `${words} ago` : `in ${words}`
}

function showTimes() {
  for (const time of document.querySelectorAll('time')) {
    time.title ||= time.textContent
    time.textContent = fromNow(time.dateTime)
  }
}

function filter() {
  const text = find.value.trim().toLowerCase()
  let shown = 0
  const targets = document.querySelectorAll('.target')
  for (const target of targets) {
    const words = target.querySelector('.who').textContent.toLowerCase()
    target.hidden = !(words.includes(text) && (wanted === '' || target.dataset.state === wanted))
    if (!target.hidden) shown++
  }
  for (const chip of document.querySelectorAll('.chip')) chip.setAttribute('aria-pressed', String(chip.dataset.state === wanted))
  found.textContent = shown === targets.length ? '' : `${shown} of ${targets.length} shown`
}

/** The target that the address names is open. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (named?.matches('details')) {
    named.hidden = false
    named.open = true
    named.scrollIntoView()
  }
}

/** Takes over what is new, and leaves open what is open. */
async function renew() {
  const answer = await fetch(location.pathname)
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const open = [...document.querySelectorAll('details[open]')].map(({ id }) => id)
  const focused = document.activeElement?.closest('details')?.id
  for (const part of document.querySelectorAll('[data-part]')) {
    const next = page.getElementById(part.id)
    if (next && next.innerHTML !== sources.get(part.id)) {
      sources.set(part.id, next.innerHTML)
      part.replaceChildren(...next.childNodes)
    }
  }
  document.title = page.title
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  if (focused) document.getElementById(focused)?.querySelector('summary').focus({ preventScroll: true })
  showTimes()
  filter()
}

document.querySelector('.tools').hidden = false
find.addEventListener('input', filter)
document.addEventListener('click', ({ target }) => {
  const chip = target.closest('.chip')
  if (!chip) return
  wanted = wanted === chip.dataset.state ? '' : chip.dataset.state
  filter()
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target === find || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  find.focus()
})
addEventListener('hashchange', openNamed)
setInterval(showTimes, 30000)
if ('live' in document.documentElement.dataset) new EventSource('events').addEventListener('changed', renew)
showTimes()
openNamed()
