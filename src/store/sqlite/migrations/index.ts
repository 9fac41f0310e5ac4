import { firstTables } from './001-first-tables.js'
import { aheadLogin } from './002-ahead-login.js'
import { origin } from './003-origin.js'
import { removals } from './004-removals.js'

/** In order, the first is number 1. A migration that was released is never edited: the next one mends it. */
export const MIGRATIONS: readonly string[] = [firstTables, aheadLogin, origin, removals]
