import { h, type ComponentChildren } from 'preact'
import { piecesOf, type Values } from '../texts/index.js'

export type Content = ComponentChildren

/** Values that are no names: they stand among the words as they are. */
const PLAIN = ['n', 'date']

/** A sentence as content of a page. Names stand apart from it, whatever direction they are written in. */
export function say(sentence: string, values: Values): Content[] {
  return piecesOf(sentence, values).map(({ text, name }) => {
    if (name === 'contact') return contactLink(text)
    return name === null || PLAIN.includes(name) ? text : h('bdi', null, text)
  })
}

/** Whom to ask: an address or a page becomes a link, any other name stays one. */
function contactLink(contact: string): Content {
  if (/^https?:\/\/\S+$/i.test(contact)) return h('a', { href: contact, rel: 'noreferrer' }, contact)
  if (/^[^\s@<>]+@[^\s@<>]+$/.test(contact)) return h('a', { href: `mailto:${encodeURI(contact)}` }, contact)
  return h('bdi', null, contact)
}
