import { expect } from 'chai'
import { aFolder, type Folder } from '../support/command.js'

/** Settings of a real installation, which are none of the demo's business. */
const OF_THIS_MACHINE = {
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  STORE_URL: 'mysql://nowhere',
  PORT: 'none',
  LOG_LEVEL: 'loud',
}

describe('demo', () => {
  let folder: Folder

  before(async () => {
    folder = await aFolder()
  })
  after(() => folder.remove())

  it('needs and heeds no settings: two runs with first logins between them, in a few readable lines', async () => {
    const { code, stdout, stderr } = await folder.run(['demo', '--once'], OF_THIS_MACHINE)
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.match(
      /^A simulated tenant with 120 people\. Nothing leaves this machine\.\n\n {2}First run succeeded in /,
    )
    expect(stdout).to.match(/\n {2}Read 120 entries: 120 created\.\n/)
    expect(stdout).to.match(/\n {2}· .* signed in for the first time\n/)
    expect(stdout).to.match(
      /\n {2}Incremental run succeeded in .*\n.*\n {2}Sign-in log: [1-9]\d* sign-ins? read, [1-9]\d* first logins?\.\n\n/,
    )
    expect(stdout).to.match(
      /\nMia from IT enables ahead login for 4 people .*\n\n( {2}.* is pending\n){3} {2}.* is failed: .*\n\n$/,
    )
  })

  it('leaves a store to look around in', async () => {
    const { json } = await folder.run(['users', 'list', '--status', 'onboarded', '--json'], {
      STORE_URL: 'sqlite:data/demo/connector.db',
    })
    expect(json['users']).not.to.have.length(0)
  })

  it('goes on by schedule until it is stopped, and begins anew each time', async () => {
    const demo = folder.start(['demo'])
    const url = (await demo.says(/curl (http:\S+)\/readyz/))[1] ?? ''
    expect((await fetch(`${url}/readyz`)).status).to.equal(200)
    const [, link = ''] = await demo.says(/^ {4}(http:\/\/localhost:\d+\/welcome\/\S+)$/m)
    expect(await (await fetch(link)).text()).to.contain('Choose my password')
    expect((await fetch(`${new URL(link).origin}/login/microsoft`, { redirect: 'manual' })).status).to.equal(302)
    demo.send('SIGINT')
    const { code, stdout } = await demo.ended
    expect(code).to.equal(0)
    expect(stdout).to.include('Read 120 entries: 120 created.')
  })
})
