import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import { createLogger } from '../../src/logging/logger.js'
import { logged, memory, QUIET, records } from './capture.js'

const failure = new ConnectorError('graph.throttled', {
  message: 'Microsoft asked us to wait',
  remedy: 'Nothing to do; we try again by ourselves.',
  details: { status: 429, requestId: 'r-9' },
  cause: new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) }),
})

describe('a log line', () => {
  it('is one JSON object: time, level, message, run, connection, then the fields', async () => {
    const text = await logged((log) =>
      log.child({ connection: 'default', runId: 'r-1' }).info('A page was read', { users: 999 }),
    )
    expect(text).to.match(
      /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info","message":"A page was read","runId":"r-1","connection":"default","users":999\}\n$/,
    )
  })

  it('has what its children were bound to, the nearest first', async () => {
    const [outer, inner] = await records((log) => {
      const run = log.child({ runId: 'r-1', connection: 'north' })
      run.warn('outer')
      run.child({ step: 'directory', connection: 'south' }).error('inner', { step: 'page' })
    })
    expect(outer).to.include({ level: 'warn', runId: 'r-1', connection: 'north' }).and.not.have.property('step')
    expect(inner).to.include({ level: 'error', runId: 'r-1', connection: 'south', step: 'page' })
  })

  it('is written from its level on', async () => {
    const all = (level: 'error' | 'warn' | 'info' | 'debug') =>
      records(
        (log) => {
          log.debug('debug')
          log.info('info')
          log.warn('warn')
          log.error('error')
        },
        { level },
      )
    expect((await all('error')).map(({ message }) => message)).to.deep.equal(['error'])
    expect((await all('warn')).map(({ message }) => message)).to.deep.equal(['warn', 'error'])
    expect((await all('info')).map(({ message }) => message)).to.deep.equal(['info', 'warn', 'error'])
    expect((await all('debug')).map(({ message }) => message)).to.deep.equal(['debug', 'info', 'warn', 'error'])
  })

  it('keeps fields that are called like its own', async () => {
    const [line] = await records((log) => log.info('mine', { message: 'theirs', level: 9, time: null, runId: 'r' }))
    expect(line).to.include({ message: 'mine', level: 'info', message_: 'theirs', level_: 9, time_: null, runId: 'r' })
  })

  it('tells of an error its message, code, details and causes, and its stack only to those who debug', async () => {
    const [plain] = await records((log) => log.error('The run failed', { error: failure }))
    expect(plain!['error']).to.deep.equal({
      message: 'Microsoft asked us to wait',
      code: 'graph.throttled',
      details: { status: 429, requestId: 'r-9' },
      remedy: 'Nothing to do; we try again by ourselves.',
      cause: { message: 'TypeError: fetch failed', cause: { message: 'read ECONNRESET', code: 'ECONNRESET' } },
    })
    const [debug] = await records((log) => log.error('The run failed', { error: failure }), { level: 'debug' })
    expect(debug)
      .to.have.nested.property('error.stack')
      .that.matches(/logger\.test/)
    expect(debug)
      .to.have.nested.property('error.cause.stack')
      .that.matches(/^TypeError: fetch failed/)
  })

  it('tells nothing else an error carries: requests with headers among it', async () => {
    const error = Object.assign(new Error('no'), { config: { headers: { 'x-anything': 'hunter2' } }, request: {} })
    expect(await logged((log) => log.error('x', { error }))).not.to.contain('hunter2')
  })

  it('takes any value, and no value stops it', async () => {
    const circular: Record<string, unknown> = { a: 1 }
    circular['self'] = { circular }
    const deep = Array.from({ length: 50 }).reduce<object>((inner) => ({ inner }), { end: true })
    const hostile = {
      get trap(): string {
        throw new Error('no')
      },
    }
    const [line, last] = await records((log) => {
      log.info('all', {
        circular,
        deep,
        hostile,
        big: 10n ** 30n,
        nan: NaN,
        date: new Date(0),
        noDate: new Date(NaN),
        nothing: undefined,
        none: null,
        yes: true,
        run: () => 1,
        map: new Map([['a', 1]]),
        set: new Set([1, 2]),
        bytes: Buffer.from('hunter2'),
        many: Array.from({ length: 1000 }, () => 0),
        url: new URL('https://u:hunter2@h.example/'),
        symbol: Symbol('x'),
        long: 'x'.repeat(50_000),
        error: new AggregateError([new Error('one')], 'all'),
      })
      log.info('fields', hostile)
    })
    expect(line).to.deep.include({
      circular: { a: 1, self: { circular: '[circular]' } },
      hostile: '[unreadable]',
      big: '1000000000000000000000000000000',
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      noDate: null,
      none: null,
      yes: true,
      map: { a: 1 },
      set: [1, 2],
      bytes: '[7 bytes]',
      symbol: null,
      url: 'https://u:[redacted]@h.example/',
      error: { message: 'AggregateError: all', errors: [{ message: 'one' }] },
    })
    expect(line).not.to.have.any.keys('nothing', 'run')
    expect(line!['many']).to.have.length(100)
    expect(line!['long']).to.have.length(10_001)
    expect(JSON.stringify(line!['deep'])).to.contain('[…]')
    expect(last).to.include({ message: 'fields', fields: '[unreadable]' })
  })

  it('is one line whatever is in it, with nothing a terminal acts on', async () => {
    const nasty = 'a\nb\r\u001b[2J\u009b31m\u0007\u202e\u2028\u007f'
    for (const format of ['json', 'pretty'] as const) {
      const text = await logged((log) => log.info(nasty, { [nasty]: nasty, list: [nasty] }), { format })
      expect(text.slice(0, -1)).not.to.match(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
      expect(text).to.match(/\n$/)
    }
    const [line] = await records((log) => log.info(nasty, { value: nasty }))
    expect(line).to.include({ message: nasty, value: nasty })
  })

  it('keeps names of any script', async () => {
    const name = 'Zoë O’Brien-Müller 山田太郎 محمد 👩‍👩‍👧'
    expect(await logged((log) => log.info('x', { name }))).to.contain(name)
    expect(await logged((log) => log.info('x', { name }), { format: 'pretty' })).to.contain(name)
  })
})

describe('a readable line', () => {
  const pretty = (tty = false, level: 'info' | 'debug' = 'info') =>
    logged(
      (log) => {
        log.info('A page was read', { runId: 'r-1', connection: 'default', users: 999, took: '1 s', none: null })
        log.child({ connection: 'north' }).error('The run failed', { error: failure })
      },
      { format: 'pretty', level },
      { tty },
    )

  it('has time, level, message, then fields by name; errors with their causes; one line each', async () => {
    expect((await pretty()).replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/gm, 'TIME')).to.equal(
      'TIME  info   A page was read  runId=r-1 users=999 took="1 s"\n' +
        'TIME  error  The run failed  connection=north error="Microsoft asked us to wait" error.code=graph.throttled ' +
        'error.details.status=429 error.details.requestId=r-9 error.remedy="Nothing to do; we try again by ourselves." ' +
        'error.cause="TypeError: fetch failed" error.cause.cause="read ECONNRESET" error.cause.cause.code=ECONNRESET\n',
    )
  })

  it('has stacks below it for those who debug', async () => {
    expect(await pretty(false, 'debug')).to.match(/\n {4}Error: read ECONNRESET\n {8}at .*\n/)
  })

  it('has colours on a terminal only', async () => {
    const colour = /\u001b\[\d+m/
    expect(await pretty(true)).to.match(colour)
    expect(await pretty(false)).not.to.match(colour)
  })
})

describe('a logger', () => {
  it('gives the text of a stack, of a name or of a number no other way round the redactor', async () => {
    const secret = '4711081599'
    const error = new Error(`no ${secret}`, { cause: secret })
    for (const format of ['json', 'pretty'] as const) {
      const text = await logged(
        (log) =>
          log
            .child({ bound: secret })
            .error(`m ${secret}`, { error, [secret]: 1, n: 4_711_081_599, deep: [{ x: [secret] }], b: 4_711_081_599n }),
        { format, level: 'debug' },
        { secrets: [secret] },
      )
      expect(text).to.contain('[redacted]').and.not.contain(secret)
    }
  })

  it('drops the value of a field whose name tells of a secret', async () => {
    const value = 'plainword'
    const names = [
      'password',
      'clientSecret',
      'client_secret',
      'accessToken',
      'Authorization',
      'set-cookie',
      'deltaLink',
      '@odata.nextLink',
      'tokens',
      'apiKey',
    ]
    for (const name of names) {
      for (const held of [value, [value], { x: value }]) {
        expect(await logged((log) => log.info('x', { [name]: held })), name).not.to.contain(value)
      }
    }
    expect(await logged((log) => log.info('x', { password: 12_345_678, tokenExpiry: value }))).to.match(
      /"password":"\[redacted\]","tokenExpiry":"plainword"/,
    )
  })

  it('masks addresses when asked', async () => {
    const say = (maskAddresses: boolean) => logged((log) => log.info('Ana is ana@contoso.example'), { maskAddresses })
    expect(await say(true)).to.contain('a•••@contoso.example')
    expect(await say(false)).to.contain('ana@contoso.example')
  })

  it('closes once, however often it is told, and takes no line afterwards', async () => {
    const stream = memory()
    const log = createLogger(QUIET, (text) => text, stream)
    log.info('before')
    await Promise.all([log.close(), log.close()])
    log.info('after')
    await log.close()
    expect(stream.text()).to.contain('before').and.not.contain('after')
  })

  it('goes on when its stream is gone', async () => {
    const stream = memory()
    const log = createLogger(QUIET, (text) => text, stream)
    stream.destroy(new Error('EPIPE'))
    log.info('nobody reads this')
    await log.close()
    expect(stream.destroyed).to.equal(true)
  })

  it('does not end a stream it was lent', async () => {
    const stream = memory()
    for (const message of ['one', 'two']) {
      const log = createLogger(QUIET, (text) => text, stream)
      log.info(message)
      await log.close()
    }
    expect(stream.text().trimEnd().split('\n')).to.have.length(2)
  })

  it('may be made many times on one stream', async () => {
    const stream = memory()
    for (let count = 0; count < 30; count++) await createLogger(QUIET, (text) => text, stream).close()
    expect(stream.listenerCount('error')).to.equal(1)
  })
})
