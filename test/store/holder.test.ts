import { expect } from 'chai'
import { hostname } from 'node:os'
import { holderName, isDeadHere, isGone } from '../../src/store/holder.js'

const here = { host: 'db:1', place: 'boot-7' }
const dead = () => false
const alive = () => true

describe('the holder of a lease', () => {
  it('is named after host, process and place', () => {
    expect(holderName().startsWith(`${hostname()}:${process.pid}:`)).to.equal(true)
  })

  it('is gone when its process was of this very place and lives no more', () => {
    expect(isGone('db:1:42:boot-7', here, dead)).to.equal(true)
    expect(isGone('db:1:42:boot-7', here, alive)).to.equal(false)
  })

  it('is asked for by its process id', () => {
    const asked: number[] = []
    isGone('db:1:42:boot-7', here, (pid) => asked.push(pid) > 0)
    expect(asked).to.deep.equal([42])
  })

  it('is never called gone where we cannot know', () => {
    for (const holder of [
      'db:2:42:boot-7',
      'db:1:42:boot-8',
      'db:1:42:',
      'db:1:boot-7',
      'db:1:x:boot-7',
      'db:1:-1:boot-7',
      'somebody',
      '',
    ])
      expect(isGone(holder, here, dead), holder).to.equal(false)
  })

  it('is alive as long as this process is', () => {
    expect(isDeadHere(holderName())).to.equal(false)
  })
})
