import type { Choosing, Links, Look } from './links.js'

/** The links of several connections at one address. A link, and a set-password session, belongs to one of them. */
export function linksOf(connections: readonly Links[]): Links {
  const DAMAGED: Look = { kind: 'damaged' }
  const OVER: Choosing = { kind: 'over' }

  /** The one whose link it is; the answer of the others is that it is none. */
  async function owner(link: string): Promise<Links | null> {
    const seen = await Promise.all(connections.map((links) => links.look(link)))
    return connections.find((_, index) => seen[index]?.kind !== 'damaged') ?? null
  }

  async function holder(session: string | null): Promise<Links | null> {
    const resumed = await Promise.all(connections.map((links) => links.resume(session)))
    return connections.find((_, index) => resumed[index]?.kind !== 'over') ?? null
  }

  return {
    look: async (link) => (await owner(link))?.look(link) ?? DAMAGED,
    open: async (link) => (await owner(link))?.open(link) ?? DAMAGED,
    resume: async (session) => (await holder(session))?.resume(session) ?? OVER,
    choose: async (session, password) => (await holder(session))?.choose(session, password) ?? { kind: 'over' },
    askAgain: async (link) => (await owner(link))?.askAgain(link),
  }
}
