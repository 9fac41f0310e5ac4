import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/**
 * Who may import whom of ours: a part and what it may import besides itself. A part is a folder of `src`, or a file or
 * folder with rules of its own; a file belongs to the most specific one.
 */
/** What both stores stand on. */
const OF_STORES = [
  'domain',
  'store/port',
  'store/port-archive',
  'store/replaced',
  'store/failures',
  'store/search',
  'store/cursor',
]

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  secret: [],
  simulator: [],
  config: ['domain', 'texts'],
  logging: ['domain', 'config/config'],
  graph: [
    'domain',
    'logging',
    'config/config',
    'mail/transport',
    'mail/report-source',
    'mail/mime',
    'login/identity-provider',
  ],
  texts: ['domain'],
  mail: ['domain', 'logging', 'config/config', 'texts'],
  'store/port': ['domain', 'store/port-archive'],
  'store/port-archive': ['domain', 'store/port'],
  'store/replaced': ['domain', 'store/port'],
  'store/failures': ['domain'],
  'store/search': ['domain'],
  'store/holder': [],
  'store/races': ['domain'],
  'store/change-person': ['domain', 'store/port', 'store/races'],
  'store/seats': ['domain', 'store/port'],
  'store/conflicts': ['domain', 'store/port', 'store/walk'],
  'store/elsewhere': ['domain', 'store/port'],
  'store/copy': [
    'domain',
    'store/port',
    'store/run-writer',
    'store/copy-compare',
    'store/copy-ends',
    'store/copy-leases',
    'store/copy-portions',
  ],
  'store/copy-items': ['domain', 'store/port-archive'],
  'store/copy-leases': ['domain', 'store/port'],
  'store/copy-ends': ['domain', 'store/port', 'store/port-archive'],
  'store/copy-portions': ['domain', 'store/port', 'store/port-archive', 'store/copy-items'],
  'store/copy-compare': ['store/port-archive', 'store/copy-items', 'store/copy-portions'],
  'store/preview': ['domain', 'store/port', 'store/walk'],
  'store/prune': ['domain', 'store/run-writer'],
  'store/run-writer': ['domain', 'logging', 'store/port'],
  'store/walk': ['domain', 'store/port'],
  'store/cursor': ['domain'],
  'store/sqlite': [...OF_STORES, 'logging'],
  'store/mongo': OF_STORES,
  'store/open': [
    'domain',
    'logging',
    'config/config',
    'store/port',
    'store/holder',
    'store/sqlite',
    'store/mongo',
    'store/copy-ends',
  ],
  sync: ['domain', 'logging', 'store/port', 'store/races', 'store/run-writer', 'store/seats', 'store/walk'],
  holds: ['domain', 'store/port', 'store/races', 'store/walk'],
  explain: [
    'domain',
    'logging/redact',
    'store/port',
    'store/seats',
    'store/conflicts',
    'store/elsewhere',
    'sync/describe',
    'sync/members',
    'sync/never-removed',
  ],
  signins: ['domain', 'logging', 'store/port', 'store/races', 'store/run-writer'],
  onboarding: [
    'secret',
    'domain',
    'logging',
    'store/port',
    'store/races',
    'store/change-person',
    'store/seats',
    'mail/transport',
    'mail/report',
    'mail/report-source',
  ],
  login: ['secret', 'domain', 'logging', 'store/port', 'store/races', 'store/change-person'],
  jobs: ['domain', 'logging', 'store/port', 'store/run-writer'],
  pages: ['secret', 'domain', 'texts', 'logging', 'config/config', 'onboarding/links', 'login/door'],
  http: ['secret', 'domain', 'logging', 'config/config', 'store/port', 'jobs', 'login', 'pages', 'explain/facts'],
  explaining: ['config/secrets', 'explain', 'graph', 'logging/redact', 'microsoft', 'store/port'],
  probes: ['domain', 'config/config', 'graph', 'store/port', 'jobs', 'mail-probes', 'scope-probe'],
  'mail-probes': ['domain', 'config/config', 'graph', 'jobs', 'mail', 'post'],
  'scope-probe': ['domain', 'jobs', 'store/port'],
  microsoft: ['domain', 'config/config', 'logging', 'graph'],
  post: ['domain', 'config/config', 'logging', 'graph', 'mail', 'texts', 'onboarding', 'store/port', 'store/holder'],
  front: [
    'domain',
    'config/config',
    'logging',
    'graph',
    'texts',
    'login',
    'onboarding',
    'pages',
    'http',
    'sync',
    'store/port',
    'microsoft',
    'explaining',
    'post',
  ],
  asking: ['domain', 'onboarding', 'store/port', 'store/run-writer', 'microsoft', 'post'],
  runs: ['domain', 'config/config', 'graph', 'store', 'sync', 'signins', 'jobs', 'microsoft', 'post'],
  notices: ['domain', 'logging', 'store/port', 'graph/exchange', 'holds/view'],
  notify: [
    'domain',
    'config/config',
    'config/secrets',
    'logging',
    'graph',
    'mail',
    'notices',
    'store/port',
    'microsoft',
    'post',
  ],
  app: [
    'domain',
    'config',
    'logging',
    'graph',
    'store',
    'jobs',
    'http',
    'probes',
    'microsoft',
    'notify',
    'post',
    'asking',
    'explain/facts',
    'explaining',
    'runs',
  ],
  'scheduled-runs': ['domain', 'logging', 'jobs', 'app'],
  duties: ['domain', 'logging', 'jobs', 'http', 'app', 'post', 'scheduled-runs'],
  daemon: ['domain', 'logging', 'http', 'app', 'front', 'duties'],
  cli: [
    'secret',
    'store/copy',
    'store/copy-compare',
    'store/copy-ends',
    'store/holder',
    'store/open',
    'domain',
    'config',
    'logging',
    'store/port',
    'store/run-writer',
    'store/walk',
    'store/conflicts',
    'store/elsewhere',
    'explain/facts',
    'sync/shown-plan',
    'holds',
    'simulator',
    'mail/caught',
    'onboarding/requests',
    'jobs',
    'http',
    'app',
    'daemon',
  ],
}

