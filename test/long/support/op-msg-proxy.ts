import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import mongoose from 'mongoose'
import { asNumber, decode, encode, Messages, type Document, type Message } from './op-msg.js'

const { ObjectId } = mongoose.mongo

/** What becomes of a command. `answer`: the server never sees it. `amend`: it does, and its answer is changed. */
export type Injury =
  | { readonly answer: Document }
  | { readonly amend: Document }
  | 'cut before'
  | 'cut after'
  /** The server does it, nobody hears of it, and the connection stays. */
  | 'silence'
  /** From then on nothing at all is answered. */
  | 'silence for ever'

export interface Fault {
  /** Name of the command, such as `update`, or several; every command but the greetings without one. */
  readonly command?: string | readonly string[]
  readonly collection?: string
  /** Counted from 1 and from when the fault is ordered. Default 1. */
  readonly nth?: number
  /** How many from there on. Default 1. */
  readonly times?: number
  readonly do: Injury
}

export interface ProxyOptions {
  /** PEM. With it the proxy speaks TLS to the client. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
  /** Whether clients are to believe in a replica set of one: they send sessions, and writes they may try again. */
  readonly replicaSet?: boolean
}

/** Commands that write. */
export const WRITES: readonly string[] = ['insert', 'update', 'delete', 'findAndModify']

const GREETINGS: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster'])
const NOT_FOR_THE_SERVER = ['lsid', 'txnNumber', '$clusterTime'] as const

