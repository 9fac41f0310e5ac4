import { hasValue } from './rule.js'
import type { Profile, ProfileField, Source } from './user.js'

/** Which properties of the directory fill which field. */

/** The first of `from` that has a value fills the field. */
export interface FieldMapping {
  readonly from: readonly string[]
  readonly trim: boolean
  readonly case: 'lower' | 'upper' | null
}

/** Fields that are left out are filled by the property of their own name. */
export type MappingConfig = Readonly<Partial<Record<ProfileField, FieldMapping>>>

export interface Mapping {
  /** Paths of the directory that are read besides the properties of the profile. */
  readonly paths: readonly string[]
  /** The mapped fields of somebody, without those a path missing in `source` may fill: nobody has read it. */
  fill(source: Source): Partial<Profile>
}

export const ONE_TO_ONE: Mapping = { paths: [], fill: () => ({}) }

/** The mapping of `mapping.json`; pure. Letter case is that of no language, so it is the same on every machine. */
export function mappingOf(config: MappingConfig): Mapping {
  const fields = Object.entries(config) as [ProfileField, FieldMapping][]
  if (fields.length === 0) return ONE_TO_ONE
  return {
    paths: [...new Set(fields.flatMap(([, { from }]) => from))],
    fill: (source) => {
      const filled: Partial<Record<ProfileField, string | null>> = {}
      for (const [field, mapping] of fields) {
        const value = valueOf(mapping, source)
        if (value !== undefined) filled[field] = value
      }
      return filled
    },
  }
}

/** Undefined where nobody can tell. */
function valueOf(mapping: FieldMapping, source: Source): string | null | undefined {
  const path = mapping.from.find((one) => source[one] === undefined || hasValue(source[one]))
  const value = path === undefined ? null : source[path]
  if (value === undefined || value === null) return value
  const trimmed = mapping.trim ? value.trim() : value
  if (mapping.case === null) return trimmed
  return mapping.case === 'lower' ? trimmed.toLowerCase() : trimmed.toUpperCase()
}
