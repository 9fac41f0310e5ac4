import { expect } from 'chai'
import type { Config, Secrets, SettingsProblem } from '../../src/config/config.js'
import { readConfig, type ConfigInput, type ConfigResult } from '../../src/config/read.js'

export const TENANT = '11111111-2222-3333-4444-555555555555'
export const CLIENT = '99999999-8888-7777-6666-555555555555'

/** The least that a command which asks Microsoft needs. */
export const ENOUGH = {
  AZURE_TENANT_ID: TENANT,
  AZURE_CLIENT_ID: CLIENT,
  AZURE_CLIENT_SECRET: 'Abc8Q~value-of-a-secret',
}

type Env = ConfigInput['env']

export function read(env: Env, rest: Partial<Omit<ConfigInput, 'env'>> = {}): ConfigResult {
  return readConfig({ env, cwd: '/srv/connector', tty: false, needs: 'microsoft', ...rest })
}

/** Settings on top of the least; fails with the problems in its message. */
export function good(
  env: Env = {},
  rest: Partial<Omit<ConfigInput, 'env'>> = {},
): { config: Config; secrets: Secrets; warnings: readonly SettingsProblem[] } {
  const result = read({ ...ENOUGH, ...env }, rest)
  if (!result.ok) expect.fail(result.problems.map(({ message }) => message).join('\n'))
  return result
}

export function problems(env: Env, rest: Partial<Omit<ConfigInput, 'env'>> = {}): readonly SettingsProblem[] {
  const result = read(env, rest)
  return result.ok ? [] : result.problems
}