/** Between a store and its server: understands every command, and spoils those it was told to. */
export class OpMsgProxy {
  /** Commands since `heal`, by name, and by name and collection. */
  readonly seen = new Map<string, number>()
  /** What is changed about every greeting's answer. */
  greeting: Document = {}
  /** With it, the first answer of every find holds so few. */
  batchSize: number | null = null
  /** Every answer comes so much later. */
  delayMs = 0
  #faults: { fault: Fault; hits: number }[] = []
  #answers = new Map<string, Document>()
  #silent = false
  #deaf = false
  #port = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(
    private readonly target: URL,
    private readonly options: ProxyOptions,
  ) {
    const carry = (client: Socket): void => this.#carry(client)
    this.#server = options.tls ? createTlsServer(options.tls, carry) : createServer(carry)
    // Whoever does not trust our certificate hangs up.
    this.#server.on('tlsClientError', () => undefined)
  }

  static async start(url: string, options: ProxyOptions = {}): Promise<OpMsgProxy> {
    const proxy = new OpMsgProxy(new URL(url), options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The address of a database through here, with `user:password` and options as they stand in addresses. */
  through(url: string, { login = '', options = '' }: { login?: string; options?: string } = {}): string {
    const own = new URL(url)
    const query = [own.search.slice(1), options].filter((part) => part !== '').join('&')
    return `mongodb://${login && `${login}@`}127.0.0.1:${this.port}${own.pathname}${query && `?${query}`}`
  }

  order(fault: Fault): void {
    this.#faults.push({ fault, hits: 0 })
  }

  /** From now on nothing is answered, on any connection. */
  fallSilent(): void {
    this.#silent = true
  }

  /** From now on nothing is read, so that whoever sends much waits; nor is it answered. */
  fallDeaf(): void {
    this.#silent = this.#deaf = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** From now on nobody listens, until `comeBack`. */
  async leave(): Promise<void> {
    this.#port = this.port
    await this.stop()
  }

  async comeBack(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Nothing is spoilt any more, and counting starts anew. Connections that were left silent end. */
  heal(): void {
    this.#faults = []
    this.seen.clear()
    this.greeting = {}
    this.batchSize = null
    this.delayMs = 0
    if (this.#silent) for (const socket of this.#sockets) socket.destroy()
    this.#silent = this.#deaf = false
  }

  /** How many there are, to clients and to the server. */
  get connections(): number {
    return this.#sockets.size
  }

  /** How many commands since `heal` were to write. */
  get writes(): number {
    return WRITES.reduce((sum, name) => sum + (this.seen.get(name) ?? 0), 0)
  }

  /** How often something was spoilt since `heal`. */
  get hits(): number {
    return this.#faults.reduce(
      (sum, { fault: { nth = 1, times = 1 }, hits }) => sum + Math.max(0, Math.min(times, hits - nth + 1)),
      0,
    )
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #carry(client: Socket): void {
    const server = connect(Number(this.target.port === '' ? 27017 : this.target.port), this.target.hostname)
    const asked = new Map<number, (answer: Document) => Document | null>()
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    const commands = new Messages()
    client.on('data', (data) => {
      for (const bytes of commands.from(data)) this.#command(bytes, { client, server, asked })
    })
    if (this.#deaf) client.pause()
    const answers = new Messages()
    server.on('data', (data) => {
      for (const bytes of answers.from(data)) {
        const answer = decode(bytes)
        const change = asked.get(answer.to)
        asked.delete(answer.to)
        const document = change ? change(answer.document) : answer.document
        if (!document || this.#silent) continue
        const own = encode({ ...answer, document })
        if (this.delayMs === 0) client.write(own)
        else setTimeout(() => client.write(own), this.delayMs)
      }
    })
  }

  #command(bytes: Buffer, { client, server, asked }: Line): void {
    const message = decode(bytes)
    const [name = ''] = Object.keys(message.document)
    if (GREETINGS.has(name)) {
      asked.set(message.id, (answer) => ({ ...this.#greeted(answer), ...this.greeting }))
      server.write(bytes)
      return
    }
    const reply = (document: Document): void => {
      if (!this.#silent) client.write(encode({ id: 0, to: message.id, kind: 'msg', flags: 0, document }))
    }
    // Who tries a write again gets the answer it had: that is what a replica set does.
    const again = retryOf(message)
    const known = again === null ? undefined : this.#answers.get(again)
    const injury = this.#count(name, String(message.document[name]))
    if (injury === 'silence for ever') this.fallSilent()
    if (injury === 'cut before') client.destroy()
    else if (typeof injury === 'object' && injury !== null && 'answer' in injury) reply(injury.answer)
    else if (name === 'endSessions' && this.options.replicaSet) reply({ ok: 1 })
    else if (known && injury === null) reply(known)
    else {
      asked.set(message.id, (answer) => {
        if (again !== null) this.#answers.set(again, answer)
        if (injury === 'cut after') client.destroy()
        if (injury === 'cut after' || injury === 'silence') return null
        return typeof injury === 'object' && injury !== null ? { ...answer, ...injury.amend } : answer
      })
      server.write(encode({ ...message, document: this.#forServer(name, message.document) }))
    }
  }

  #greeted(answer: Document): Document {
    if (!this.options.replicaSet) return answer
    const me = `127.0.0.1:${this.port}`
    const set = { setName: 'rs', setVersion: 1, electionId: new ObjectId('7fffffff0000000000000001'), hosts: [me], me }
    return { ...answer, ...set, logicalSessionTimeoutMinutes: 30 }
  }

  #forServer(name: string, command: Document): Document {
    const own = { ...command }
    if (name === 'find' && this.batchSize !== null) own['batchSize'] = this.batchSize
    if (name === 'getMore' && this.batchSize !== null) own['batchSize'] = this.batchSize
    for (const field of this.options.replicaSet ? NOT_FOR_THE_SERVER : []) Reflect.deleteProperty(own, field)
    return own
  }

  #count(name: string, collection: string): Injury | null {
    for (const key of [name, `${name} ${collection}`]) this.seen.set(key, (this.seen.get(key) ?? 0) + 1)
    let injury: Injury | null = null
    for (const standing of this.#faults) {
      const { fault } = standing
      if (fault.command !== undefined && ![fault.command].flat().includes(name)) continue
      if (fault.collection !== undefined && fault.collection !== collection) continue
      standing.hits += 1
      const { nth = 1, times = 1 } = fault
      if (standing.hits >= nth && standing.hits < nth + times) injury ??= fault.do
    }
    return injury
  }
}

interface Line {
  readonly client: Socket
  readonly server: Socket
  /** What is to become of the answers to come, by the number of what was asked. */
  readonly asked: Map<number, (answer: Document) => Document | null>
}

/** The name under which a write is tried again; null for what may not be. */
function retryOf({ document: { lsid, txnNumber } }: Message): string | null {
  return txnNumber === undefined ? null : `${JSON.stringify(lsid)} ${asNumber(txnNumber)}`
}
