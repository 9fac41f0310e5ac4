import { expect } from 'chai'
import { SETTINGS } from '../../src/config/settings.js'
import { ENOUGH, good, problems } from './settings-of.js'

// prettier-ignore
const NO_NUMBER = [
  '-1', '1.5', '1e3', '0x10', '+5', '1 000', "1'000", 'ten', '٣', 'NaN', 'Infinity', '99999999999999999999',
]
const NO_AUTHORITY = 'Write it like https://login.microsoftonline.com.'
const PLAIN_HTTP = 'uses http, so our credential or token would travel unprotected.'
const ENCODED = 'In user and password write special characters percent-encoded: @ as %40, : as %3A, / as %2F, # as %23.'

/** Setting, what is wrong (after the name), what to do, and values that are wrong in this way. `@` stands for the value. */
// prettier-ignore
const BAD: readonly (readonly [name: string, problem: string, remedy: string, values: readonly string[]])[] = [
  ['AZURE_TENANT_ID', 'is neither a GUID nor a domain.', 'Copy the Directory (tenant) ID from', [
    'contoso', '11111111-2222-3333-4444-55555555555', '{11111111-2222-3333-4444-555555555555}',
    'https://contoso.example', 'con toso.example', '-a.example', 'a..example', '10.0.0.1', `${'a'.repeat(300)}.example`,
  ]],
  ['AZURE_TENANT_ID', 'is “@”, but an application signs in to one tenant.', 'Copy the Directory (tenant) ID from',
    ['common', 'organizations', 'Consumers']],
  ['AZURE_CLIENT_ID', 'is not a GUID.', 'Copy the Application (client) ID from',
    ['my-app', 'api://x', '11111111222233334444555555555555']],
  ['AZURE_CLIENT_CERTIFICATE_PATH', 'starts with ~, which only a shell understands.', 'Write the whole path.',
    ['~/c.pem']],
  ['AZURE_FEDERATED_TOKEN_FILE', 'starts with ~, which only a shell understands.', 'Write the whole path.',
    ['~/token']],
  ['AZURE_TOKEN_CREDENTIALS', 'is “@”, which is not a possible value.', 'Use ManagedIdentityCredential.',
    ['prod', 'dev', 'true']],
  ['AZURE_AUTHORITY_HOST', 'is not an https address.', NO_AUTHORITY,
    ['login.microsoftonline.com', 'ftp://x', 'https://', 'https:// x']],
  ['AZURE_AUTHORITY_HOST', PLAIN_HTTP, 'Use https; http is for this machine (localhost) only.', [
    'http://login.microsoftonline.com', 'http://10.0.0.1', 'http://localhost.contoso.example', 'http://128.0.0.1',
    'http://[::2]',
  ]],
  ['AZURE_AUTHORITY_HOST', 'holds a path.', 'Leave the path out; the tenant belongs into AZURE_TENANT_ID.',
    ['https://login.microsoftonline.com/contoso.example', 'http://localhost:1/x/']],
  ['AZURE_AUTHORITY_HOST', 'holds a query or fragment.', NO_AUTHORITY,
    ['https://login.example?x', 'https://login.example/#x']],
  ['AZURE_AUTHORITY_HOST', 'holds a user name or password.', NO_AUTHORITY,
    ['https://ana@login.example', 'https://a:b@login.example']],
  ['GRAPH_BASE_URL', 'is not an https address.', 'Write it like https://graph.microsoft.com.',
    ['graph.microsoft.com', 'v1.0']],
  ['GRAPH_BASE_URL', PLAIN_HTTP, 'Use https; http is for this machine (localhost) only.',
    ['http://graph.microsoft.com']],
  ['GRAPH_BASE_URL', 'names the beta version.', 'Leave the version out: v1.0 is used.',
    ['https://graph.microsoft.com/beta', 'https://graph.microsoft.com/Beta/']],
  ['GRAPH_BASE_URL', 'holds a query or fragment.', 'Write it like', ['https://graph.microsoft.com/v1.0?x=1']],
  ['GRAPH_BASE_URL', 'holds a user name or password.', 'Write it like', ['https://u:p@graph.microsoft.com']],
  ['GIVE_UP_AFTER', 'is “@”, not a duration.', 'Write a whole number with s, m, h or d, such as 90s or 5m.',
    ['90', '1.5m', '-5s', '90 s', '90S', '5min', 's', '1h30m', '٣s']],
  ['GIVE_UP_AFTER', 'is “@”, not between 1s and 7d.', 'Write a duration from 1s to 7d.',
    ['0s', '8d', '99999999999999999999h']],
  ...[
    'TOO_LONG_NEVER_LOGGED_IN', 'TOO_LONG_MIGRATING', 'TOO_LONG_PENDING', 'TOO_LONG_ONBOARDING_INCOMPLETE',
    'TOO_LONG_FAILED', 'UNDO_KEPT_FOR', 'RECONCILE_EVERY', 'RUNS_KEPT_FOR',
  ].map((name) => [
    name, 'is “@”, not between 1s and 3650d.', 'Write a duration from 1s to 3650d.', ['0d', '3651d'],
  ] as const),
  ['HOLDS_EXPIRE_AFTER', 'is “@”, not between 1s and 365d.', 'Write a duration from 1s to 365d.', ['0d', '366d']],
  ['HISTORY_KEPT_FOR', 'is “@”, not between 1s and 36500d.', 'Write a duration from 1s to 36500d.', ['0d', '36501d']],
  ['MAIL_PER_MINUTE', 'is “@”, not a whole number from 1 to 10000.', 'Write a whole number from 1 to 10000, in digits only.',
    ['0', '10001', ...NO_NUMBER]],
  ['PUBLIC_URL', 'has the path /login, which is one of our own pages.', 'Leave the path out,',
    ['https://contoso.example/login', 'http://localhost:8080/login/x']],
  ['TRUSTED_PROXIES', 'holds “@”, which is no address or range.', 'Write addresses like 10.0.0.5,',
    ['proxy.contoso.example', '10.0.0.0/33', '::1/129', '10.0.0', 'true']],
  ['EMAIL_LANGUAGE', 'is “@”, which is not a possible value.', 'Use one of: en, de, fr, it.', ['es', 'de-CH']],
  ['AHEAD_APP_ID', 'is not a GUID.', 'Copy the Application (client) ID of the intranet from', ['intranet']],
  ['AHEAD_APP_ID', 'has something that is not a GUID in place 2.', 'separate several with commas.',
    [`${ENOUGH.AZURE_CLIENT_ID},`, `${ENOUGH.AZURE_CLIENT_ID},x`]],
  ['DISABLED_ACCOUNTS', 'is “@”, which is not a possible value.', 'Use one of: frozen, inactive.',
    ['active', 'paused', 'frozen,inactive']],
  ['LICENSE_SEATS', 'is “@”, not a whole number 0 or more.', 'Write a whole number 0 or more, in digits only.',
    NO_NUMBER],
  ['REMOVAL_LIMIT_COUNT', 'is “@”, not a whole number 0 or more.', 'Write a whole number 0 or more, in digits only.',
    NO_NUMBER],
  ['REMOVAL_LIMIT_PERCENT', 'is “@”, not a number from 0 to 100.',
    'Write a number from 0 to 100, without the percent sign.', ['5%', '101', '100.1', '-1', '2,5', '.5', '5.', '1e1']],
  ['ONBOARDING_SEND', 'is “@”, which is not a possible value.', 'Use one of: manual, on-enable.',
    ['auto', 'on_enable', 'true']],
  ['EMAIL_ENABLED', 'is “@”, which is not a possible value.', 'Write true or false.',
    ['1', '0', 'yes', 'no', 'on', 'off']],
  ['LOG_MASK_ADDRESSES', 'is “@”, which is not a possible value.', 'Write true or false.', ['1', 'y']],
  ['LOG_LEVEL', 'is “@”, which is not a possible value.', 'Use one of: error, warn, info, debug.',
    ['loud', 'warning', 'silent', '2']],
  ['LOG_FORMAT', 'is “@”, which is not a possible value.', 'Use one of: pretty, json.', ['text', 'jsonl']],
  ['LOG_FILE', 'starts with ~, which only a shell understands.', 'Write the whole path.', ['~/connector.log']],
  ['STORE_URL', 'is no store we know.', 'Use sqlite:PATH, mongodb://… or mongodb+srv://….',
    ['data/connector.db', 'postgres:x', 'C:\\data\\x.db']],
  ['STORE_URL', 'starts with “postgres:”, which is no store we know.',
    'Use sqlite:PATH, mongodb://… or mongodb+srv://….', ['postgres://user:hunter2@db/x']],
  ['STORE_URL', 'names no path.', 'Write sqlite:data/name for a path in the working directory', ['sqlite:']],
  ['STORE_URL', 'starts with ~, which only a shell understands.', 'Write sqlite:data/name', ['sqlite:~/x.db']],
  ['STORE_URL', 'has two slashes, so the path is ambiguous.', 'or sqlite:/var/name for a whole one.',
    ['sqlite://data/x.db']],
  ['STORE_URL', 'would keep everything in memory and lose it.', 'Name a file: sqlite:data/connector.db.',
    ['sqlite::memory:', 'sqlite::memory:?cache=shared']],
  ['STORE_URL', 'names a folder.', 'Name a file in it.', ['sqlite:data/', 'SQLITE:/var/']],
  ['STORE_URL', 'names no MongoDB host.', 'Use sqlite:PATH',
    ['mongodb:', 'mongodb://', 'mongodb+srv:///x', 'mongodb:host']],
  ['MAIL_URL', 'is no way to send mail that we know.', 'Use smtp://host:port', ['mail.contoso.example', 'pigeon:x']],
  ['MAIL_URL', 'starts with “http:”, which is no way to send mail that we know.',
    'graph:sender@domain or file:directory.', ['http://mail.contoso.example']],
  ['MAIL_URL', 'cannot be read as the address of a mail server.', ENCODED, [
    'smtp:', 'smtp://', 'smtp://:25', 'smtp://u:p#w@mail.example', 'smtp://u:1#w@mail.example',
    'smtp://mail.example:99999', 'smtp://mail.example?pool=true', 'smtp://ma il.example', 'smtp://u:p/w@mail.example',
    'smtp:mail.example',
  ]],
  ['MAIL_URL', 'has a path, which a mail server has not.', ENCODED,
    ['smtp://u:1/w@mail.example', 'smtps://mail.example/inbox']],
  ['MAIL_URL', 'has a password without a user.', ENCODED, ['smtp://:hunter2@mail.example']],
  ['MAIL_URL', 'names no mailbox.', 'Write it like graph:intranet@contoso.example.',
    ['graph:', 'graph:contoso.example', 'graph:a@', 'graph:a@b@c', 'graph:a b@c.example']],
  ['MAIL_URL', 'names no path.', 'Write file:data/name', ['file:']],
  ['MAIL_URL', 'has two slashes, so the path is ambiguous.', 'or file:/var/name', ['file://outbox']],
  ['MAIL_FROM', 'is “@”, which is no email address.',
    'Write an address, or a name and the address: Contoso intranet <intranet@contoso.example>.', [
    'intranet', 'a@', '@b.example', 'Contoso <>', 'Contoso <a@b.example', 'a@b.example>', 'a@b.example, c@d.example',
    'a b@c.example', '<a@b.example> Contoso', 'a@b..example', `${'x'.repeat(40)}@-`,
  ]],
  ['BOUNCES_URL', 'starts with “pop3:”, which is no mailbox that we know.',
    'Use imaps://user:password@host:port/folder or graph:mailbox@domain.', ['pop3://u:p@mail.example']],
  ['BOUNCES_URL', 'has no user and password.', 'Use imaps://user:password@host:port/folder',
    ['imaps://mail.example', 'imap://u@mail.example/INBOX']],
  ['BOUNCES_URL', 'cannot be read as the address of a mail server.', ENCODED,
    ['imaps:', 'imaps://u:p@w#x@mail.example', 'imaps://u:p@mail.example:x']],
  ['BOUNCES_URL', 'names a folder that cannot be read.', ENCODED, ['imaps://u:p@mail.example/50%']],
  ['BOUNCES_URL', 'names no mailbox.', 'Write it like graph:', ['graph:bounces']],
  ['PUBLIC_URL', 'is not a http or https address.', 'Write it like https://connect.contoso.example',
    ['connect.contoso.example', 'localhost:8080', '/connect', 'ftp://x']],
  ['PUBLIC_URL', 'holds a query or fragment.', 'Write it like', ['https://c.example?x=1', 'https://c.example/#/']],
  ['PUBLIC_URL', 'holds a user name or password.', 'Write it like', ['https://u:p@c.example']],
  ['INTRANET_URL', 'is not a http or https address.', 'Write it like https://intranet.contoso.example.',
    ['intranet', 'javascript:alert(1)', 'file:///etc/passwd']],
  ['INTRANET_URL', 'holds a user name or password.', 'Write it like', ['https://u:p@intranet.example']],
  ['INTRANET_NAME', 'holds a line break or another control character.', 'Write it on one line.',
    ['Com\npass', 'a\u0000b', 'a\u001b[2Jb']],
  ['ORGANISATION_NAME', 'holds a line break or another control character.', 'Write it on one line.', ['Con\r\ntoso']],
  ['SUPPORT_CONTACT', 'holds a line break or another control character.', 'Write it on one line.', ['a\u009bb']],
  ['HOST', 'is “@”, neither a host name nor an IP address.',
    'Write 127.0.0.1 for this machine only or 0.0.0.0 for all networks; the port goes into PORT.',
    ['*', 'http://localhost', 'localhost:8080', '127.0.0.1:80', '256.1.1.1', '1.2.3', '[::1', 'a_b', '-x']],
  ['PORT', 'is “@”, not a whole number from 0 to 65535.', 'Write a whole number from 0 to 65535, in digits only.',
    [...NO_NUMBER, '65536', ':80']],
  ['SYNC_SCHEDULE', 'is “@”, which is no cron expression: it has 4 fields instead of 5 or 6.',
    'such as */15 * * * * for every quarter of an hour.', ['* * * *']],
  ['SYNC_SCHEDULE', 'is “@”, which is no cron expression: it has 1 field instead of 5 or 6.', 'Write five fields',
    ['hourly', '15m']],
  ['SYNC_SCHEDULE', 'is “@”, which is no cron expression: it has 7 fields instead of 5 or 6.', 'six with seconds first',
    ['* * * * * * *']],
  ['SYNC_SCHEDULE', 'is “@”, which is no cron expression: the minute “61” is not possible.', 'Write five fields',
    ['61 * * * *']],
  ['SYNC_SCHEDULE', 'is “@”, which is no cron expression: the minute “*/0” is not possible.', 'Write five fields',
    ['*/0 * * * *']],
  ['SYNC_SCHEDULE', 'is “@”, which is no cron expression: the day of the month “30” is not possible.',
    'Write five fields', ['0 0 30 2 *']],
  ['SYNC_TIMEZONE', 'is “@”, which is no time zone this machine knows.',
    'Write a name of the IANA list, such as Europe/Zurich or UTC.',
    ['Mars/Base', 'Zürich', '+02:00', 'local', 'Europe/Zurich ; x']],
  ['NOTIFY_EMAIL', 'holds “@”, which is no email address.', 'Write addresses only, separated by commas',
    ['nobody', 'IT <it@b.example>']],
  ['NOTIFY_WEBHOOK_URL', 'is not an https address.', 'Write it like https://ops', ['ops.example/hook', 'ftp://ops/x']],
  ['NOTIFY_WEBHOOK_URL', 'uses http, so anybody could read it.', 'Use https', ['http://ops.example/hook']],
  ['HTTPS_PROXY', 'is not the address of a http proxy.', 'Write it like http://proxy.contoso.example:3128.',
    ['proxy:3128', 'proxy.contoso.example', 'socks5://proxy:1080', 'http://proxy/path', 'http://u:p#w@proxy']],
  ['HTTP_PROXY', 'is not the address of a http proxy.', 'Write it like http://proxy.contoso.example:3128.',
    ['10.0.0.1:3128', 'http://']],
  ['NO_PROXY', 'holds a line break or another control character.', 'Write it on one line.', ['a\nb']],
]

