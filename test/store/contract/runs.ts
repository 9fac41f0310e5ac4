import { expect } from 'chai'
import type { LogEntry } from '../../../src/domain/run.js'
import { NOW } from '../../support/people.js'
import { all, aRun, eachOpened, eachWriting, type Open } from '../support.js'

const said = (message: string): LogEntry => ({ at: NOW, level: 'info', message })

export function runs(open: Open): void {
  describe('runs', () => {
    const writing = eachWriting(eachOpened(open))

    it('are kept as they were last written', async () => {
      const done = aRun({
        outcome: 'failed',
        finishedAt: '2026-11-20T08:00:05.000Z',
        durationMs: 5000,
        users: { ...aRun().users, read: 3, created: 3 },
        error: { code: 'graph.throttled', message: 'wait', remedy: null, requestId: 'r' },
      })
      await writing.commit({ run: aRun() })
      await writing.commit({ run: done })
      expect(await writing.store.runs.get('run-1')).to.deep.equal(done)
      expect((await writing.store.runs.list({ limit: 10 })).runs).to.deep.equal([done])
      expect(await writing.store.runs.get('unknown')).to.equal(null)
    })

    it('are listed newest first, page by page, while others begin', async () => {
      const at = (n: number) => new Date(Date.parse(NOW) + Math.floor(n / 2) * 1000).toISOString()
      const begun = [3, 1, 5, 2, 4].map((n) => aRun({ runId: `run-${n}`, startedAt: at(n) }))
      for (const run of begun) await writing.commit({ run })
      const { list } = writing.store.runs
      const first = await list({ limit: 2 })
      await writing.commit({ run: aRun({ runId: 'run-6', startedAt: at(6) }) })
      const second = await list({ limit: 2, cursor: first.nextCursor! })
      const third = await list({ limit: 2, cursor: second.nextCursor! })
      const given = [first, second, third].map((page) => page.runs.map(({ runId }) => runId))
      expect(given).to.deep.equal([['run-5', 'run-4'], ['run-3', 'run-2'], ['run-1']])
      expect(third.nextCursor).to.equal(null)
    })

    it('have a log in the order it was written', async () => {
      const lines = Array.from({ length: 1203 }, (_, i) => said(`line ${i}`))
      await writing.commit({ log: lines.slice(0, 2) })
      await writing.commit({ log: lines.slice(2, 700) })
      await writing.commit({ log: [] })
      await writing.commit({ log: lines.slice(700) })
      expect(await all(writing.store.runs.log('run-1'))).to.deep.equal(lines)
    })

    it('have a log each', async () => {
      const line: LogEntry = { at: NOW, level: 'warn', message: 'skipped', about: 'ada@x', details: { field: 'mail' } }
      await writing.commit({ run: aRun({ runId: 'a' }), log: [said('a')] })
      await writing.commit({ run: aRun({ runId: 'b' }), log: [line] })
      expect(await all(writing.store.runs.log('a'))).to.deep.equal([said('a')])
      expect(await all(writing.store.runs.log('b'))).to.deep.equal([line])
      expect(await all(writing.store.runs.log('unknown'))).to.deep.equal([])
    })
  })
}
