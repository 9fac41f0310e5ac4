import { openApp, type Answered, type AskOptions } from '../../app.js'
import type { Config } from '../../config/config.js'
import { ConnectorError, EXIT_CODES } from '../../domain/errors.js'
import type { AskedFor } from '../../domain/requests.js'
import { byWhom } from '../by-whom.js'
import { nameOf, text, type Options } from '../choices.js'
import { confirmed, hasTerminal } from '../confirm.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { printJson, printLine } from '../output.js'
import { namesInFile } from '../people-file.js'
import { errorBlock, redacted } from '../problems.js'
import { describeRequest, distinct, type RequestResult, type Told } from '../request-summary.js'
import { question, type Sending } from '../request-words.js'

/** `users enable-ahead-login` and the like: one request, for one person or fifty thousand. */
export async function askFor(
  request: AskedFor,
  global: GlobalOptions,
  options: Options,
  words: readonly string[],
): Promise<number> {
  const dryRun = options['dryRun'] === true
  const by = byWhom(options['by'])
  const who = await namesOf(request, words, text(options['file']))
  return withInvocation(global, { needs: 'store', summarises: true }, async (invocation) => {
    const app = await openApp(invocation)
    try {
      const ask = (preview: boolean): Promise<Answered> =>
        app.ask(request, who, { ...watching(invocation), dryRun: preview, by })
      const destroys = request === 'back-to-microsoft' && !dryRun && options['yes'] !== true
      if (destroys && hasTerminal()) await agreed(await ask(true), request, invocation)
      const asked = withoutSecrets(await ask(dryRun), invocation)
      invocation.progress.clear()
      tell({ ...asked, request, dryRun, sending: sendingOf(invocation.config) }, invocation)
      if (asked.mail) process.stderr.write(errorBlock(redacted(asked.mail, invocation.redact)))
      // Results are told all the same: what was asked for is kept, and some emails may be out.
      return invocation.signal.aborted && (asked.emails?.owed ?? 0) > 0 ? EXIT_CODES.interrupted : exitCodeOf(asked)
    } finally {
      await app.close()
    }
  })
}

function watching({ signal, progress }: Invocation): Pick<AskOptions, 'signal' | 'onProgress'> {
  return { signal, onProgress: (at) => progress.show(at) }
}

/** In the order given, those of the command line first. */
async function namesOf(request: AskedFor, words: readonly string[], file: string | undefined): Promise<string[]> {
  const typed = words.map((word) => nameOf('The id or user name', word))
  const listed = file === undefined ? [] : await namesInFile(nameOf('--file', file))
  const names = [...typed, ...listed]
  if (names.length > 0) return names
  throw new ConnectorError('usage.invalid', {
    message: file === undefined ? 'Nobody is named' : `Nobody is named in ${file}`,
    remedy:
      `Name people by id or user name: entra-connector users ${request} ana@contoso.example, ` +
      'or give a list with one a line: --file people.txt',
  })
}

function sendingOf({ connection, mail, mailFrom }: Config): Sending {
  const { emailEnabled, onboardingSend } = connection
  const from = mailFrom?.address ?? (mail.kind === 'graph' ? mail.sender : null)
  return { from, emailEnabled, onEnable: onboardingSend === 'on-enable', now: new Date() }
}

/** Shows what would be destroyed and asks. Throws `run.interrupted` unless the answer is yes. */
async function agreed(preview: Answered, request: AskedFor, { config, signal, progress }: Invocation): Promise<void> {
  progress.clear()
  const people = distinct(preview.results).filter(({ ok }) => ok).length
  if (people === 0) return
  const lines = describeRequest(
    { results: preview.results, emails: null, request, dryRun: true, sending: sendingOf(config) },
    process.stderr,
  )
  process.stderr.write(`${lines.join('\n')}\n\n`)
  if (await confirmed(question(people), signal)) return
  throw new ConnectorError('run.interrupted', { message: 'Nobody was changed: you did not say yes' })
}

function tell(told: Told, { json }: Invocation): void {
  if (json) printJson({ results: told.results.map(resultView) })
  else printLine(describeRequest(told, process.stdout).join('\n'))
}

/** In the order given; nobody's `id` is null. */
function resultView({ id, ok, status, account, error }: RequestResult) {
  return { id, ok, status, account, error }
}

/** Reasons may quote a mail system. */
function withoutSecrets(asked: Answered, { redact }: Invocation): Answered {
  const results = asked.results.map((result) =>
    result.error ? { ...result, error: { ...result.error, message: redact(result.error.message) } } : result,
  )
  return { ...asked, results }
}

/** The mail system's failure outweighs refusals: what was asked for is kept, and its emails are not out. */
function exitCodeOf({ results, mail }: Answered): number {
  if (mail) return mail.exitCode
  const refused = results.filter(({ ok }) => !ok).length
  if (refused === 0) return EXIT_CODES.done
  return refused === results.length ? EXIT_CODES.failed : EXIT_CODES.skipped
}