/** Libraries that reach the outside or set the tone of a part stay there. */
const AT_HOME: Readonly<Record<string, string | readonly string[]>> = {
  '@azure/': 'graph',
  jose: 'graph',
  nodemailer: 'mail',
  imapflow: 'mail',
  mailparser: ['mail', 'simulator'],
  '@zone-eu/mailsplit': 'mail',
  argon2: 'login',
  '@zxcvbn-ts/': 'login',
  '@microsoft/': 'graph',
  undici: 'graph',
  'node-forge': 'graph',
  '@photostructure/sqlite': 'store/sqlite',
  mongoose: 'store/mongo',
  winston: 'logging',
  dotenv: 'config',
  fastify: ['http', 'pages'],
  '@fastify/': 'pages',
  preact: ['pages', 'mail'],
  'prom-client': 'http',
  commander: 'cli',
  'string-width': 'cli',
  'csv-stringify': 'cli',
}

const LONGEST_FILE = 300
const BANNED = ['manager', 'service', 'helper', 'util', 'base', 'impl']

interface Source {
  /** From `src`, with slashes, without the ending: `graph/client`. */
  readonly name: string
  readonly text: string
  /** Our own files it imports, types included, named the same way. */
  readonly imports: readonly string[]
  /** Those that are still there at run time. */
  readonly loads: readonly string[]
  readonly libraries: readonly string[]
}

