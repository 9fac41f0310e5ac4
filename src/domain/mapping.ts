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
  /** The mapped fields of somebody; `source` holds the values of all paths. */
  fill(source: Source): Partial<Profile>
}

export const ONE_TO_ONE: Mapping = { paths: [], fill: () => ({}) }
