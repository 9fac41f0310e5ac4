import { expect } from 'chai'
import fc from 'fast-check'
import {
  afterFact,
  afterRequest,
  FACTS,
  partsOf,
  REFUSALS,
  REQUESTS,
  STATES,
  stateOf,
  type Fact,
  type Request,
  type State,
} from '../../src/domain/onboarding.js'

/** The specification's table, written down a second time: rows as states, columns as facts and requests. */
const SPECIFIED: Record<State, string> = {
  //                                signed-in  email-sent  undeliverable  link-opened  password-set | enable  send  back
  'entra-id:never-logged-in': 'entra-id:onboarded none none none none | ahead-id:migrating refused refused',
  'entra-id:onboarded': 'stay none none none none | ahead-id:migrating refused refused',
  'ahead-id:migrating': 'stay ahead-id:pending ahead-id:failed none none | refused owe entra-id',
  'ahead-id:pending': 'stay stay ahead-id:failed ahead-id:onboarding-incomplete none | refused owe entra-id',
  'ahead-id:onboarding-incomplete': 'stay ahead-id:pending stay stay ahead-id:onboarded | refused owe entra-id',
  'ahead-id:failed': 'stay ahead-id:pending stay ahead-id:onboarding-incomplete none | refused owe entra-id',
  'ahead-id:onboarded': 'stay stay stay stay stay | refused refused entra-id',
}

describe('onboarding status', () => {
  for (const state of STATES) {
    const [facts = '', requests = ''] = SPECIFIED[state].split(' | ')
    FACTS.forEach((fact, column) =>
      it(`${state}, fact ${fact}: ${facts.split(' ')[column] ?? ''}`, () => {
        expect(afterFact(state, fact)).to.equal(facts.split(' ')[column])
      }),
    )
    REQUESTS.forEach((request, column) =>
      it(`${state}, request ${request}: ${requests.split(' ')[column] ?? ''}`, () => {
        const expected = requests.split(' ')[column]
        for (const loggedIn of [true, false]) {
          const answer = afterRequest(state, request, loggedIn)
          if (expected === 'refused') expect(answer).to.have.property('refused')
          else if (expected === 'entra-id')
            expect(answer).to.equal(loggedIn ? 'entra-id:onboarded' : 'entra-id:never-logged-in')
          else expect(answer).to.equal(expected)
        }
      }),
    )
  }

  it('gives every refusal a sentence a person understands', () => {
    for (const state of STATES)
      for (const request of REQUESTS) {
        const answer = afterRequest(state, request, false)
        if (typeof answer === 'object') expect(REFUSALS[answer.refused]).to.match(/[a-z]+ [a-z]+/)
      }
  })

  it('takes a state apart and puts it together again', () => {
    for (const state of STATES) expect(stateOf(partsOf(state))).to.equal(state)
  })

  it('leaves onboarded only by an explicit request, whatever happens in whatever order', () => {
    const event = fc.constantFrom<Fact>(...FACTS)
    fc.assert(
      fc.property(
        fc.constantFrom<State>('entra-id:onboarded', 'ahead-id:onboarded'),
        fc.array(event),
        (start, facts) => {
          expect(facts.reduce(step, start)).to.equal(start)
        },
      ),
    )
  })

  it('never changes the identity through a fact', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), fc.array(fc.constantFrom<Fact>(...FACTS)), (start, facts) => {
        expect(partsOf(facts.reduce(step, start)).identity).to.equal(partsOf(start).identity)
      }),
    )
  })

  it('changes nothing when a fact is reported again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), fc.constantFrom<Fact>(...FACTS), (start, fact) => {
        const once = step(start, fact)
        expect(step(once, fact)).to.equal(once)
      }),
    )
  })

  it('can always be brought back to Microsoft from ahead login, and nowhere else', () => {
    for (const state of STATES) {
      const answer = afterRequest(state, 'back-to-microsoft' satisfies Request, false)
      if (partsOf(state).identity === 'ahead-id') expect(answer).to.equal('entra-id:never-logged-in')
      else expect(answer).to.deep.equal({ refused: 'already-microsoft' })
    }
  })
})

function step(state: State, fact: Fact): State {
  const cell = afterFact(state, fact)
  return cell === 'stay' || cell === 'none' ? state : cell
}