/** Any text is possible here, or only a look at the file tells. */
const ALWAYS_READABLE = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PASSWORD', 'NOTIFY_WEBHOOK_SECRET']
const BY_FILE = ['NODE_EXTRA_CA_CERTS']

describe('a set but unreadable value', () => {
  for (const [name, problem, remedy, values] of BAD) {
    it(`${name} ${problem}`, () => {
      for (const value of values) {
        const found = problems({ ...ENOUGH, [name]: value }).filter((candidate) => candidate.name === name)
        const [first] = found
        expect(found, value).to.have.length(1)
        expect(first!.message).to.equal(`${name} ${problem.replace('@', () => value)}`)
        expect(first!.remedy).to.contain(remedy)
      }
    })
  }

  it('is in this table for every setting', () => {
    const covered = [...BAD.map(([name]) => name), ...ALWAYS_READABLE, ...BY_FILE]
    expect([...new Set(covered)].sort()).to.deep.equal(Object.keys(SETTINGS).sort())
  })

  it('is a problem too when the command does not ask Microsoft', () => {
    const names = problems({ AZURE_TENANT_ID: 'x', LOG_LEVEL: 'loud' }, { needs: 'store' }).map(({ name }) => name)
    expect(names).to.deep.equal(['AZURE_TENANT_ID', 'LOG_LEVEL'])
  })

  it('is named with all the others at once, each once', () => {
    const all = Object.fromEntries(BAD.map(([name, , , values]) => [name, values[0] ?? '']))
    const names = problems({ ...all, NODE_EXTRA_CA_CERTS: '/nowhere.pem' }).map(({ name }) => name)
    const expected = Object.keys(SETTINGS).filter((name) => !ALWAYS_READABLE.includes(name))
    expect(names.filter((name) => !name.includes(','))).to.have.members(expected)
  })

  it('is never replaced by the default', () => {
    for (const [name, , , [value]] of BAD) {
      expect(problems({ ...ENOUGH, [name]: value }), `${name}=${value ?? ''}`).not.to.be.empty
    }
  })

  it('is shown short and without anything a terminal acts on', () => {
    const [first] = problems({ ...ENOUGH, LOG_LEVEL: `\u001b[31m${'x'.repeat(500)}\u202e` })
    expect(first!.message).to.match(/^LOG_LEVEL is “�\[31mx{55}…”/)
  })

  it('of a proxy is named in the spelling that was used', () => {
    expect(problems({ ...ENOUGH, https_proxy: 'proxy:1' })[0]!.message).to.match(/^https_proxy is not the address/)
  })
})

describe('an empty value', () => {
  it('counts as unset, for every setting', () => {
    const empty = Object.fromEntries(Object.keys(SETTINGS).map((name, index) => [name, index % 2 ? '' : ' \t']))
    const { config } = good({ ...empty, ...ENOUGH })
    expect(config).to.deep.equal(good().config)
  })
})
