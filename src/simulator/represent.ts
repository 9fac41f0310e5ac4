import type { Json, JsonObject } from './answer.js'
import type { Person } from './person.js'
import { COLLECTIONS, type Property, type Selection } from './properties.js'

/** The shapes in which Graph shows one person. Absent was never set, null was cleared. */

/** A new, restored or initial object: only what has a value. */
export function wholeItem(person: Person, selection: Selection): JsonObject {
  const item: JsonObject = { id: person.id }
  for (const name of selection.names) {
    const value = person[name]
    if (value !== undefined && value !== null) put(item, name, value)
  }
  return item
}

/** An update: every selected property that ever had a value, or with `only` just these. */
export function changedItem(person: Person, selection: Selection, only: ReadonlySet<string> | null): JsonObject {
  const item: JsonObject = { id: person.id }
  for (const name of selection.names) {
    const value = person[name]
    if (value !== undefined && (only === null || only.has(name))) put(item, name, value)
  }
  return item
}

export function tombstone(person: Person): JsonObject {
  return { id: person.id, '@removed': { reason: person.standing === 'purged' ? 'deleted' : 'changed' } }
}

/** Outside of delta every selected property is there. */
export function plainObject(person: Person, selection: Selection): JsonObject {
  const object: JsonObject = { id: person.id }
  for (const name of selection.names) {
    if (name !== 'manager') object[name] = shaped(name, person[name] ?? (COLLECTIONS.includes(name) ? [] : null))
  }
  return object
}

/** The relationship travels as ids. How a cleared one looks is documented nowhere; an empty array is one of the readings. */
function put(item: JsonObject, name: Property, value: Json): void {
  if (name !== 'manager') item[name] = shaped(name, value)
  else item['manager@delta'] = typeof value === 'string' ? [{ '@odata.type': '#microsoft.graph.user', id: value }] : []
}

const NO_EXTENSION_ATTRIBUTES = Object.fromEntries(
  Array.from({ length: 15 }, (_, at) => [`extensionAttribute${at + 1}`, null]),
)

/** The extension attributes come as an object with all fifteen, also where none has a value. */
function shaped(name: Property, value: Json): Json {
  return name === 'onPremisesExtensionAttributes' ? { ...NO_EXTENSION_ATTRIBUTES, ...(value as object | null) } : value
}
