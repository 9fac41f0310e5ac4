import { ConnectorError } from '../domain/errors.js'
import type { SettingsProblem } from './config.js'

/** All problems as one error; exit code 2. */
export function settingsError(problems: readonly SettingsProblem[]): ConnectorError {
  const [first] = problems
  if (problems.length === 1 && first) {
    return new ConnectorError('settings.invalid', { message: first.message, remedy: first.remedy })
  }
  return new ConnectorError('settings.invalid', {
    message: `${problems.length} settings cannot be used. ${problems.map(({ message }) => message).join(' ')}`,
    remedy: problems.map(({ name, remedy }) => `${name}: ${remedy}`).join(' '),
  })
}
