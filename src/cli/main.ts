#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import type { Verdict } from '../domain/hold.js'
import type { AskedFor } from '../domain/requests.js'
import type { Options } from './choices.js'
import type { GlobalOptions } from './invocation.js'

/**
 * The one entry. It knows the commands' names and options only; what they do is loaded when one is called, so that
 * `--help` answers at once.
 */

const program = new Command('entra-connector')
  .description('Keeps an intranet’s user management in step with Microsoft Entra ID')
  .version(versionOfPackage())
  .option('--json', 'print exactly one JSON document on standard output')
  .option(
    '--connection <name>',
    'which connection, where there are several; check and serve take all of them without it',
  )
  .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
  .configureOutput({ outputError: () => undefined })
  .exitOverride()

program
  .command('check')
  .description('look at settings, token, permissions, Graph, licence, store, mail and clock')
  .action(run((context) => import('./commands/check.js').then(({ check }) => check(context))))

program
  .command('sync')
  .description('one run: read the directory, then the sign-in log, then send owed emails')
  .option('--full', 'read everybody again, not only what changed')
  .option('--dry-run', 'show what the run would do, write nothing')
  .option('--user <id-or-upn>', 'read and apply one person now')
  .option('--out <file>', 'with --dry-run: write the plan into this file')
  .option('--apply <file>', 'do exactly what a plan says, and nothing that has happened since')
  .action(run((context, options) => import('./commands/sync.js').then(({ sync }) => sync(context, options))))

program
  .command('serve')
  .description('run on a schedule, send emails, show the login pages, answer the API')
  .option('--no-schedule', 'answer only, start no runs')
  .action(run((context, options) => import('./commands/serve.js').then(({ serve }) => serve(context, options))))

program
  .command('explain <id-or-upn>')
  .description('why somebody cannot log in: asks Entra this moment, changes nothing')
  .action(
    run((context, _options, words) => import('./commands/explain.js').then(({ explain }) => explain(context, words))),
  )

const users = program.command('users').description('the people we have')
users
  .command('list')
  .description('people, fifty at a time')
  .option('--status <status>', 'only people with this onboarding status')
  .option('--account <state>', 'only active, frozen or inactive people')
  .option('--first-login <state>', 'only people whose first login is pending or completed')
  .option('--search <text>', 'part of a name, user name, email or employee id')
  .option('--needs-attention', 'only people who have been in their status for too long')
  .option('--limit <n>', 'how many', '50')
  .option('--cursor <c>', 'go on where the last page ended')
  .action(run((context, options) => import('./commands/users.js').then(({ listUsers }) => listUsers(context, options))))
users
  .command('show <id-or-upn>')
  .description('everything about one person, history included')
  .action(
    run((context, _options, [who = '']) =>
      import('./commands/users.js').then(({ showUser }) => showUser(context, who)),
    ),
  )
users
  .command('conflicts')
  .description('records that share an address or an account in Entra, with their histories')
  .action(run((context) => import('./commands/conflicts.js').then(({ listConflicts }) => listConflicts(context))))
users
  .command('export')
  .description('everyone, one a line, as it streams')
  .option('--format <format>', 'ndjson or csv', 'ndjson')
  .action(
    run((context, options) => import('./commands/export.js').then(({ exportUsers }) => exportUsers(context, options))),
  )

for (const [request, description] of Object.entries({
  'enable-ahead-login': 'let people log in with user name and password',
  'send-invitation': 'send the onboarding email, a reminder to those who wait for theirs',
  'restart-onboarding': 'send a new onboarding email; current links and open password pages stop working',
  'back-to-microsoft': 'let people log in with Microsoft; destroys passwords and links',
  freeze: 'keep people from logging in; licences and memberships stay',
  activate: 'lift a freeze or deactivation: Entra decides again',
  deactivate: 'take access and licence away; everything is kept',
} satisfies Record<AskedFor, string>)) {
  const command = users
    .command(`${request} [ids-or-upns...]`)
    .description(description)
    .option('--file <file>', 'people, one a line or in the first column of a CSV; - for standard input')
    .option('--dry-run', 'say who could and who not, write nothing')
    .option('--by <name>', 'who decided it, for the history; otherwise who is logged in to this machine')
  if (request === 'back-to-microsoft') command.option('--yes', 'do not ask')
  command.action(
    run((context, options, who) =>
      import('./commands/requests.js').then(({ askFor }) => askFor(request as AskedFor, context, options, who)),
    ),
  )
}

