import type { Exchange } from '../../../src/graph/exchange.js'

/** An exchange over global fetch, which nock can intercept: undici's own requests it cannot. */
export const fetchExchange: Exchange = async ({ method, url, headers, body, signal }) => {
  const answer = await fetch(url, {
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
}
