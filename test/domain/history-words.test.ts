import { expect } from 'chai'
import { whatHappened, whyBelieved } from '../../src/domain/history-words.js'
import type { HistoryEntry } from '../../src/domain/user.js'

const AT = '2026-11-21T08:00:00.000Z'
const entry = (over: Partial<HistoryEntry>): HistoryEntry => ({
  at: AT,
  from: null,
  to: null,
  cause: 'run',
  evidence: null,
  ...over,
})

describe('a history in words', () => {
  it('tells what happened', () => {
    const told: readonly (readonly [Partial<HistoryEntry>, string])[] = [
      [{ to: 'never-logged-in', evidence: { account: 'active', reason: null } }, 'appeared: never-logged-in, active'],
      [
        { to: 'never-logged-in', evidence: { account: 'inactive', reason: 'no-seat' } },
        'appeared: never-logged-in, inactive (no seat)',
      ],
      [{ from: 'never-logged-in', to: 'onboarded' }, 'never-logged-in → onboarded'],
      [
        { from: 'active', to: 'frozen', evidence: { reason: 'disabled-in-entra' } },
        'active → frozen (disabled in Entra)',
      ],
      [
        { from: { jobTitle: null, mail: 'a@b.example' }, to: { jobTitle: 'Cook', mail: null } },
        'job title: – → Cook; email: a@b.example → –',
      ],
      [
        { from: { presence: 'disabled', city: 'Bern' }, to: { presence: 'soft-deleted', city: 'Basel' } },
        'in Entra: disabled → soft-deleted; city: Bern → Basel',
      ],
      [
        { from: 'pending', to: 'failed', evidence: { reason: { code: 'address-rejected', message: '550 unknown' } } },
        'pending → failed (550 unknown)',
      ],
      [
        { from: 'onboarded', to: 'onboarded', evidence: { request: 'back-to-microsoft' } },
        'back to Microsoft: onboarded → onboarded',
      ],
      [
        {
          from: { removal: null },
          to: { removal: 'held' },
          evidence: { removal: 'left group “Staff-CH”', hold: 'h-1' },
        },
        'removal: – → held (left group “Staff-CH”)',
      ],
      [
        { from: 'active', to: 'inactive', evidence: { reason: 'out-of-scope', removal: 'left group “Staff-CH”' } },
        'active → inactive (left group “Staff-CH”)',
      ],
      [{ from: { decision: null }, to: { decision: 'frozen' } }, 'an admin’s word: – → frozen'],
    ]
    for (const [over, expected] of told) expect(whatHappened(entry(over))).to.equal(expected)
  })

  it('tells why we believe it', () => {
    expect(whyBelieved(entry({ evidence: { runId: 'r-1', proof: 'tombstone' } }))).to.equal(
      'Entra reported the deletion · run r-1',
    )
    const login = { at: AT, source: 'sign-in-log', correlationId: 'c-1' }
    expect(whyBelieved(entry({ cause: 'sign-in', evidence: login }))).to.equal(
      'sign-in · sign-in log, 2026-11-21 08:00 · correlation c-1',
    )
    expect(whyBelieved(entry({ cause: 'invitation', evidence: { emailId: 'e-1', to: 'a@b.example' } }))).to.equal(
      'invitation · email to a@b.example',
    )
    const approval = { runId: 'r-2', proof: 'look-up', approvedBy: 'Mia K.', approvedAt: AT }
    expect(whyBelieved(entry({ evidence: approval }))).to.equal(
      'approved by Mia K., 2026-11-21 08:00 · looked up in Entra · run r-2',
    )
    expect(whyBelieved(entry({ evidence: { runId: 'r-2', proof: 'groups' } }))).to.equal(
      'their groups were looked up in Entra · run r-2',
    )
    const kept = { runId: 'r-2', proof: 'tombstone', decidedAt: AT, reason: 'on leave' }
    expect(whyBelieved(entry({ cause: 'Tom', evidence: kept }))).to.equal(
      'decided 2026-11-21 08:00 · “on leave” · Tom · run r-2',
    )
    expect(whyBelieved(entry({ cause: 'Tom', evidence: { runId: 'r-3', undone: 'r-2', proof: 'undo' } }))).to.equal(
      'Tom · undid run r-2 · run r-3',
    )
    expect(whyBelieved(entry({ cause: 'Ana Ruiz' }))).to.equal('Ana Ruiz')
  })
})
