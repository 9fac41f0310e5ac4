import { expect } from 'chai'
import { ConnectorError } from '../../../src/domain/errors.js'
import { countCauses, nameOfCause } from '../../../src/domain/hold.js'
import type { User } from '../../../src/domain/user.js'
import { decide as decideOver } from '../../../src/holds/decide.js'
import * as check from './checks.js'
import type { Command, History, RunCommand } from './commands.js'
import { GROUPS } from './directory.js'
import { run } from './model.js'
import { ConnectorProcess, type Machine } from './process.js'
import { rowOf, settleAccount } from './rows.js'
import { checkUndone, KeptPeople } from './undoing.js'
import { World, type Settled } from './world.js'

/** Plays a history in the directory, the connector and the model, and compares after each step. Gives how it ended. */
export async function play(history: History, machine: Machine, connection: string): Promise<World> {
  const connector = new ConnectorProcess(machine, connection)
  await connector.start()
  try {
    const world = new World(history, connector)
    const kept = new KeptPeople()
    const { directory } = world
    for (const command of history.commands) await step(world, kept, command)
    directory.failing = new Set()
    directory.unreadable = new Set()
    for (const full of [false, true]) {
      await runAndCheck(world, kept, { do: 'run', full, failing: [], unreadable: null, killedAt: null })
      check.checkNothingWritten(await again(world, false))
    }
    check.checkNothingWritten(await again(world, true))
    return world
  } finally {
    await connector.stop()
  }
}

/** A run in which nothing is new to anybody. */
async function again(world: World, full: boolean): Promise<Settled> {
  const settled = await world.sync(full, world.nextKey())
  expect(settled.result.error).to.equal(null)
  check.checkCounts(settled.result.run)
  return settled
}

async function step(world: World, kept: KeptPeople, command: Command): Promise<void> {
  const { directory } = world
  const ids = 'who' in command && typeof command.who !== 'number' ? command.who.map((n) => world.who(n)) : []
  switch (command.do) {
    case 'create': {
      world.create(command.name, command.department, command.groups)
      return
    }
    case 'rename': {
      directory.change(world.who(command.who), { name: command.name })
      return
    }
    case 'move': {
      directory.change(world.who(command.who), { department: command.department })
      return
    }
    case 'enable': {
      ids.forEach((id) => directory.change(id, { enabled: command.on }))
      return
    }
    case 'delete':
    case 'restore':
    case 'purge': {
      ids.forEach((id) => directory[command.do](id))
      return
    }
    case 'join':
    case 'leave':
    case 'delete group':
    case 'revive group': {
      changeGroup(world, kept, command, ids)
      return
    }
    case 'run':
      return runAndCheck(world, kept, command)
    case 'admin':
      return askForAccount(world, command.who, command.says)
    case 'decide':
      return decide(world, command)
    case 'wait':
      world.now += command.hours * 3_600_000
      return
    case 'undo':
      return undo(world, kept, command.ago)
    default: {
      changeSettings(world, kept, command)
      return
    }
  }
}

type Of<D extends Command['do']> = Extract<Command, { readonly do: D }>

function changeGroup(
  { directory }: World,
  kept: KeptPeople,
  command: Of<'join' | 'leave' | 'delete group' | 'revive group'>,
  ids: readonly string[],
): void {
  const group = directory.groups.get(GROUPS[command.group] ?? '')
  if (!group) return
  kept.forgetAll()
  if (command.do === 'join') for (const id of ids) group.members.add(id)
  else if (command.do === 'leave') for (const id of ids) group.members.delete(id)
  else group.deleted = command.do === 'delete group'
}

function changeSettings(
  world: World,
  kept: KeptPeople,
  command: Of<'limit' | 'disabled accounts' | 'never remove' | 'seats'>,
): void {
  const { settings } = world
  if (command.do === 'limit') world.settings = { ...settings, limit: command }
  else if (command.do === 'seats') world.settings = { ...settings, seats: command.seats }
  else if (command.do === 'never remove')
    world.settings = { ...settings, neverRemove: new Set(command.who.map((n) => world.who(n))) }
  else {
    kept.forgetAll()
    world.settings = { ...settings, disabledAccounts: command.are }
  }
}

