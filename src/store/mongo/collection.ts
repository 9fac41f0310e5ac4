import mongoose, { type AnyBulkWriteOperation, type Model, type QueryFilter } from 'mongoose'
import type { Act } from '../failures.js'
import { isLostCursor, isSilence } from './failures.js'

export type Filter = Readonly<Record<string, unknown>>
export type Update = Readonly<Record<string, unknown>>
/** One write of a bulk. An update never inserts. */
export type Op = { readonly insert: Filter } | { readonly filter: Filter; readonly update: Update }

export interface Find {
  /** Properties to read, or with 0 those not to. */
  readonly select?: Readonly<Record<string, 0 | 1>>
  readonly sort?: Readonly<Record<string, 1 | -1>>
  readonly limit?: number
}

/** A page of people in one answer, where the server would send a tenth of them first. */
const BATCH = 1001

/** Without it an update is cast to the types of the schema, and nothing else of it is looked at. */
const VALIDATED = { runValidators: true } as const

/** How a collection reaches the server: turns failures into ours, and lets tests stop a process before any write. */
export interface Reach {
  read<T>(work: () => Promise<T>): Promise<T>
  write<T>(what: string, work: () => Promise<T>, act?: Act): Promise<T>
  /** How many writes go into one command. */
  readonly bulkSize: number
}

/** https://www.mongodb.com/docs/manual/reference/error-codes/ */
const DUPLICATE_KEY = 11000

/** What of a bulk was done: all of it, or how many people it did not find as they were expected. */
export interface BulkDone {
  readonly whole: boolean
}

/** A collection with its schema: the only place where mongoose is spoken. Every document given out is a plain one. */
export class Collection<D> {
  readonly #model: Model<D>

  constructor(
    model: Model<D>,
    private readonly reach: Reach,
  ) {
    this.#model = model
  }

  get name(): string {
    return this.#model.collection.name
  }

  find(filter: Filter, { select, sort, limit }: Find = {}): Promise<D[]> {
    return this.#read(async () => {
      const query = this.#model
        .find(filter as QueryFilter<D>)
        .lean()
        .batchSize(BATCH)
      if (select) void query.select(select)
      if (sort) void query.sort(sort)
      if (limit !== undefined) void query.limit(limit)
      return await query.exec()
    })
  }

  async one(filter: Filter, select?: Find['select']): Promise<D | null> {
    const [first] = await this.find(filter, { limit: 1, ...(select ? { select } : {}) })
    return first ?? null
  }

  aggregate<T>(stages: readonly mongoose.PipelineStage[]): Promise<T[]> {
    return this.#read(() => this.#model.aggregate<T>([...stages]).exec())
  }

  count(filter: Filter): Promise<number> {
    return this.reach.read(() => this.#model.countDocuments(filter as QueryFilter<D>).exec())
  }

  /** Whether there was one. */
  update(filter: Filter, update: Update, act?: Act): Promise<boolean> {
    return this.#write('update', act, async () => {
      const { matchedCount } = await this.#model.updateOne(filter as QueryFilter<D>, update, VALIDATED).exec()
      return matchedCount === 1
    })
  }

  /** False where somebody else was faster, or a document of that key does not fit the rest of the filter. */
  upsert(filter: Filter, update: Update): Promise<boolean> {
    return this.#write('upsert', undefined, async () => {
      try {
        await this.#model.updateOne(filter as QueryFilter<D>, update, { ...VALIDATED, upsert: true }).exec()
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    })
  }

  /** In any order, each on its own; who is there already, or is not found, is left alone. */
  async bulk(ops: readonly Op[], act?: Act): Promise<BulkDone> {
    let missed = 0
    for (let start = 0; start < ops.length; start += this.reach.bulkSize) {
      const part = ops.slice(start, start + this.reach.bulkSize)
      missed += await this.#write('bulk', act, () => this.#bulk(part))
    }
    return { whole: missed === 0 }
  }

  /** Copies that may have been made before. */
  async copy(documents: readonly D[]): Promise<void> {
    await this.bulk(documents.map((document) => ({ insert: document as Filter })))
  }

  take(filter: Filter): Promise<D | null> {
    return this.#write('take', undefined, async () => {
      return await this.#model
        .findOneAndDelete(filter as QueryFilter<D>)
        .lean()
        .exec()
    })
  }

  /** Made twice it is the same. A driver makes only writes of single documents again by itself. */
  remove(filter: Filter): Promise<void> {
    const remove = async () => {
      await this.#model.deleteMany(filter as QueryFilter<D>).exec()
    }
    return this.#write('remove', undefined, () =>
      remove().catch((error: unknown) => {
        if (isSilence(error)) return remove()
        throw error
      }),
    )
  }

  /** Once more from the start where the server has lost its place: after a restart, an election, or a long wait. */
  #read<T>(work: () => Promise<T>): Promise<T> {
    return this.reach.read(() =>
      work().catch((error: unknown) => {
        if (isLostCursor(error)) return work()
        throw error
      }),
    )
  }

  #write<T>(kind: string, act: Act | undefined, work: () => Promise<T>): Promise<T> {
    return this.reach.write(`${kind} ${this.name}`, work, act)
  }

  /** Of what a bulk updates the driver's library looks at the types only. */
  async #validate({ $set = {} }: Update): Promise<void> {
    await new this.#model($set).validate(Object.keys($set as Filter))
  }

  /** How many writes at least did nothing. The counts beside an error are not relied on: servers differ in them. */
  async #bulk(ops: readonly Op[]): Promise<number> {
    for (const op of ops) if ('update' in op) await this.#validate(op.update)
    const operations = ops.map((op) =>
      'insert' in op
        ? { insertOne: { document: op.insert } }
        : { updateOne: { filter: op.filter, update: op.update, upsert: false } },
    ) as unknown as AnyBulkWriteOperation[]
    try {
      const { insertedCount, matchedCount } = await this.#model.bulkWrite(operations, {
        ordered: false,
        throwOnValidationError: true,
      })
      return ops.length - insertedCount - matchedCount
    } catch (error) {
      if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error
      const refused = [error.writeErrors].flat()
      if (refused.length === 0 || refused.some(({ code }) => code !== DUPLICATE_KEY)) throw error
      if (error.result.getWriteConcernError()) throw error
      return refused.length
    }
  }
}

function isDuplicate(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY
}
