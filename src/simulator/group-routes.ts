import { deletedGroup, deletedGroupPage, groupPage, oneGroup } from './group-pages.js'
import { checkMemberGroups, memberPage } from './member-pages.js'
import { READS_DELETED_GROUPS, READS_GROUPS, READS_USERS, route, type Route } from './route.js'

const DELETED = 'directory/deletedItems/groups'

/** A user's groups can be read with a permission for users alone; their names then stay empty. */
const READS_MEMBER_OF = [...READS_GROUPS, ...READS_USERS]

export const GROUP_ROUTES: readonly Route[] = [
  route(/^groups\/(microsoft\.graph\.)?delta(\(\))?$/, 'groups/delta', READS_GROUPS, ({ groupDelta }, { exchange }) =>
    groupDelta.answer(exchange.query, /return\s*=\s*minimal/i.test(String(exchange.headers['prefer'] ?? ''))),
  ),
  route(/^groups$/, 'groups', READS_GROUPS, groupPage),
  route(/^groups\/[^/]+$/, 'groups/{id}', READS_GROUPS, oneGroup),
  ...['members', 'transitiveMembers', 'memberOf', 'transitiveMemberOf'].map((relation) =>
    route(related('groups', relation), `groups/{id}/${relation}`, READS_GROUPS, memberPage),
  ),
  ...['memberOf', 'transitiveMemberOf'].map((relation) =>
    route(related('users', relation), `users/{id}/${relation}`, READS_MEMBER_OF, memberPage),
  ),
  {
    ...route(
      /^users\/[^/]+\/(microsoft\.graph\.)?checkmembergroups$/,
      'users/{id}/checkMemberGroups',
      READS_GROUPS,
      checkMemberGroups,
    ),
    method: 'POST',
  },
  route(/^directory\/deleteditems\/microsoft\.graph\.group$/, DELETED, READS_DELETED_GROUPS, deletedGroupPage),
  route(
    /^directory\/deleteditems\/microsoft\.graph\.group\/[^/]+$/,
    `${DELETED}/{id}`,
    READS_DELETED_GROUPS,
    deletedGroup,
  ),
]

function related(collection: string, relation: string): RegExp {
  return new RegExp(`^${collection}/[^/]+/${relation.toLowerCase()}(/microsoft\\.graph\\.[a-z]+)?$`)
}