const holds = program.command('holds').description('removals that wait until a person decides')
holds
  .command('list')
  .description('the open ones, by cause')
  .option('--all', 'also those that are over')
  .action(
    run((context, options) => import('./commands/holds.js').then(({ listOfHolds }) => listOfHolds(context, options))),
  )
holds
  .command('show <id>')
  .description('who waits, why, and what they have in common')
  .action(
    run((context, _options, [id = '']) => import('./commands/holds.js').then(({ showHold }) => showHold(context, id))),
  )
for (const [verdict, description] of Object.entries({
  approve: 'take access away from those who wait, with the next run and after another look-up',
  reject: 'let them keep it; they are asked about again only when Entra says so anew',
} satisfies Record<Verdict, string>)) {
  const command = holds
    .command(`${verdict} <id>`)
    .description(description)
    .option('--cause <cause>', 'only those of this cause, as "holds show" names it')
    .option('--user <id-or-upn>', 'only this person')
    .option('--reason <text>', 'why, in your own words, for the history')
    .option('--by <name>', 'who decided it; otherwise who is logged in to this machine')
    .option('--yes', 'do not ask')
  command.action(
    run((context, options, [id = '']) =>
      import('./commands/holds.js').then(({ decideHold }) => decideHold(verdict as Verdict, context, options, id)),
    ),
  )
}

program
  .command('undo <run>')
  .description('put back what a run changed, with people nobody has edited since')
  .option('--dry-run', 'say what would be put back, write nothing')
  .option('--by <name>', 'who decided it, for the history; otherwise who is logged in to this machine')
  .option('--yes', 'do not ask')
  .action(
    run((context, options, [id = '']) => import('./commands/undo.js').then(({ undo }) => undo(context, options, id))),
  )

const runs = program.command('runs').description('what ran, and what came of it')
runs
  .command('list')
  .description('the last runs, newest first')
  .option('--limit <n>', 'how many', '20')
  .action(run((context, options) => import('./commands/runs.js').then(({ listRuns }) => listRuns(context, options))))
runs
  .command('show <id>')
  .description('one run')
  .action(
    run((context, _options, [id = '']) => import('./commands/runs.js').then(({ showRun }) => showRun(context, id))),
  )
runs
  .command('log <id>')
  .description('what one run said')
  .action(
    run((context, _options, [id = '']) => import('./commands/runs.js').then(({ logOfRun }) => logOfRun(context, id))),
  )

const tokens = program.command('tokens').description('tokens for the API')
tokens
  .command('create')
  .description('a new token, shown once')
  .requiredOption('--scope <scope>', 'admin: all; support: read; intranet: read people, report logins')
  .requiredOption('--name <name>', 'who uses it')
  .action(
    run((context, options) => import('./commands/tokens.js').then(({ createToken }) => createToken(context, options))),
  )
tokens
  .command('list')
  .description('the tokens there are, revoked ones included')
  .action(run((context) => import('./commands/tokens.js').then(({ listTokens }) => listTokens(context))))
tokens
  .command('revoke <id>')
  .description('make a token stop working at once')
  .action(
    run((context, _options, [id = '']) =>
      import('./commands/tokens.js').then(({ revokeToken }) => revokeToken(context, id)),
    ),
  )

program
  .command('store')
  .description('the store itself')
  .command('copy')
  .description('everything into another, empty store; stopped anywhere, the same command goes on')
  .requiredOption('--to <url>', 'the other store, as in STORE_URL')
  .action(run((context, options) => import('./commands/store.js').then(({ copyStore }) => copyStore(context, options))))

program
  .command('demo')
  .description('a simulated tenant on this machine: no account, no server')
  .option('--once', 'one initial and one incremental run, then the end')
  .action(run((context, options) => import('./commands/demo.js').then(({ demo }) => demo(context, options))))

function versionOfPackage(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

type Action = (context: GlobalOptions, options: Options, words: readonly string[]) => Promise<number>

/** Sets the exit code and lets the process end by itself, so that no line of output is cut off. */
function run(action: Action) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command
    const global = program.opts<{ json?: boolean; connection?: string }>()
    const context = { json: global.json ?? false, connection: global.connection ?? null }
    const { guard } = await import('./invocation.js')
    process.exitCode = await guard(context, () => action(context, command.opts<Options>(), command.args))
  }
}

/** A command line that cannot be understood. Where only the command is missing, its help has been shown already. */
async function refuse({ code, message }: CommanderError): Promise<void> {
  const { refuseUsage } = await import('./usage.js')
  const json = process.argv.includes('--json')
  process.exitCode = refuseUsage({ message: code === 'commander.help' ? null : message, json })
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  if (error.exitCode === 0) process.exitCode = 0
  else await refuse(error)
}
