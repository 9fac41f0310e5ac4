/**
 * Runs in the browser; every page works without it. It announces how many characters are missing a second after typing
 * stops, so that a screen reader is not interrupted by every key.
 */
export const SCRIPT = `
(() => {
  const find = (id) => document.getElementById(id)

  const problem = find('problem')
  if (problem) problem.focus()

  const PAUSE_MS = 3000
  for (const form of document.forms) {
    let sentAt = -PAUSE_MS
    form.addEventListener('submit', (event) => {
      const again = event.timeStamp - sentAt < PAUSE_MS
      if (again) event.preventDefault()
      else sentAt = event.timeStamp
    })
  }

  const password = find('password')
  const show = find('show')
  if (password && show) {
    const reveal = (shown) => {
      password.type = shown ? 'text' : 'password'
      show.setAttribute('aria-pressed', String(shown))
      show.textContent = shown ? show.dataset.hide : show.dataset.show
    }
    show.hidden = false
    show.addEventListener('click', () => reveal(password.type === 'password'))
    // A browser offers to keep a password only from a field that hides it.
    password.form.addEventListener('submit', () => reveal(false))
  }

  const meter = find('meter')
  if (password && meter) {
    const LEAST = 12
    const plurals = new Intl.PluralRules(document.documentElement.lang)
    const words = () => {
      const length = Array.from(password.value.normalize('NFC')).length
      if (length === 0) return ''
      const n = LEAST - length
      if (n <= 0) return meter.dataset.enough
      const sentence = plurals.select(n) === 'one' ? meter.dataset.moreOne : meter.dataset.more
      return sentence.replace('{n}', String(n))
    }
    let timer
    password.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => { meter.textContent = words() }, 1000)
    })
  }
})()
`
