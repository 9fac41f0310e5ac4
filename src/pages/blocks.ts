import { h } from 'preact'
import type { Content } from './words.js'

/** The few things pages are built of. */

export interface FieldError {
  /** The id of the field. */
  readonly field: string
  readonly message: Content
}

export interface Field {
  /** Id and name. */
  readonly name: string
  readonly label: Content
  readonly type?: 'text' | 'password'
  readonly autocomplete: 'username' | 'current-password' | 'new-password'
  readonly value?: string
  readonly readonly?: boolean
  readonly hint?: Content
  readonly error?: Content
  /** Beside the field. */
  readonly beside?: Content
  readonly below?: Content
}

export function field({ name, label, type = 'text', hint, error, beside, below, ...rest }: Field): Content {
  const described = [...(hint ? [`${name}-hint`] : []), ...(error ? [`${name}-error`] : [])].join(' ')
  const input = h('input', {
    id: name,
    name,
    type,
    value: rest.value ?? '',
    autocomplete: rest.autocomplete,
    readOnly: rest.readonly ?? false,
    autocapitalize: 'none',
    autocorrect: 'off',
    spellcheck: false,
    dir: 'auto',
    ...(described === '' ? {} : { 'aria-describedby': described }),
    ...(error ? { 'aria-invalid': 'true' } : {}),
    ...(rest.autocomplete === 'new-password' ? { passwordrules: 'minlength: 12; maxlength: 256;' } : {}),
  })
  return h(
    'div',
    { class: error ? 'field wrong' : 'field' },
    h('label', { for: name }, label),
    hint && h('p', { id: `${name}-hint`, class: 'hint' }, hint),
    error && h('p', { id: `${name}-error`, class: 'error' }, error),
    beside ? h('div', { class: 'beside' }, input, beside) : input,
    below,
  )
}

export interface FormOptions {
  readonly action: string
  readonly button: Content
  /** One primary button a page. */
  readonly primary?: boolean
  readonly hidden?: Readonly<Record<string, string>>
}

export function form({ action, button, primary = true, hidden = {} }: FormOptions, ...content: Content[]): Content {
  return h(
    'form',
    { method: 'post', action, novalidate: true },
    Object.entries(hidden).map(([name, value]) => h('input', { type: 'hidden', name, value })),
    ...content,
    h('button', { type: 'submit', class: primary ? 'primary' : 'second' }, button),
  )
}

export function linkButton(href: string, label: Content, primary = true): Content {
  return h('a', { href, class: primary ? 'button primary' : 'button second', rel: 'noreferrer' }, label)
}

/** On top of a page whose form was refused: focused when the page has loaded, also without our script. */
export function errorSummary(heading: Content, errors: readonly FieldError[]): Content {
  return h(
    'div',
    {
      id: 'problem',
      class: 'problem',
      role: 'alert',
      tabindex: -1,
      autofocus: true,
      'aria-labelledby': 'problem-heading',
    },
    h('h2', { id: 'problem-heading' }, heading),
    h(
      'ul',
      null,
      errors.map(({ field: id, message }) => h('li', null, h('a', { href: `#${id}` }, message))),
    ),
  )
}
