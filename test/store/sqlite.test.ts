import { describeStore } from './contract.js'
import { emptyFile } from './empty-file.js'

describeStore('SQLite', emptyFile)
