import { expect } from 'chai'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { aFolder, type Folder } from '../support/command.js'
import { together } from '../support/together.js'

describe('tokens', () => {
  const inFolder = async (test: (folder: Folder) => Promise<void>): Promise<void> => {
    const folder = await aFolder({ STORE_URL: 'sqlite:connector.db' })
    try {
      await test(folder)
    } finally {
      await folder.remove()
    }
  }
  const create = (folder: Folder, scope: string, name: string) =>
    folder.run(['tokens', 'create', '--scope', scope, '--name', name, '--json'])

  together({
    'are made, listed without the token, and revoked': () =>
      inFolder(async (folder) => {
        const made = await create(folder, 'Intranet', 'the intranet')
        expect(made.code).to.equal(0)
        expect(Object.keys(made.json)).to.deep.equal(['id', 'name', 'scope', 'token'])
        expect(made.json).to.include({ name: 'the intranet', scope: 'intranet' })
        expect(made.json['token']).to.match(/^ect_[\w-]{43}$/)
        const token = String(made.json['token'])
        const id = String(made.json['id'])

        const other = await folder.run(['tokens', 'create', '--scope', 'admin', '--name', 'Ana'])
        expect(other.stdout).to.match(
          /^ect_[\w-]{43}\nToken "Ana" with scope admin\. It is shown this once: keep it now\.\n/,
        )

        const revoked = await folder.run(['tokens', 'revoke', id.toUpperCase(), '--json'])
        expect(revoked.code).to.equal(0)
        expect(revoked.json).to.include({ id, scope: 'intranet' })
        expect(revoked.json['revokedAt']).to.match(/Z$/)
        expect((await folder.run(['tokens', 'revoke', id])).stdout).to.equal(
          'Token "the intranet" was already revoked.\n',
        )

        const { json, stdout } = await folder.run(['tokens', 'list', '--json'])
        const tokens = json['tokens'] as Record<string, unknown>[]
        expect(tokens.map(({ name, scope }) => [name, scope])).to.deep.equal([
          ['the intranet', 'intranet'],
          ['Ana', 'admin'],
        ])
        for (const one of tokens)
          expect(Object.keys(one)).to.deep.equal(['id', 'name', 'scope', 'createdAt', 'revokedAt'])
        expect(tokens[0]?.['revokedAt']).to.equal(revoked.json['revokedAt'])
        expect(tokens[1]?.['revokedAt']).to.equal(null)
        expect(stdout).not.to.include('ect_')
        const table = (await folder.run(['tokens', 'list'])).stdout
        expect(table).to.match(
          /^Name +Scope +Id +Made \(UTC\) +Revoked \(UTC\)\nthe intranet +intranet +.*\d\d:\d\d\nAna +admin .* –\n$/,
        )

        const files = (await readdir(folder.path)).filter((name) => name.startsWith('connector.db'))
        expect(files).to.include('connector.db')
        for (const file of files)
          expect((await readFile(join(folder.path, file))).includes(token), `${file} holds the token`).to.equal(false)
      }),

    'cannot be made without a scope and a name': () =>
      inFolder(async (folder) => {
        const wrong = [
          ['--scope', 'admin'],
          ['--name', 'Ana'],
          ['--scope', 'everything', '--name', 'Ana'],
          ['--scope', 'admin', '--name', ' '],
          ['--scope', 'admin', '--name', 'x'.repeat(101)],
        ]
        for (const options of wrong) {
          const { code, json } = await folder.run(['tokens', 'create', ...options, '--json'])
          expect(code, options.join(' ')).to.equal(2)
          expect(json['error']).to.include({ code: 'usage.invalid' })
        }
        expect((await folder.run(['tokens', 'list', '--json'])).json).to.deep.equal({ tokens: [] })
        const { code, json } = await folder.run(['tokens', 'revoke', 'nothing', '--json'])
        expect(code).to.equal(1)
        expect(json['error']).to.include({ code: 'token.unknown', message: 'There is no token nothing' })
      }),
  })
})