/** Static and dynamic imports and re-exports. */
function specifiersOf(text: string): string[] {
  const statements = /^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'|\bimport\(\s*'([^']+)'/gm
  return [...text.matchAll(statements)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith('.')
}

function sourceOf(name: string, text: string): Source {
  const named = (code: string) => {
    const ours = specifiersOf(code).filter(isOurs)
    return ours.map((specifier) => posix.join(posix.dirname(name), specifier).replace(/\.js$/, ''))
  }
  const loads = named(text.replace(/^(?:import|export) type\b/gm, ''))
  return { name, text, imports: named(text), loads, libraries: specifiersOf(text).filter((one) => !isOurs(one)) }
}

function sources(): Source[] {
  const entries = readdirSync(SRC, { recursive: true, withFileTypes: true })
  const paths = entries.filter(({ name }) => name.endsWith('.ts')).map((entry) => join(entry.parentPath, entry.name))
  return paths.map((path) => {
    const name = relative(SRC, path).split(sep).join('/').replace(/\.ts$/, '')
    return sourceOf(name, readFileSync(path, 'utf8'))
  })
}

function isIn(name: string, part: string): boolean {
  return name === part || name.startsWith(`${part}/`)
}

function partOf(name: string): string | undefined {
  const parts = Object.keys(MAY_IMPORT).filter((part) => isIn(name, part))
  return parts.sort((a, b) => b.length - a.length)[0]
}

function mayImport(importer: string, imported: string): boolean {
  const own = partOf(importer)
  if (own === undefined || partOf(imported) === own) return own !== undefined
  return (MAY_IMPORT[own] ?? []).some((target) => isIn(imported, target))
}

/** Every circle of what is loaded, types aside, as a path that ends where it began. */
function circles(files: readonly Source[]): string[] {
  const imports = new Map(files.map((file) => [file.name, file.loads]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name)
    if (start !== -1) found.push([...path.slice(start), name].join(' → '))
    if (start !== -1 || done.has(name)) return
    for (const next of imports.get(name) ?? []) visit(next, [...path, name])
    done.add(name)
  }
  for (const { name } of files) visit(name, [])
  return found
}

/** `syncStore` → sync, Store. */
function words(name: string): string[] {
  return name.split(/[-_./]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).map((word) => word.toLowerCase())
}

function isBanned(word: string): boolean {
  return BANNED.includes(word.replace(/s$/, '').toLowerCase())
}

/** Types and classes: the last word of their name says what the thing is. */
function typesIn(text: string): string[] {
  const declarations = /^(?:export )?(?:abstract )?(?:class|interface|type|enum) (\w+)/gm
  return [...text.matchAll(declarations)].map(([, name = '']) => name)
}

describe('the house', () => {
  const files = sources()

  it('has been looked at', () => {
    expect(files.length).to.be.greaterThan(20)
    expect(files.flatMap(({ imports }) => imports)).to.include.members([
      'domain/errors',
      'config/settings',
      'logging/log',
    ])
  })

  it('imports only as the table allows', () => {
    const wrong = files.flatMap(({ name, imports }) => {
      return imports.filter((imported) => !mayImport(name, imported)).map((imported) => `${name} imports ${imported}`)
    })
    expect(wrong).to.deep.equal([])
  })

  it('has a line in the table for every file, and a file for every line', () => {
    expect(files.map(({ name }) => name).filter((name) => partOf(name) === undefined)).to.deep.equal([])
    expect(Object.keys(MAY_IMPORT).filter((part) => !files.some(({ name }) => isIn(name, part)))).to.deep.equal([])
  })

  it('keeps libraries where they belong, and none in the domain', () => {
    const wrong = files.flatMap(({ name, libraries }) => {
      const strangers = libraries.filter((library) => {
        const home = Object.entries(AT_HOME).find(([start]) => library.startsWith(start))?.[1]
        return isIn(name, 'domain') || (home !== undefined && ![home].flat().some((one) => isIn(name, one)))
      })
      return strangers.map((library) => `${name} imports ${library}`)
    })
    expect(wrong).to.deep.equal([])
  })

  it('has no circular imports', () => {
    expect(circles(files)).to.deep.equal([])
  })

  it('imports files that exist, by their full name', () => {
    const names = new Set(files.map(({ name }) => name))
    const missing = files.flatMap(({ name, imports }) => {
      return imports.filter((imported) => !names.has(imported)).map((imported) => `${name} imports ${imported}`)
    })
    expect(missing).to.deep.equal([])
  })

  it(`has no file of more than ${LONGEST_FILE} lines`, () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > LONGEST_FILE)
    expect(long.map(({ name }) => name)).to.deep.equal([])
  })

  it('reads the environment in config/read alone', () => {
    const readers = files.filter(({ text }) =>
      /\bprocess\s*(?:\.|\[['"])env\b|\benv\b[^\n]*from '(?:node:)?process'/.test(text),
    )
    expect(readers.map(({ name }) => name)).to.deep.equal(['config/read'])
  })

  it('exports nothing as default and passes nothing on from other files', () => {
    const wrong = files.filter(({ text }) =>
      /^export default\b|\bas default\b|^export (?:\*|(?:type )?\{[^}]*\}) from/m.test(text),
    )
    expect(wrong.map(({ name }) => name)).to.deep.equal([])
  })

  it('has no names that say nothing', () => {
    const paths = files.map(({ name }) => name).filter((name) => words(name).some(isBanned))
    const declared = files.flatMap(({ name, text }) => {
      return typesIn(text)
        .filter((own) => isBanned(words(own).at(-1) ?? ''))
        .map((own) => `${name}: ${own}`)
    })
    expect([...paths, ...declared]).to.deep.equal([])
  })

  it('names its files in kebab-case', () => {
    const odd = files.map(({ name }) => name).filter((name) => !/^[a-z0-9]+(?:[-/][a-z0-9]+)*$/.test(name))
    expect(odd).to.deep.equal([])
  })
})

describe('the look at the house', () => {
  const file = (name: string, ...loads: string[]) =>
    sourceOf(name, loads.map((target) => `import './${target}.js'\n`).join(''))

  it('finds imports of every form', () => {
    const text =
      "import a from './a.js'\nimport {\n  b,\n  type B,\n} from '../b.js'\nimport './c.js'\nexport { d } from './d.js'\n" +
      "import type { E } from './e.js'\nconst f = await import('./f.js')\nrun(() =>\n  import(\n    './g.js'\n  ))\nexport const x = 'from'\nimport h from 'h'\n"
    const expected = ['./a.js', '../b.js', './c.js', './d.js', './e.js', './f.js', './g.js', 'h']
    expect(specifiersOf(text)).to.deep.equal(expected)
  })

  it('refuses what the table does not name', () => {
    const refused: readonly (readonly [string, string])[] = [
      ['domain/user', 'config/config'],
      ['sync/run', 'signins/run'],
      ['sync/run', 'store/sqlite/open'],
      ['sync/run', 'graph/client'],
      ['logging/logger', 'config/read'],
      ['graph/client', 'store/port'],
      ['store/port', 'store/sqlite/open'],
      ['store/sqlite/users', 'store/open'],
      ['simulator/server', 'domain/user'],
      ['http/server', 'cli/main'],
      ['app', 'cli/main'],
      ['unheard/of', 'domain/user'],
      ['http/server', 'app'],
    ]
    for (const [importer, imported] of refused)
      expect(mayImport(importer, imported), `${importer} → ${imported}`).to.equal(false)
    const granted: readonly (readonly [string, string])[] = [
      ['sync/run', 'sync/plan'],
      ['sync/run', 'domain/user'],
      ['store/open', 'store/sqlite/open'],
      ['cli/main', 'app'],
      ['app', 'store/sqlite/open'],
    ]
    for (const [importer, imported] of granted)
      expect(mayImport(importer, imported), `${importer} → ${imported}`).to.equal(true)
  })

  it('finds circles, also long ones and ones of a single file', () => {
    expect(circles([file('a', 'b'), file('b', 'c'), file('c', 'a'), file('d', 'd'), file('e', 'a')])).to.deep.equal([
      'a → b → c → a',
      'd → d',
    ])
    expect(circles([file('a', 'b', 'c'), file('b', 'd'), file('c', 'd'), file('d')])).to.deep.equal([])
  })

  it('counts an import of types for the table, not for circles', () => {
    const { imports, loads } = sourceOf(
      'sync/run',
      "import type { A } from './a.js'\nimport { type B } from '../b.js'\n",
    )
    expect(imports).to.deep.equal(['sync/a', 'b'])
    expect(loads).to.deep.equal(['b'])
  })

  it('knows names that say nothing', () => {
    const banned = ['UserManager', 'syncService', 'date-utils', 'testHelpers', 'HTTPService', 'StoreBase', 'utils/date']
    for (const name of banned) expect(words(name).some(isBanned), name).to.equal(true)
    for (const name of ['database', 'graphBaseline', 'servicing', 'manage', 'implied']) {
      expect(words(name).some(isBanned), name).to.equal(false)
    }
  })
})
