import mongoose from 'mongoose'
import { ConnectorError, toConnectorError } from '../../domain/errors.js'
import { cannot, type Act, type StoreCode } from '../failures.js'
import { withoutSecrets, type DriverOptions } from './url.js'

interface Cause {
  /** Default `store.unreachable`. */
  readonly code?: StoreCode
  readonly because: string
  readonly remedy: string
  /** What the server says by number, and what it or the driver says in words. */
  readonly numbers?: readonly number[]
  readonly words?: RegExp
}

/**
 * Words are looked for in this order. Numbers: https://www.mongodb.com/docs/manual/reference/error-codes/; 8000 is
 * Atlas's own, for sign-ins and quotas, 16500 Azure's, for too many requests.
 */
const CAUSES = {
  full: {
    code: 'store.full',
    because: 'there is no space left on the MongoDB server',
    remedy: 'Free space there, or raise its quota.',
    numbers: [12501, 14031],
    words: /space quota|no space left|out of disk/i,
  },
  tooOld: {
    because: 'the MongoDB server is too old for us',
    remedy: 'Update it; the README says from which version on we work.',
    words: /wire version|requires at least MongoDB/i,
  },
  noRetries: {
    because: 'the MongoDB server does not know writes that are tried again',
    remedy: 'Add retryWrites=false to STORE_URL.',
    words: /does not support retryable writes|transaction numbers are only allowed/i,
  },
  refused: {
    because: 'the MongoDB server does not accept our user name or password',
    remedy:
      'Check user name, password and authSource in STORE_URL; signs such as @ : / in them are written %40 %3A %2F.',
    numbers: [11, 18, 391, 8000],
    words: /requires authentication/i,
  },
  forbidden: {
    code: 'store.read-only',
    because: 'the MongoDB server does not let us do that',
    remedy: 'Give the user of STORE_URL the role readWrite on the database.',
    numbers: [13],
  },
  untrusted: {
    because: 'we do not trust the certificate of the MongoDB server',
    remedy:
      'Name the certificate of its authority in STORE_URL (tlsCAFile=…), or give the host as the certificate does.',
  },
  down: {
    because: 'the MongoDB server cannot be reached',
    remedy: 'Check that it is running, that the network lets us through, and that STORE_URL is right.',
    numbers: [6, 7, 89, 9001],
  },
  queue: {
    because: 'the MongoDB server is too slow: all of our connections to it are taken, and none came free in time',
    remedy:
      'Nothing to do when it was for a moment; otherwise look at its load, or allow more connections (maxPoolSize in STORE_URL).',
  },
  noPrimary: {
    because: 'the MongoDB servers have no primary at the moment',
    remedy: 'Nothing to do when they are electing one; otherwise check that most of them are running.',
    numbers: [91, 133, 134, 189, 10058, 10107, 11600, 11602, 13435, 13436],
  },
  notSafe: {
    because: 'not enough MongoDB servers have confirmed the write in time',
    remedy: 'Check that most members of the replica set are running and not far behind.',
    numbers: [64, 100],
  },
  busy: {
    because: 'the MongoDB server has given up on what we asked: it is overloaded, or at a limit of its own',
    remedy: 'Nothing to do when it was for a moment; otherwise look at its load, and at the limits of its plan.',
    numbers: [24, 43, 50, 112, 146, 175, 202, 237, 262, 292, 365, 462, 11601, 13388, 16500],
  },
} as const satisfies Readonly<Record<string, Cause>>

const ALL: readonly Cause[] = Object.values(CAUSES)

/** The driver keeps the class of it to itself. */
const WAITED_FOR_CONNECTION = 'MongoWaitQueueTimeoutError'

const TLS = /certificate|self.signed|tls|ssl|altname/i

/** Whatever failed while talking to the server, as an error for people. Ours pass through; what is neither is a bug. */
export function storeFailure(thrown: unknown, act: Act, address: DriverOptions): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown
  const cause = causeOf(thrown)
  const words = withoutSecrets(thrown instanceof Error ? thrown.message : String(thrown), address)
  if (!cause) return toConnectorError(new Error(words), `using the store ${address.shown}`)
  return failure(cause, act, address, words)
}

