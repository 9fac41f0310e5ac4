import { aheadLogin } from './contract/ahead-login.js'
import { archive } from './contract/archive.js'
import { basics } from './contract/basics.js'
import { commits } from './contract/commits.js'
import { connectionsApart } from './contract/connections-apart.js'
import { holds } from './contract/holds.js'
import { keepsakes } from './contract/keepsakes.js'
import { leases } from './contract/leases.js'
import { lists } from './contract/lists.js'
import { oddValues } from './contract/odd-values.js'
import { parking } from './contract/parking.js'
import { passes } from './contract/passes.js'
import { pruning } from './contract/pruning.js'
import { removals } from './contract/removals.js'
import { replaced } from './contract/replaced.js'
import { replays } from './contract/replays.js'
import { runs } from './contract/runs.js'
import type { Open } from './support.js'

/** What every store promises, whatever it is made of. `open` gives an empty one each time. */
export function describeStore(name: string, open: Open): void {
  describe(`${name} keeps the promises of the store port`, () => {
    for (const group of [
      basics,
      commits,
      passes,
      parking,
      leases,
      lists,
      runs,
      connectionsApart,
      oddValues,
      replays,
      aheadLogin,
      keepsakes,
      archive,
      removals,
      holds,
      replaced,
      pruning,
    ])
      group(open)
  })
}