async function runAndCheck(world: World, kept: KeptPeople, command: RunCommand): Promise<void> {
  const { directory, model, settings, now } = world
  directory.failing = new Set(command.failing.map((n) => world.who(n)))
  directory.unreadable = new Set(command.unreadable === null ? [] : [GROUPS[command.unreadable] ?? ''])
  const key = world.nextKey()
  kept.hear(world)
  run(model, { directory, settings, full: command.full, now }, key)
  for (const settled of await made(world, command, key)) {
    const removed = await check.removedWithoutAsking(world, settled)
    const had = [...settled.before.values()].filter(({ account }) => account !== 'inactive').length
    const isOver =
      removed > settings.limit.count && removed * 100 > settings.limit.percent * (had + directory.people.size)
    expect(isOver, `${removed} of ${had} removed without asking`).to.equal(false)
    check.checkCounts(settled.result.run)
    await check.checkSeats(world, settled.before)
  }
  if (world.history.seats) await adoptSeats(world)
  await check.checkAsModelled({ model, rows: () => world.rows() })
  await check.checkHolds(world)
  const people = await world.everybody()
  await check.checkHistories(world, people)
  kept.check(people, world.settings)
  kept.rejected(world)
}

/** One run, or one that is killed and another that ends what it began. */
async function made(world: World, command: RunCommand, key: string): Promise<Settled[]> {
  const { full, killedAt, unreadable, after } = command
  if (after === 'plan') return [await world.apply(await world.preview(full), key), await world.sync(full, key)]
  if (after === 'preview') {
    const before = await world.everybody()
    const { run: previewed } = await world.preview(full)
    expect(await world.everybody(), 'people after a preview').to.deep.equal(before)
    const settled = await world.sync(full, key)
    // Who gets a seat first only the store can say.
    if (!world.history.seats)
      expect(settled.result.run.users, 'what the preview has told').to.deep.equal(previewed.users)
    return [settled]
  }
  const passes = (await world.store.feed('directory')).passes
  if (killedAt !== null) world.connector.killAt(killedAt)
  const first = await world.sync(full, key)
  if (killedAt === null) {
    if (unreadable === null || world.settings.groups.length === 0) expect(first.result.error).to.equal(null)
    else expect(first.result.error?.code).to.equal('graph.unavailable')
    return [first]
  }
  await world.connector.start()
  const hasBegun = (await world.store.feed('directory')).passes > passes
  return [first, await world.sync(full && !hasBegun, key)]
}

/** Who gets a seat first is not for the model to say. */
async function adoptSeats(world: World): Promise<void> {
  for (const [id, { seat }] of await world.rows()) {
    const row = world.model.rows.get(id)
    if (!row) continue
    row.seat = seat
    settleAccount(row, { ...world.settings, seats: seat ? null : 0 }, new Map())
  }
}

async function askForAccount(world: World, who: number, says: 'frozen' | 'inactive' | null): Promise<void> {
  const id = world.who(who)
  const row = world.model.rows.get(id)
  if (!row) return
  const user = await world.decide(id, says)
  row.decision = says
  row.seat = user?.seat ?? false
  row.account = user?.account ?? 'inactive'
  row.reason = user?.accountReason ?? null
  row.wait = user && rowOf(user, row.candidate, (hold) => world.key(hold)).wait
}

/** An admin's word over people who wait: all, those of one cause, or one. Where nothing is left to say it is refused. */
async function decide(world: World, { verdict, over, nth }: Of<'decide'>): Promise<void> {
  const { store, model } = world
  const holds = await store.holds.list({ all: false, limit: 100 })
  const hold = holds[nth % Math.max(1, holds.length)]
  if (!hold) return
  const people = await store.removals({ state: 'held', hold: hold.id, limit: 100 })
  const one = people[nth % Math.max(1, people.length)]
  if (!one?.removal) return
  const { about, text } = one.removal.cause
  const cause = nameOfCause({ about, text }, countCauses([], people))
  const wish = { verdict, ...(over === 'cause' ? { cause } : {}), ...(over === 'user' ? { user: one.id } : {}) }
  try {
    await decideOver(store, hold.id, wish, { by: 'ada', reason: null, now: () => new Date(world.now) })
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'hold.decided') return
    throw error
  }
  const isAlike = ({ removal }: User): boolean => removal?.cause.about === about && removal.cause.text === text
  const meant = { all: people, cause: people.filter(isAlike), user: [one] }[over]
  const users = new Set(meant.map(({ entraObjectId }) => entraObjectId ?? ''))
  model.holds
    .get(world.key(hold.id))
    ?.decisions.push({ verdict, users, breadth: ['user', 'cause', 'all'].indexOf(over) })
}

async function undo(world: World, kept: KeptPeople, ago: number): Promise<void> {
  const made = world.made.at(-1 - ago)
  if (!made) return
  const settled = await world.undo(made.runId, world.nextKey())
  expect(settled.result.error).to.equal(null)
  checkUndone(world, made, settled)
  check.checkCounts(settled.result.run)
  await check.checkHistories(world, settled.after)
  kept.undone(made, settled, world.model.since ?? 0)
  for (const [id, user] of settled.after)
    if (user.revision !== settled.before.get(id)?.revision)
      world.model.rows.set(
        id,
        rowOf(user, world.model.rows.get(id)?.candidate ?? false, (hold) => world.key(hold)),
      )
}