export function storeError(
  code: StoreCode,
  address: DriverOptions,
  { act, because, remedy, words }: { act: Act; because: string; remedy: string; words: string },
): ConnectorError {
  return failure({ code, because, remedy }, act, address, words)
}

/** A document that holds what we never write. `what` names it. */
export function damaged(what: string, problem: string): ConnectorError {
  return cannot('read', 'store.corrupt', {
    because: `${what} is damaged`,
    remedy: 'Restore the database from a backup, or set STORE_URL to a new one and read everyone again.',
    words: problem,
  })
}

/** No cause of the driver's is kept: its errors hold the address, password included. */
function failure(
  { code = 'store.unreachable', because, remedy }: Cause,
  act: Act,
  address: DriverOptions,
  words: string,
): ConnectorError {
  return cannot(act, code, { because, remedy: `${remedy} The store is ${address.shown}.`, words })
}

/** Whether the server left us waiting, or could not be had at all: whoever asks next need not expect better. */
export function isSilence(thrown: unknown): boolean {
  const cause = causeOf(thrown)
  return cause === CAUSES.down || cause === CAUSES.noPrimary || cause === CAUSES.queue
}

/** CursorNotFound, QueryPlanKilled, CursorKilled: what is read in several answers has to be read again from the first. */
export function isLostCursor(thrown: unknown): boolean {
  return thrown instanceof mongoose.mongo.MongoServerError && [43, 175, 237].includes(Number(thrown.code))
}

function causeOf(thrown: unknown): Cause | null {
  if (!(thrown instanceof Error)) return null
  const { mongo } = mongoose
  // A bulk whose connection breaks is an error of the bulk, around that of the connection.
  if (thrown instanceof mongo.MongoBulkWriteError && (thrown.errorResponse as unknown) instanceof Error)
    return causeOf(thrown.errorResponse)
  const text = [thrown.message, ...reasons(thrown)].join(' ')
  const code: unknown = 'code' in thrown ? thrown.code : undefined
  const told =
    ALL.find(({ words }) => words?.test(text)) ??
    ALL.find(({ numbers = [] }) => typeof code === 'number' && numbers.includes(code))
  if (told) return told
  if (thrown instanceof mongo.MongoWriteConcernError) return CAUSES.notSafe
  const searched = thrown instanceof mongo.MongoServerSelectionError
  if (searched || thrown instanceof mongoose.Error.MongooseServerSelectionError) {
    if (/authentication failed/i.test(text)) return CAUSES.refused
    if (TLS.test(text)) return CAUSES.untrusted
    return isLeaderless(thrown as Searched) ? CAUSES.noPrimary : CAUSES.down
  }
  const network = [
    mongo.MongoNetworkError,
    mongo.MongoOperationTimeoutError,
    mongo.MongoNotConnectedError,
    mongo.MongoTopologyClosedError,
    mongo.MongoExpiredSessionError,
    mongo.MongoClientClosedError,
  ]
  if (network.some((kind) => thrown instanceof kind)) return TLS.test(text) ? CAUSES.untrusted : CAUSES.down
  if (thrown.name === WAITED_FOR_CONNECTION) return CAUSES.queue
  if ('syscall' in thrown) return CAUSES.down
  return null
}

interface Searched {
  readonly reason?: { readonly type?: unknown; readonly servers?: unknown }
}

interface Met {
  readonly type?: unknown
  readonly error?: unknown
}

function serversOf({ reason }: Searched): Met[] {
  return reason?.servers instanceof Map ? [...(reason.servers as Map<string, Met>).values()] : []
}

/** Whether some of a replica set answer, and none is its primary. */
function isLeaderless(thrown: Searched): boolean {
  return thrown.reason?.type === 'ReplicaSetNoPrimary' && serversOf(thrown).some(({ type }) => type !== 'Unknown')
}

/** What each server of a search said. */
function reasons(thrown: Error): string[] {
  const said = serversOf(thrown as Searched).map(({ error }) =>
    error instanceof Error ? `${error.message} ${causesOf(error)}` : '',
  )
  return [causesOf(thrown), ...said]
}

function causesOf({ cause }: Error): string {
  return cause instanceof Error ? `${cause.message} ${causesOf(cause)}` : ''
}
