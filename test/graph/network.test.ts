import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { NetworkConfig } from '../../src/config/config.js'
import { ConnectorError } from '../../src/domain/errors.js'
import type { ExchangeAnswer } from '../../src/graph/exchange.js'
import { openNetwork } from '../../src/graph/network.js'
import { privateIdentity } from './support/certificates.js'
import { NO_PROXIES, failureOf, never } from './support/microsoft.js'
import { openProxy } from './support/proxy.js'
import { serve, type Answer, type TestServer } from './support/server.js'

const identity = privateIdentity('graph.example')

describe('the network', () => {
  let folder: string
  let extraCaPath: string
  const opened: { close(): Promise<void> }[] = []

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'connector-network-'))
    extraCaPath = join(folder, 'authority.pem')
    writeFileSync(extraCaPath, identity.cert)
  })
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })
  after(() => rmSync(folder, { recursive: true }))

  async function get(url: string, network: Partial<NetworkConfig> = {}): Promise<ExchangeAnswer> {
    const open = openNetwork({ ...NO_PROXIES, ...network })
    opened.push(open)
    return open.exchange({ method: 'GET', url, headers: {}, signal: never, timeoutMs: 10_000 })
  }

  async function serving(answer: Answer, secure = false): Promise<TestServer> {
    const server = await serve(() => answer, secure ? identity : undefined)
    opened.push(server)
    return server
  }

  it('a private authority is trusted when it is named, and nobody else for that', async () => {
    const { origin } = await serving({ body: 'hello' }, true)
    expect((await get(`${origin}/`, { extraCaPath })).text).to.equal('hello')
    const other = await serve(() => ({}), privateIdentity())
    opened.push(other)
    await failureOf(get(`${other.origin}/`, { extraCaPath }), 'graph.untrusted-certificate')
  })

  it('an untrusted certificate is told apart from an outage', async () => {
    const { origin, port } = await serving({}, true)
    const error = await failureOf(get(`${origin}/`), 'graph.untrusted-certificate')
    expect(error.message).to.equal(`127.0.0.1:${port} shows a certificate this machine does not trust`)
    expect(error.remedy).to.contain('NODE_EXTRA_CA_CERTS')
  })

  it('a certificate for another name is not trusted', async () => {
    const { port } = await serving({}, true)
    const proxy = await openProxy()
    opened.push(proxy)
    const asked = get(`https://other.example:${port}/`, { extraCaPath, httpsProxy: proxy.url })
    await failureOf(asked, 'graph.untrusted-certificate')
  })

  it('an authority file that cannot be read is a problem of the settings', () => {
    const empty = join(folder, 'empty.pem')
    writeFileSync(empty, '')
    for (const path of [join(folder, 'nowhere.pem'), empty, folder]) {
      expect(() => openNetwork({ ...NO_PROXIES, extraCaPath: path })).to.throw(ConnectorError, 'NODE_EXTRA_CA_CERTS')
    }
  })

  it('https goes through the proxy, with its password, and the certificate is still checked', async () => {
    const { port } = await serving({ body: 'through' }, true)
    const proxy = await openProxy()
    opened.push(proxy)
    const httpsProxy = proxy.url.replace('//', '//ana:w%C3%B6rd@')
    const answer = await get(`https://graph.example:${port}/v1.0/users`, { extraCaPath, httpsProxy })
    expect(answer.text).to.equal('through')
    const authorization = `Basic ${Buffer.from('ana:wörd').toString('base64')}`
    expect(proxy.tunnels).to.deep.equal([{ target: `graph.example:${port}`, authorization }])
  })

  it('a proxy may be named without a scheme', async () => {
    const { port } = await serving({}, true)
    const proxy = await openProxy()
    opened.push(proxy)
    await get(`https://graph.example:${port}/`, { extraCaPath, httpsProxy: proxy.url.replace('http://', '') })
    expect(proxy.tunnels).to.have.length(1)
  })

  it('whoever is in NO_PROXY is asked directly', async () => {
    const { port } = await serving({ body: 'direct' }, true)
    const proxy = await openProxy()
    opened.push(proxy)
    const network = { extraCaPath, httpsProxy: proxy.url, noProxy: 'graph.example,localhost' }
    expect((await get(`https://localhost:${port}/`, network)).text).to.equal('direct')
    expect(proxy.tunnels).to.deep.equal([])
  })

  it('a proxy that refuses is an outage that names the proxy settings', async () => {
    const proxy = await openProxy(407)
    opened.push(proxy)
    const error = await failureOf(get('https://graph.example/', { httpsProxy: proxy.url }), 'graph.unreachable')
    expect(error.details.words).to.contain('407')
    expect(error.remedy).to.contain('HTTPS_PROXY')
  })

  it('only the settings name a proxy, not what else stands in the environment', async () => {
    const { origin } = await serving({ body: 'direct' })
    const proxy = await openProxy()
    opened.push(proxy)
    const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']
    const had = names.map((name) => [name, process.env[name]] as const)
    for (const name of names) process.env[name] = proxy.url
    try {
      expect((await get(`${origin}/`)).text).to.equal('direct')
    } finally {
      for (const [name, value] of had) {
        if (value === undefined) Reflect.deleteProperty(process.env, name)
        else process.env[name] = value
      }
    }
    expect(proxy.tunnels).to.deep.equal([])
  })

  it('a proxy without an address is a problem of the settings', () => {
    for (const httpsProxy of ['http://', 'ftp://proxy:21', 'socks5://proxy:1080', 'http://a b']) {
      expect(() => openNetwork({ ...NO_PROXIES, httpsProxy })).to.throw(ConnectorError, 'HTTPS_PROXY')
    }
  })

  it('a name that does not resolve is an outage', async () => {
    const error = await failureOf(get('http://nobody.invalid/'), 'graph.unreachable')
    expect(error.message).to.equal('We cannot reach nobody.invalid')
  })

  it('compressed answers are read, and a mark at the beginning is no text', async () => {
    const zipped = gzipSync('\uFEFF{"name":"Łukasz 李雷 😀"}')
    const compressed = await serving({ headers: { 'content-encoding': 'gzip' }, body: zipped })
    expect((await get(`${compressed.origin}/`)).text).to.equal('{"name":"Łukasz 李雷 😀"}')
    const plain = await serving({ body: '\uFEFF48112' })
    expect((await get(`${plain.origin}/`)).text).to.equal('48112')
    expect(plain.received[0]?.headers['accept-encoding']).to.equal('gzip')
  })

  it('a redirect is an answer like any other', async () => {
    const { origin } = await serving({ status: 302, headers: { location: 'https://elsewhere.example/' } })
    const answer = await get(`${origin}/`)
    expect([answer.status, answer.headers['location']]).to.deep.equal([302, 'https://elsewhere.example/'])
  })

  it('a server that speaks something else is an outage', async () => {
    const { origin } = await serving((response) => {
      response.socket?.end('SSH-2.0-OpenSSH\r\n')
    })
    await failureOf(get(`${origin}/`), 'graph.unreachable')
  })
})
