import { v7 as uuid } from 'uuid'
import { ConnectorError } from '../../domain/errors.js'
import { hashOf, newSecret } from '../../secret.js'
import { TOKEN_SCOPES, type ApiToken } from '../../store/port.js'
import { nameOf, oneOf, text, type Options } from '../choices.js'
import { minute } from '../../domain/history-words.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { hanging, table, type Column } from '../layout.js'
import { harmless, printJson, printLine } from '../output.js'
import { withStore } from '../store.js'

/** API tokens look like one, so that programs that search for leaked secrets find them. */
const PREFIX = 'ect_'
const LONGEST_NAME = 100

export async function createToken(global: GlobalOptions, options: Options): Promise<number> {
  const scope = oneOf('--scope', options['scope'], TOKEN_SCOPES)
  if (scope === undefined) throw new ConnectorError('usage.invalid', NO_SCOPE)
  const name = nameOf('--name', text(options['name']) ?? '')
  if (name.length > LONGEST_NAME) throw new ConnectorError('usage.invalid', LONG_NAME)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const token = PREFIX + newSecret()
      const id = uuid()
      const createdAt = new Date().toISOString()
      await store.tokens.create({ id, name, scope, createdAt, revokedAt: null }, hashOf(token))
      if (invocation.json) printJson({ id, name, scope, token })
      else {
        printLine(token)
        printLine(hanging('', harmless(`Token "${name}" with scope ${scope}. It is shown this once: keep it now.`)))
        printLine(hanging('', `If it is lost or seen by others: entra-connector tokens revoke ${id}`))
      }
      return 0
    }),
  )
}

const NO_SCOPE = { message: '--scope is missing', remedy: `Use one of: ${TOKEN_SCOPES.join(', ')}.` }
const LONG_NAME = {
  message: `--name is longer than ${LONGEST_NAME} characters`,
  remedy: 'Say in a few words who uses the token, for example: --name intranet.',
}

const COLUMNS: readonly Column[] = [
  { title: 'Name', narrow: 'cut' },
  { title: 'Scope' },
  { title: 'Id' },
  { title: 'Made (UTC)', narrow: 'extra' },
  { title: 'Revoked (UTC)', narrow: 'extra' },
]

export async function listTokens(global: GlobalOptions): Promise<number> {
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const tokens = await store.tokens.list()
      if (invocation.json) printJson({ tokens: tokens.map(view) })
      else if (tokens.length === 0)
        printLine('No token yet: entra-connector tokens create --scope intranet --name NAME')
      else printLine(table(COLUMNS, tokens.map(row)))
      return 0
    }),
  )
}

/** Being told again of a token that was revoked before is no failure. */
export async function revokeToken(global: GlobalOptions, given: string): Promise<number> {
  const id = nameOf('The id', given).toLowerCase()
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const wasRevoked = await store.tokens.revoke(id, new Date().toISOString())
      const token = (await store.tokens.list()).find((one) => one.id === id)
      if (!token) throw unknownToken(given)
      if (invocation.json) printJson(view(token))
      else printLine(hanging('', harmless(`Token "${token.name}" ${wasRevoked ? 'is' : 'was already'} revoked.`)))
      return 0
    }),
  )
}

function view({ id, name, scope, createdAt, revokedAt }: ApiToken): ApiToken {
  return { id, name, scope, createdAt, revokedAt }
}

function row({ name, scope, id, createdAt, revokedAt }: ApiToken) {
  return [name, scope, id, minute(createdAt), revokedAt && minute(revokedAt)]
}

function unknownToken(id: string): ConnectorError {
  return new ConnectorError('token.unknown', {
    message: `There is no token ${id}`,
    remedy: 'entra-connector tokens list shows them with their ids.',
  })
}
