import { expect } from 'chai'
import { anApi, email, expectProblem, json, type Api } from './support.js'

const MB = 1024 * 1024

describe('POST /api/v1/bounces', () => {
  let api: Api
  beforeEach(async () => {
    api = await anApi()
  })
  afterEach(() => api.close())

  const post = (init: RequestInit): Promise<Response> => api.call('/api/v1/bounces', 'intranet', init)

  it('hands over the report byte for byte', async () => {
    const raw = Buffer.from([0x46, 0xff, 0x00, 0x0d, 0x0a, 0xe9])
    const response = await post(email(raw))
    expect(response.status).to.equal(202)
    expect(await response.text()).to.equal('')
    expect(api.reports).to.deep.equal([raw])
  })

  it('takes the type in any letter case and with parameters, and nothing else', async () => {
    const typed = (type: string): RequestInit => ({ method: 'POST', body: 'x', headers: { 'content-type': type } })
    expect((await post(typed('Message/RFC822; charset=utf-8'))).status).to.equal(202)
    for (const init of [json('{}'), typed('text/plain'), typed('message/delivery-status')])
      await expectProblem(await post(init), 415, 'request.wrong-type')
    expect(api.reports).to.have.length(1)
  })

  it('takes 10 MB and not a byte more', async () => {
    expect((await post(email(Buffer.alloc(10 * MB, 'x')))).status).to.equal(202)
    await expectProblem(await post(email(Buffer.alloc(10 * MB + 1, 'x'))), 413, 'request.too-large')
    expect(api.reports.map(({ length }) => length)).to.deep.equal([10 * MB])
  })

  it('says 202 whatever became of it, and writes down what went wrong', async () => {
    api.applyBounce = () => Promise.reject(new Error('cannot be parsed'))
    expect((await post(email('nonsense'))).status).to.equal(202)
    expect(api.logged.map(({ message }) => message)).to.deep.equal(['A delivery report could not be dealt with'])
    expect((await post(email(''))).status).to.equal(202)
  })
})
