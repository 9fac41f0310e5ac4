/** Answers of a server that refuses, in the form the server gives them. */

export function refusal(code: number, codeName: string, errorLabels: readonly string[] = []): { answer: Answer } {
  return { answer: { ok: 0, code, codeName, errmsg: codeName, ...(errorLabels.length > 0 ? { errorLabels } : {}) } }
}

/** It was done, and not enough members have confirmed it. */
export function unconfirmed(code: number, codeName: string, errorLabels: readonly string[] = []): { amend: Answer } {
  const writeConcernError = { code, codeName, errmsg: codeName }
  return { amend: { writeConcernError, ...(errorLabels.length > 0 ? { errorLabels } : {}) } }
}

type Answer = Record<string, unknown>
