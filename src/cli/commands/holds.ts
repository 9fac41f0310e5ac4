import { ConnectorError } from '../../domain/errors.js'
import type { Hold, Verdict } from '../../domain/hold.js'
import type { User } from '../../domain/user.js'
import { decide, findHold, weigh, type Decider, type Weighed, type Wish } from '../../holds/decide.js'
import { listHolds, viewOf, wholeView } from '../../holds/view.js'
import type { ConnectionStore } from '../../store/port.js'
import { byWhom } from '../by-whom.js'
import { nameOf, text, type Options } from '../choices.js'
import { confirmedFor, hasTerminal } from '../confirm.js'
import { describeHold, describeHolds, type HoldContext } from '../hold-page.js'
import { decidedLines, question } from '../hold-words.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { withStore } from '../store.js'

const SHOWN = 50

export async function listOfHolds(global: GlobalOptions, options: Options): Promise<number> {
  const all = options['all'] === true
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const now = new Date()
      const holds = await listHolds(store, { all, now })
      if (invocation.json) printJson({ holds })
      else for (const line of describeHolds(holds, await contextOf(holds, store, invocation, now), all)) printLine(line)
      return 0
    }),
  )
}

export async function showHold(global: GlobalOptions, given: string): Promise<number> {
  const id = nameOf('The id', given)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const hold = await findHold(store, id)
      const now = new Date()
      if (invocation.json) printJson(await wholeView(store, hold, now))
      else
        for (const line of await pageOf(store, hold, await contextOf([hold], store, invocation, now))) printLine(line)
      return 0
    }),
  )
}

async function pageOf(store: ConnectionStore, hold: Hold, context: HoldContext): Promise<string[]> {
  const people: User[] = []
  const onWaiting = (users: readonly User[]): void => void people.push(...users.slice(0, SHOWN - people.length))
  return describeHold(await viewOf(store, hold, context.now, onWaiting), people, context)
}

async function contextOf(
  holds: readonly Pick<Hold, 'decisions'>[],
  store: ConnectionStore,
  { config }: Invocation,
  now: Date,
): Promise<HoldContext> {
  const ids = holds.flatMap(({ decisions }) => decisions.flatMap(({ user }) => user ?? []))
  const found = await store.findAll(ids)
  const names = new Map([...found].flatMap(([id, [user]]) => (user?.displayName ? [[id, user.displayName]] : [])))
  return { now, limit: config.connection.removalLimit, names }
}

export async function decideHold(
  verdict: Verdict,
  global: GlobalOptions,
  options: Options,
  given: string,
): Promise<number> {
  const id = nameOf('The id', given)
  const wish = wishOf(verdict, options)
  const decider: Decider = {
    by: byWhom(options['by']),
    reason: named('--reason', options['reason']),
    now: () => new Date(),
  }
  return withInvocation(global, { needs: 'store', summarises: true }, (invocation) =>
    withStore(invocation, async (store) => {
      const asks = verdict === 'approve' && options['yes'] !== true && hasTerminal()
      const seen = asks ? await agreed(await weigh(store, id, wish, new Date()), invocation) : undefined
      const decided = await decide(store, id, wish, decider, seen)
      if (invocation.json) printJson(await wholeView(store, decided.hold, new Date()))
      else await tell(store, decided, wish)
      return 0
    }),
  )
}

function wishOf(verdict: Verdict, options: Options): Wish {
  const cause = named('--cause', options['cause'])
  const user = named('--user', options['user'])
  return { verdict, ...(cause === null ? {} : { cause }), ...(user === null ? {} : { user }) }
}

function named(option: string, value: Options[string]): string | null {
  const given = text(value)
  return given === undefined ? null : nameOf(option, given)
}

/** Shows what follows and asks. Gives the hold as it was then; throws `run.interrupted` unless the answer is yes. */
async function agreed(weighed: Weighed, { signal }: Invocation): Promise<Hold> {
  const { headline, consequences } = question(weighed)
  process.stderr.write(`${hanging('', harmless(headline))}\n${hanging('', consequences)}\n`)
  if (await confirmedFor(weighed.people, 'Approve?', signal)) return weighed.hold
  throw new ConnectorError('run.interrupted', { message: 'Nothing was decided: you did not say yes' })
}

async function tell(store: ConnectionStore, decided: Weighed, { verdict }: Wish): Promise<void> {
  const { count } = await viewOf(store, decided.hold, new Date())
  for (const line of decidedLines(decided, verdict, count)) printLine(hanging('', harmless(line)))
}
