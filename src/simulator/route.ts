import type { Answer } from './answer.js'
import type { PermissionArea } from './errors.js'
import type { GraphRequest, Tenant } from './tenant.js'

export type Handler = (tenant: Tenant, request: GraphRequest) => Answer

/** An endpoint of Graph. */
export interface Route {
  /** Matched with the path in lower case and without the version. */
  readonly pattern: RegExp
  /** As counted in `requests.counts`, and as faults are told which to meet. */
  readonly name: string
  readonly area: PermissionArea
  readonly method: 'GET' | 'POST'
  /** One of them is enough; the first is named where none is there. */
  readonly permissions: readonly string[]
  readonly handler: Handler
}

export function route(pattern: RegExp, name: string, permissions: readonly string[], handler: Handler): Route {
  return { pattern, name, area: 'directory', method: 'GET', permissions, handler }
}

const READS_DIRECTORY = ['Directory.Read.All', 'Directory.ReadWrite.All']

export const READS_USERS = ['User.Read.All', 'User.ReadWrite.All', ...READS_DIRECTORY]

/** All about groups but the deleted ones. */
export const READS_GROUPS = [
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  ...READS_DIRECTORY,
]

export const READS_DELETED_GROUPS = ['Group.Read.All', 'Group.ReadWrite.All', ...READS_DIRECTORY]

export function mayRead(roles: readonly string[], permissions: readonly string[]): boolean {
  return permissions.some((permission) => roles.includes(permission))
}
