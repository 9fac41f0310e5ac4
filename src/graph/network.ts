import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'
import { EnvHttpProxyAgent } from 'undici'
import type { NetworkConfig } from '../config/config.js'
import { ConnectorError } from '../domain/errors.js'
import { CONNECT_TIMEOUT_MS, exchangeOver, type Exchange } from './exchange.js'

export interface Network {
  readonly exchange: Exchange
  close(): Promise<void>
}

/** Connections of one process: proxies and trusted authorities as configured. Throws `settings.invalid`. */
export function openNetwork(network: NetworkConfig): Network {
  const authorities = trusted(network.extraCaPath)
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...(authorities ? { ca: authorities } : {}) }
  const dispatcher = new EnvHttpProxyAgent({
    connect,
    requestTls: connect,
    proxyTls: connect,
    // Empty, not absent: what is absent the library reads from the environment itself.
    httpProxy: proxy('HTTP_PROXY', network.httpProxy),
    httpsProxy: proxy('HTTPS_PROXY', network.httpsProxy),
    noProxy: network.noProxy ?? '',
  })
  return { exchange: exchangeOver(dispatcher), close: () => dispatcher.destroy() }
}

/** Null: what Node trusts by itself, the `NODE_EXTRA_CA_CERTS` it was started with included. */
function trusted(extraCaPath: string | null): string[] | null {
  if (extraCaPath === null) return null
  // Since Node 22.15; before it only the authorities Node brings along can be named.
  const { getCACertificates }: typeof tls & { getCACertificates?: (type: 'default') => string[] } = tls
  const known = getCACertificates?.('default') ?? tls.rootCertificates
  try {
    const extra = readFileSync(extraCaPath, 'utf8')
    if (!extra.includes('-----BEGIN')) throw new Error('it holds no certificate in PEM form')
    return [...known, extra]
  } catch (error) {
    throw new ConnectorError('settings.invalid', {
      message: `The certificate authorities in NODE_EXTRA_CA_CERTS cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'NODE_EXTRA_CA_CERTS must name a readable file with certificates in PEM form.',
    })
  }
}

function proxy(name: string, value: string | null): string {
  if (!value) return ''
  const url = value.includes('://') ? value : `http://${value}`
  if (URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return url
  throw new ConnectorError('settings.invalid', {
    message: `${name} is not the address of a proxy`,
    remedy: `Write ${name} as http://host:port, with user:password@ before the host where the proxy wants it.`,
  })
}
