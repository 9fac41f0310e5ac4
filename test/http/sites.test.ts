import { expect } from 'chai'
import { siteFor } from '../../src/http/sites.js'

const FIRST = 'https://connect.contoso.example'
const FURTHER = [
  { publicUrl: 'https://connect.contoso.example/south' },
  { publicUrl: 'https://connect.contoso.example/south/deep' },
  { publicUrl: 'https://west.example:8443' },
]

describe('several addresses behind one port', () => {
  const asked = (url: string, host: string, forwarded?: string): string =>
    siteFor({ url, headers: { host, ...(forwarded && { 'x-forwarded-host': forwarded }) } }, FIRST, FURTHER)
      ?.publicUrl ?? FIRST

  it('are told apart by host, then by the longest path', () => {
    const cases: readonly (readonly [url: string, host: string, site: number])[] = [
      ['/login', 'connect.contoso.example', -1],
      ['/south/login', 'connect.contoso.example', 0],
      ['/south', 'CONNECT.contoso.example:443', 0],
      ['/south?x', 'connect.contoso.example', 0],
      ['/southern', 'connect.contoso.example', -1],
      ['/south/deep/login', 'connect.contoso.example', 1],
      ['/login', 'west.example:8443', 2],
      ['/south/login', 'west.example', 2],
    ]
    for (const [url, host, site] of cases)
      expect(asked(url, host), `${host}${url}`).to.equal(FURTHER[site]?.publicUrl ?? FIRST)
  })

  it('are told apart by path where a proxy has its own name for us, and fall back to the first', () => {
    expect(asked('/south/login', '10.0.0.5:8080')).to.equal(FURTHER[0]?.publicUrl)
    expect(asked('/login', '10.0.0.5:8080')).to.equal(FIRST)
    expect(asked('/login', '10.0.0.5:8080', 'west.example:8443, proxy')).to.equal(FURTHER[2]?.publicUrl)
    expect(asked('/login', '')).to.equal(FIRST)
  })
})
