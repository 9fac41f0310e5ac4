import { ConnectorError, EXIT_CODES } from '../domain/errors.js'
import { report } from './problems.js'

/** `message` as the library words it, null where the command is missing. Gives the exit code. */
export function refuseUsage({ message, json }: { readonly message: string | null; readonly json: boolean }): number {
  if (message === null && !json) return EXIT_CODES.usage
  const [what = '', hint = ''] = (message ?? 'a command is missing').replace(/^error: /, '').split('\n')
  const meant = /Did you mean (.*)\?/.exec(hint)?.[1]
  const remedy = 'entra-connector --help shows what there is.'
  return report(
    new ConnectorError('usage.invalid', {
      message: what.charAt(0).toUpperCase() + what.slice(1),
      remedy: meant === undefined ? remedy : `Did you mean ${meant}? ${remedy}`,
    }),
    json,
  )
}
