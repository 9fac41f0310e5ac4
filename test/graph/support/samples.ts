import { readFileSync } from 'node:fs'

/** Answers as Microsoft gives them, from `test/graph/samples`. */
export interface Sample {
  readonly name?: string
  readonly url: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

const FOLDER = new URL('../../../../test/graph/samples/', import.meta.url)
const HOSTS = /https:\/\/(graph\.microsoft\.com|login\.microsoftonline\.com)(?=[/"])/g

/** `origin` stands in for Microsoft's hosts. */
export function samples(file: string, origin: string): Sample[] {
  const text = readFileSync(new URL(`${file}.json`, FOLDER), 'utf8').replace(HOSTS, origin)
  return (JSON.parse(text) as { answers: Sample[] }).answers
}

export function sample(file: string, origin: string): Sample {
  const [only] = samples(file, origin)
  if (!only) throw new Error(`${file} holds no answer`)
  return only
}
