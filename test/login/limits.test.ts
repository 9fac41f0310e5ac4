import { expect } from 'chai'
import fc from 'fast-check'
import { FREE_FAILURES, inMinutes, openLimits, type LoginLimits } from '../../src/login/limits.js'
import { networkOf } from '../../src/login/network.js'
import { Clock } from '../store/support.js'

const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const HOME = '192.0.2.1'

describe('login limits', () => {
  let clock: Clock
  let limits: LoginLimits
  beforeEach(() => {
    clock = new Clock()
    limits = openLimits(clock.now)
  })
  const fail = (times: number, name = 'ada', network = HOME): void => {
    for (let time = 0; time < times; time += 1) limits.failed(name, network)
  }

  it('let somebody be wrong five times without a delay', () => {
    fail(FREE_FAILURES)
    expect(limits.wait('ada', HOME)).to.equal(0)
    fail(1)
    expect(limits.wait('ada', HOME)).to.equal(MINUTE_MS)
  })

  it('lock this name out from this network for longer each time, and never beyond 15 minutes', () => {
    fail(FREE_FAILURES)
    const waits = Array.from({ length: 7 }, () => {
      fail(1)
      const wait = limits.wait('ada', HOME)
      clock.advance(wait - 1)
      expect(limits.wait('ada', HOME)).to.equal(1)
      clock.advance(1)
      expect(limits.wait('ada', HOME)).to.equal(0)
      return wait / MINUTE_MS
    })
    expect(waits).to.deep.equal([1, 2, 5, 10, 15, 15, 15])
  })

  it('count a name in any spelling, and leave other names and networks alone', () => {
    fail(3, 'Ad\u00e9')
    fail(3, ' aDE\u0301 ')
    expect(limits.wait('ad\u00e9', HOME)).to.equal(MINUTE_MS)
    expect(limits.wait('bob', HOME)).to.equal(0)
    expect(limits.wait('ad\u00e9', '192.0.2.2')).to.equal(0)
  })

  it('forget everything about a pair with a success, and by themselves after a day', () => {
    fail(9)
    limits.succeeded('ada', HOME)
    expect(limits.wait('ada', HOME)).to.equal(0)
    fail(FREE_FAILURES)
    expect(limits.wait('ada', HOME)).to.equal(0)
    clock.advance(24 * 60 * MINUTE_MS)
    fail(FREE_FAILURES)
    expect(limits.wait('ada', HOME)).to.equal(0)
  })

  it('leave fewer free failures where one name after the other is tried, and never take the first one', () => {
    for (let name = 0; name < 100; name += 1) {
      expect(limits.wait(`name${name}`, HOME)).to.equal(0)
      limits.failed(`name${name}`, HOME)
    }
    for (let guess = 0; guess < 1000; guess += 1) limits.failed(`more${guess}`, HOME)
    expect(limits.wait('another', HOME), 'whoever knows the password').to.equal(0)
    fail(1, 'another')
    expect(limits.wait('another', HOME)).to.equal(0)
    fail(1, 'another')
    expect(limits.wait('another', HOME)).to.equal(MINUTE_MS)
    fail(4, 'another', '192.0.2.2')
    expect(limits.wait('another', '192.0.2.2')).to.equal(0)
  })

  it('leave fewer free failures to a name that is guessed from everywhere, and never take the first one', () => {
    for (let network = 0; network < 30; network += 1) fail(1, 'ada', `198.51.100.${network}`)
    expect(limits.wait('ada', HOME)).to.equal(0)
    fail(1)
    expect(limits.wait('ada', HOME)).to.equal(0)
    fail(1)
    expect(limits.wait('ada', HOME)).to.equal(MINUTE_MS)
    clock.advance(24 * 60 * MINUTE_MS)
    fail(FREE_FAILURES)
    expect(limits.wait('ada', HOME)).to.equal(0)
  })

  it('let a network ask for some emails at once, then for one a minute', () => {
    for (let asked = 0; asked < 20; asked += 1) expect(limits.mayAsk(HOME)).to.equal(true)
    expect(limits.mayAsk(HOME)).to.equal(false)
    expect(limits.mayAsk('192.0.2.2')).to.equal(true)
    clock.advance(MINUTE_MS)
    expect(limits.mayAsk(HOME)).to.equal(true)
    expect(limits.mayAsk(HOME)).to.equal(false)
  })

  it('keep within the 15 minutes when the clock is set back', () => {
    fail(20)
    clock.advance(-24 * 60 * MINUTE_MS)
    expect(limits.wait('ada', HOME)).to.equal(QUARTER_MS)
  })

  it('round up what people are told', () => {
    expect([1, MINUTE_MS, MINUTE_MS + 1, QUARTER_MS].map(inMinutes)).to.deep.equal([1, 1, 2, 15])
  })

  const attempt = fc.record({
    name: fc.constantFrom('ada', 'bob'),
    network: fc.constantFrom(HOME, '198.51.100.1', '198.51.100.2', '203.0.113.5'),
    right: fc.boolean(),
    after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 * MINUTE_MS })),
  })
  const guesses = fc.array(fc.record({ network: fc.integer({ min: 0, max: 60 }), after: fc.nat(MINUTE_MS) }), {
    maxLength: 200,
  })

  it('never keep anybody out for what happens elsewhere, or for more than 15 minutes', () => {
    const model = fc.property(fc.array(attempt, { maxLength: 80 }), guesses, (attempts, attack) => {
      clock = new Clock()
      limits = openLimits(clock.now)
      const failures = new Map<string, number>()
      for (const { name, network, right, after } of attempts) {
        clock.advance(after)
        const wait = limits.wait(name, network)
        expect(wait).to.be.at.most(QUARTER_MS)
        if ((failures.get(name + network) ?? 0) === 0) expect(wait).to.equal(0)
        if (wait > 0) continue
        if (right) limits.succeeded(name, network)
        else limits.failed(name, network)
        failures.set(name + network, right ? 0 : (failures.get(name + network) ?? 0) + 1)
      }
      // Whoever waits is let in in the end, although others go on all the time.
      for (const { network, after } of attack) {
        clock.advance(after)
        limits.failed('ada', `203.0.113.${network + 10}`)
      }
      clock.advance(QUARTER_MS)
      for (const network of [HOME, '198.51.100.1']) expect(limits.wait('ada', network)).to.equal(0)
    })
    fc.assert(model, { numRuns: 200 })
  })

  it('leave somebody who never stops guessing few guesses', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 * MINUTE_MS }), { minLength: 50, maxLength: 300 }), (pauses) => {
        clock = new Clock()
        limits = openLimits(clock.now)
        const start = clock.now().getTime()
        let guessed = 0
        for (const pause of pauses) {
          clock.advance(pause)
          if (limits.wait('ada', HOME) > 0) continue
          limits.failed('ada', HOME)
          guessed += 1
        }
        const quarters = (clock.now().getTime() - start) / QUARTER_MS
        expect(guessed).to.be.at.most(FREE_FAILURES + 5 + quarters)
      }),
      { numRuns: 100 },
    )
  })
})

describe('networks', () => {
  it('are an IPv4 address, or a /64 of IPv6', () => {
    const same: readonly (readonly string[])[] = [
      ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:192.0.2.1'],
      ['2001:db8:0:1::1', '2001:0DB8:0000:0001:ffff:1:2:3', '2001:db8::1:0:0:0:1', '2001:db8:0:1:5:6:192.0.2.1'],
      ['fe80::1%eth0', 'fe80::2'],
      ['::1', '::2', '0:0:0:0:0:0:0:1'],
    ]
    const networks = same.map((addresses) => new Set(addresses.map(networkOf)))
    for (const network of networks) expect([...network]).to.have.length(1)
    expect(new Set(networks.flatMap((network) => [...network]))).to.have.length(same.length)
    expect(networkOf('2001:db8:0:2::1')).not.to.equal(networkOf('2001:db8:0:1::1'))
  })
})
