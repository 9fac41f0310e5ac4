import { expect } from 'chai'
import { cut, hanging, table, widthOf, wrapped } from '../../src/cli/layout.js'
import { harmless, jsonText } from '../../src/cli/output.js'
import { sentence } from '../../src/cli/progress.js'
import { describeRun } from '../../src/cli/run-summary.js'
import { NO_COUNTS, type Run } from '../../src/domain/run.js'

describe('text in columns', () => {
  const NAMES = ['Ana', '王小明', 'José Núñez', 'Kim 🦊👩‍🚀 Larsen', 'محمد الفارسي', 'प्रिया']

  it('lines up whatever script names are written in', () => {
    const lines = table(
      [{ title: 'Name' }, { title: 'Right', right: true }],
      NAMES.map((name, index) => [name, 10 ** index]),
    ).split('\n')
    const widths = lines.map((line) => widthOf(line))
    expect(new Set(widths)).to.have.length(1)
    expect(lines[0]).to.match(/^Name +Right$/)
  })

  it('takes two places for a wide letter, none for an accent', () => {
    expect(['王', 'e\u0301', '🦊', '👩‍🚀', ''].map(widthOf)).to.deep.equal([2, 1, 2, 2, 0])
  })

  it('is whole in a pipe, where one endless name does not make every line as long', () => {
    const endless = 'Ö’'.repeat(128)
    const [title = '', ana = '', long = ''] = table(
      [{ title: 'Name', narrow: 'cut' }, { title: 'Because' }],
      [
        ['Ana', 'deleted'],
        [endless, 'disabled'],
      ],
      Infinity,
    ).split('\n')
    expect(long).to.equal(`${endless}  disabled`)
    expect([title.indexOf('Because'), ana.indexOf('deleted')]).to.deep.equal([50, 50])
  })

  it('is cut between whole characters, and only when it is too long', () => {
    expect(cut('王小明', 6)).to.equal('王小明')
    expect(cut('王小明', 5)).to.equal('王小…')
    expect(cut('ae\u0301e\u0301', 2)).to.equal('a…')
    expect(cut('👩‍🚀👩‍🚀', 3)).to.equal('👩‍🚀…')
    expect(widthOf(cut('Kim 🦊👩‍🚀 Larsen', 8))).to.be.at.most(8)
  })

  it('drops what is extra before it cuts, and cuts the longest first', () => {
    const columns = [
      { title: 'Name', narrow: 'cut' },
      { title: 'Id' },
      { title: 'Note', narrow: 'extra' },
      { title: 'More', narrow: 'extra' },
    ] as const
    const rows = [['a rather long name', '0123456789', 'a note', 'more of it']]
    expect(table(columns, rows, 60)).to.equal(
      'Name                Id          Note    More\na rather long name  0123456789  a note  more of it',
    )
    expect(table(columns, rows, 44)).to.equal(
      'Name                Id          Note\na rather long name  0123456789  a note',
    )
    expect(table(columns, rows, 24)).to.equal('Name          Id\na rather lo…  0123456789')
    expect(table(columns, rows, 10)).to.equal('Name      Id\na rathe…  0123456789')
  })

  it('has something to show for nothing', () => {
    expect(
      table(
        [{ title: 'A' }, { title: 'B' }],
        [
          [null, ''],
          ['x', 0],
        ],
      ),
    ).to.equal('A  B\n–\nx  0')
  })

  it('is broken between words, never inside of what is to be copied', () => {
    expect(wrapped('one two three', 7)).to.deep.equal(['one two', 'three'])
    expect(wrapped('a 0123456789abcdef b', 6)).to.deep.equal(['a', '0123456789abcdef', 'b'])
    expect(hanging('  - ', 'one two three', 11)).to.equal('  - one two\n    three')
    expect(hanging('', '', 80)).to.equal('')
  })
})

describe('text for a terminal', () => {
  it('has nothing in it that a terminal would act on', () => {
    expect(harmless('a\u001b[31mb\u009b2J\u202ec\u0000')).to.equal('a\uFFFD[31mb\uFFFD2J\uFFFDc\uFFFD')
    expect(harmless('two\r\n  lines\u2028here\tand\u0085there')).to.equal('two lines here and there')
    expect(harmless('שלום\u200f 👩‍🚀 e\u0301')).to.equal('שלום\u200f 👩‍🚀 e\u0301')
  })

  it('keeps every character in JSON, written so that nothing acts on it', () => {
    const odd = 'a\u001b\u009b\u202e\u2028\u0085\u007f\u200fz\ud800'

    expect(jsonText({ odd })).not.to.match(/[\u0000-\u001f\u007f-\u009f\u200f\u2028\u202e]/)
    expect(JSON.parse(jsonText({ odd }))).to.deep.equal({ odd })
  })
})

