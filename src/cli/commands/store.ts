import { resolve } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { StoreConfig } from '../../config/config.js'
import { isAbsent } from '../../config/files.js'
import { secretValues } from '../../config/secrets.js'
import { storeUrl } from '../../config/urls.js'
import { ConnectorError, EXIT_CODES, toConnectorError } from '../../domain/errors.js'
import { createRedactor } from '../../logging/redact.js'
import type { Compared, Difference } from '../../store/copy-compare.js'
import { nothingToCopy, refuseNothing } from '../../store/copy-ends.js'
import { copyStore as copy, type CopyReport } from '../../store/copy.js'
import { holderName } from '../../store/holder.js'
import { openStore, shownAddress } from '../../store/open.js'
import type { Store } from '../../store/port.js'
import { nameOf, text, type Options } from '../choices.js'
import { minute } from '../../domain/history-words.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { redacted } from '../problems.js'
import { count } from '../run-summary.js'
import { withStore } from '../store.js'

export async function copyStore(global: GlobalOptions, options: Options): Promise<number> {
  const url = nameOf('--to', text(options['to']) ?? '')
  const target = locationOf(url)
  if (global.connection !== null) throw new ConnectorError('usage.invalid', ALL_CONNECTIONS)
  return withInvocation(global, { needs: 'store', forAll: true }, (invocation) =>
    withoutSecrets(invocation, url, () => {
      const source = sourceOf(invocation)
      return withStore(invocation, async (_, from) => {
        // Before the other store is made.
        await refuseNothing(from, source)
        const report = await copyInto(invocation, from, { target, url })
        invocation.progress.clear()
        if (invocation.json) {
          const { copied, verified, differences } = report
          printJson({ copied, verified, differences })
        } else for (const [indent, line] of describe(report)) printLine(hanging(indent, harmless(line)))
        return report.verified ? EXIT_CODES.done : EXIT_CODES.failed
      })
    }),
  )
}

/** Its address as it may be shown. Throws `usage.invalid` where there is no such file: opening it would make an empty one. */
function sourceOf({ config: { store }, secrets }: Invocation): string {
  const address = shownAddress(store, secrets.storeUrl)
  if (store.kind === 'sqlite' && isAbsent(store.path)) throw nothingToCopy(`${address} does not exist`)
  return address
}

const ALL_CONNECTIONS = {
  message: '--connection has no meaning here: a store is copied as a whole',
  remedy: 'Leave --connection away.',
}

/** Never quotes the address: it may hold a password. */
function locationOf(url: string): StoreConfig {
  const parsed = storeUrl(url)
  if ('problem' in parsed)
    throw new ConnectorError('usage.invalid', { message: `--to ${parsed.problem}`, remedy: parsed.remedy })
  const { value } = parsed
  return value.kind === 'sqlite' ? { ...value, path: resolve(value.path) } : value
}

async function copyInto(
  { signal, progress }: Invocation,
  from: Store,
  { target, url }: { readonly target: StoreConfig; readonly url: string },
): Promise<CopyReport> {
  const now = (): Date => new Date()
  const to = await openTarget(target, url, now)
  try {
    return await copy(
      { from, to },
      { holder: holderName(), now, newId: () => uuid(), signal, onProgress: (at) => progress.show(at) },
    )
  } finally {
    await to.close()
  }
}

/** Advice of a store that cannot be opened names the setting it usually comes from. */
async function openTarget(target: StoreConfig, url: string, now: () => Date): Promise<Store> {
  try {
    return await openStore(target, { now, url, halfCopy: 'accepted' })
  } catch (thrown) {
    throw redacted(toConnectorError(thrown, 'opening the store to copy to'), (words) =>
      words.replaceAll('STORE_URL', '--to').replace('open the store:', 'open the store to copy to:'),
    )
  }
}

/** The address of the other store is none of the settings, so nobody else takes its password out. */
async function withoutSecrets({ secrets }: Invocation, url: string, command: () => Promise<number>): Promise<number> {
  try {
    return await command()
  } catch (thrown) {
    if (!(thrown instanceof ConnectorError) && thrown instanceof Error && thrown.name === 'AbortError') throw thrown
    const redact = createRedactor(secretValues({ ...secrets, storeUrl: url }), { maskAddresses: false })
    throw redacted(toConnectorError(thrown, 'copying the store'), redact)
  }
}

const NAMES: readonly (readonly [Compared, one: string, many: string])[] = [
  ['users', 'person', 'people'],
  ['history', 'history entry', 'history entries'],
  ['parked', 'person whose sign-ins are parked', 'people whose sign-ins are parked'],
  ['candidates', 'person to be looked up', 'people to be looked up'],
  ['tokens', 'API token', 'API tokens'],
  ['runs', 'run', 'runs'],
  ['logLines', 'line of logs', 'lines of logs'],
  ['holds', 'hold', 'holds'],
  ['feeds', 'bookmark', 'bookmarks'],
]

/** Lines, each with its indent. */
function describe({ copied, verified, differences, finishedBefore }: CopyReport): (readonly [string, string])[] {
  const what = NAMES.filter(([kind]) => kind !== 'feeds' && copied[kind] > 0)
  const all = what.map(([kind, one, many]) => count(copied[kind], one, many)).join(', ') || 'nothing was there'
  if (verified && finishedBefore !== null)
    return [['', `Copied at ${minute(finishedBefore)} UTC, and still the same: ${all}.`]]
  if (verified)
    return [
      ['', `Copied and verified: ${all}.`],
      ['', NEXT],
    ]
  const advice =
    finishedBefore === null
      ? 'Something was written here meanwhile: stop the connector, then run the same command again. It copies what differs.'
      : `The copy was finished at ${minute(finishedBefore)} UTC; one of the two has been used since. To copy again, name an empty store.`
  return [
    ['', 'Not verified: the two stores differ.'],
    ...differences.map((difference) => ['  ', told(difference)] as const),
    ['', advice],
  ]
}

const NEXT = 'To work with the copy, stop the connector, set STORE_URL to its address, and start it again.'

function told({ connection, kind, source, target }: Difference): string {
  const [, one = '', many = ''] = NAMES.find(([name]) => name === kind) ?? []
  const here = count(source.count, one, many)
  const there = source.count === target.count ? 'as many there, but not the same' : `${target.count} there`
  return `${connection}: ${here} here, ${there}`
}
