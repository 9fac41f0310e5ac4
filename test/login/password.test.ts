import { expect } from 'chai'
import { hash } from 'argon2'
import { COST, openPasswords } from '../../src/login/password.js'
import { CHEAP } from './support.js'

describe('passwords', () => {
  const passwords = openPasswords(CHEAP)
  const expectAll = (problem: string | null, given: readonly string[]): void => {
    for (const one of given) expect(passwords.problemWith(one), one).to.equal(problem)
  }

  it('must have 12 to 256 characters, counted as people count them', () => {
    expectAll('empty', [''])
    expectAll('short', ['a', 'elevenchars', 'ottervelvet', 'u\u0308'.repeat(11), '🦦🍑🎩🚲🌵🧀🎻🪁🧦🥁🛶'])
    expectAll(null, ['🦦🍑🎩🚲🌵🧀🎻🪁🧦🥁🛶🧭', 'velvet otter', `${'velvet otter '.repeat(19)}tin whist`])
    expect(`${'velvet otter '.repeat(19)}tin whist`).to.have.length(256)
    expectAll('long', [`${'velvet otter '.repeat(19)}tin whistl`, 'x'.repeat(100_000)])
  })

  it('are refused when they are among the most common, in any letter case', () => {
    expectAll('common', [
      'administrator',
      'LeaveMeAlone',
      '1qaz2wsx3edc',
      'QWERTY123456',
      'unbelievable',
      'sonyericsson',
    ])
  })

  it('are refused when they are numbers, rows of keys or repetitions', () => {
    const numbers = [
      '123456789012',
      '0000000000000',
      '847362915038',
      '+41 79 123 45 67',
      '20.11.2026 08:00',
      '٣٤٥٦٧٨٩٠١٢٣٤',
    ]
    const rows = [
      'abcdefghijkl',
      'qwertyuiop12',
      'qwertzuiop123',
      'lkjhgfdsaqwerty',
      '!@#$%^&*()_+',
      'aaaabbbbcccc',
      '1234abcd5678',
    ]
    const repeated = ['aaaaaaaaaaaa', '            ', '121212121212', 'abcabcabcabc', 'ababababab12', 'hellooooooooooo']
    expectAll('common', [...numbers, ...rows, ...repeated])
  })

  it('are refused when they are common words with digits or punctuation around, or twice', () => {
    const around = [
      'password1234',
      'Password2024!',
      '2024password!!',
      'Sommer2024!!',
      'Printemps2024!',
      'Benvenuto2026',
      'Zürich-2026!',
    ]
    const spelled = ['P@ssw0rd2024!', 'Pa$$w0rd1234', 'pass-word-1234', 'leave me alone']
    const twice = [
      'monkeymonkey',
      'passwordpassword',
      'PASSWORD Password',
      'password1password1',
      'Summer2026!Summer2026!',
    ]
    expectAll('common', [...around, ...spelled, ...twice])
  })

  it('may be anything else, without any rules about kinds of characters', () => {
    const phrases = [
      'correct horse battery',
      'zwei enten am see',
      'une girafe bleue rit',
      'tre gatti nel parco',
      'первый снег утром',
    ]
    const others = [
      '我的猫喜欢在下午睡觉啊呀',
      'kT7!mQ2#zR9x',
      '7hq2-kd83-pz0w-xm4r',
      'xkcd 936 rocks!',
      'property tower',
      'bluefish-redcar7',
    ]
    expectAll(null, [...phrases, ...others])
  })

  it('are kept as argon2id, with 19 MB, two passes and one lane at least', async () => {
    expect(await openPasswords().hash('velvet otter plum')).to.match(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$/)
    expect(COST).to.deep.equal({ memoryCost: 19456, timeCost: 2, parallelism: 1 })
    const [one, other] = [await passwords.hash('velvet otter plum'), await passwords.hash('velvet otter plum')]
    expect(one).not.to.equal(other)
  })

  it('are right however an accent is written, and wrong in another letter case', async () => {
    const kept = await passwords.hash('gru\u0308n wie der Wald')
    expect(await passwords.verify(kept, 'gr\u00fcn wie der Wald')).to.deep.equal({ right: true, needsRehash: false })
    expect((await passwords.verify(kept, 'gru\u0308n wie der Wald')).right).to.equal(true)
    expect(await passwords.verify(kept, 'Gr\u00fcn wie der Wald')).to.deep.equal({ right: false, needsRehash: false })
    expect(await passwords.verify(kept, '')).to.deep.equal({ right: false, needsRehash: false })
  })

  it('are never right where there is none', async () => {
    for (const password of ['', 'velvet otter plum'])
      expect(await passwords.verify(null, password)).to.deep.equal({ right: false, needsRehash: false })
  })

  it('are hashed anew when the parameters have changed, and only when they are right', async () => {
    const old = await hash('velvet otter plum', { ...CHEAP, timeCost: 2 })
    expect(await passwords.verify(old, 'velvet otter plum')).to.deep.equal({ right: true, needsRehash: true })
    expect(await passwords.verify(old, 'another one')).to.deep.equal({ right: false, needsRehash: false })
  })
})