describe('the progress of a run', () => {
  it('tells how much is done, how fast, and after a while how long it will take', () => {
    const at = (done: number, total: number | null) => ({ phase: 'directory' as const, done, total })
    expect(sentence(at(0, null), 0, 0)).to.equal('Reading people: 0')
    expect(sentence(at(1240, 48_000), 1000, 1240)).to.equal('Reading people: 1,240 of about 48,000 (1,240 a second)')
    expect(sentence(at(24_000, 48_000), 20_000, 24_000)).to.equal(
      'Reading people: 24,000 of about 48,000 (1,200 a second), about 20 s left',
    )
    expect(sentence(at(50_000, 48_000), 20_000, 50_000)).to.equal('Reading people: 50,000 (2,500 a second)')
  })
})

describe('a run in words', () => {
  const run = (over: Partial<Run>): Run => ({
    runId: 'r-1',
    connection: 'default',
    kind: 'incremental',
    trigger: 'manual',
    dryRun: false,
    outcome: 'succeeded',
    startedAt: '2026-11-21T08:00:00.000Z',
    finishedAt: '2026-11-21T08:00:01.500Z',
    durationMs: 1500,
    users: { ...NO_COUNTS },
    signIns: { outcome: 'off', read: 0, firstLogins: 0, reason: null },
    emails: { sent: 0, failed: 0, owed: 0 },
    bounces: { outcome: 'off', read: 0, failed: 0, reason: null },
    graph: { requests: 1, throttled: 0, retried: 0 },
    error: null,
    ...over,
  })
  const counts = (over: Partial<Run['users']>): Run['users'] => ({ ...NO_COUNTS, ...over })

  it('says what was read and what became of it', () => {
    const users = counts({ read: 1204, created: 3, updated: 1, unchanged: 1200 })
    expect(describeRun(run({ users }))).to.deep.equal([
      'Incremental run succeeded in 1.5 s · r-1',
      'Read 1,204 entries: 3 created, 1 updated, 1,200 unchanged.',
    ])
    expect(describeRun(run({ users: counts({ read: 1, unchanged: 1 }) }))[1]).to.equal(
      'Read 1 entry; it was up to date already.',
    )
  })

  it('says what became of emails', () => {
    const mailed = (sent: number, failed: number, owed: number, over: Partial<Run> = {}): string[] =>
      describeRun(run({ emails: { sent, failed, owed }, ...over })).slice(2)
    expect(mailed(0, 0, 0)).to.deep.equal([])
    expect(mailed(3, 1, 2)).to.deep.equal(['3 emails sent, 1 failed, 2 owed.'])
    expect(mailed(1, 0, 0)).to.deep.equal(['1 email sent.'])
    expect(mailed(0, 1, 2)).to.deep.equal(['1 email failed, 2 owed.'])
    expect(mailed(0, 0, 2)).to.deep.equal(['2 emails are owed.'])
    expect(mailed(0, 0, 14, { dryRun: true })[0]).to.equal('14 emails are owed and would be sent.')
    const emails = { sent: 0, failed: 0, owed: 1 }
    expect(describeRun(run({ emails }), { emailEnabled: false })[2]).to.equal('1 email is owed and would be sent.')
  })

  it('says what delivery reports told, where they are read', () => {
    const reported = (over: Partial<Run['bounces']>, outcome: Run['outcome'] = 'succeeded'): string[] =>
      describeRun(run({ outcome, bounces: { outcome: 'succeeded', read: 0, failed: 0, reason: null, ...over } })).slice(
        2,
      )
    expect(reported({ outcome: 'off' })).to.deep.equal([])
    expect(reported({ read: 3, failed: 1 })).to.deep.equal([
      'Delivery reports: 3 read, 1 email could not be delivered.',
    ])
    expect(reported({ outcome: 'failed', reason: 'The mailbox cannot be reached' })).to.deep.equal([
      'Delivery reports: The mailbox cannot be reached.',
    ])
    expect(reported({ outcome: 'failed', reason: 'not yet' }, null)).to.deep.equal([])
  })

  it('never calls a run that failed one without changes', () => {
    expect(describeRun(run({}))[1]).to.equal('Microsoft reported no changes.')
    expect(describeRun(run({ outcome: 'failed' }))[1]).to.equal('Nobody was read.')
    expect(describeRun(run({ outcome: null, finishedAt: null, durationMs: null }))).to.deep.equal([
      'Incremental run is on · r-1',
      'Nobody has been read yet.',
    ])
    for (const kind of ['initial', 'resync'] as const)
      expect(describeRun(run({ kind }))[1]).to.equal('Microsoft reported nobody at all.')
  })
})
