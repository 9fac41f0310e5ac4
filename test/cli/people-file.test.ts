import { expect } from 'chai'
import { decoded, namesIn } from '../../src/cli/people-file.js'
import { ConnectorError } from '../../src/domain/errors.js'

const names = (text: string): string[] => namesIn(text, 'people.txt')
const refusal = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    expect(error).to.be.instanceOf(ConnectorError)
    expect(error).to.include({ code: 'usage.invalid' })
    return (error as ConnectorError).message
  }
  return 'not refused'
}

describe('a list of people', () => {
  it('has one a line, whatever the line ends with', () => {
    for (const end of ['\n', '\r\n', '\r'])
      for (const last of ['', end])
        expect(names(`ana@contoso.example${end}  ben@contoso.example ${end}${end}\t${end}carl${last}`)).to.deep.equal([
          'ana@contoso.example',
          'ben@contoso.example',
          'carl',
        ])
    expect(names('')).to.deep.equal([])
  })

  it('may have comments, and names with # in them', () => {
    expect(names('# moving on Monday, "all\n  # of them\ncleo_fabrikam.example#EXT#@contoso.example\n')).to.deep.equal([
      'cleo_fabrikam.example#EXT#@contoso.example',
    ])
  })

  it('may be a CSV with a header, as our export and downloads from Entra have it', () => {
    const headers = [
      'id,name',
      '"userPrincipalName","displayName"',
      'User principal name;Name',
      'UPN\tName',
      'user_name,x',
    ]
    for (const header of headers) {
      const separator = /[,;\t]/.exec(header)?.[0] ?? ''
      expect(names(`${header}\nana@contoso.example${separator}Ana\n`), header).to.deep.equal(['ana@contoso.example'])
    }
    const template = 'version:v1.0,,\nMember object ID or user principal name [memberObjectIdOrUpn] Required\nana\nid\n'
    expect(names(template)).to.deep.equal(['ana', 'id'])
  })

  it('may be a CSV without a header', () => {
    expect(names("siobhan.o'brien@contoso.example,Siobhán\n1b2c,x\n")).to.deep.equal([
      "siobhan.o'brien@contoso.example",
      '1b2c',
    ])
  })

  it('may have quoted values with separators, quotation marks and line ends in them', () => {
    const csv = '"ana","Novak, ""Ana""\r\nthe second line","x"\r\n "ben" , "y;\n# no comment"\r\n"a ""b"" c"\r\n'
    expect(names(csv)).to.deep.equal(['ana', 'ben', 'a "b" c'])
  })

  it('is refused as a whole rather than read wrongly, with the line', () => {
    expect(refusal(() => names('ana\n\n"ben\ncarl\n'))).to.equal('people.txt, line 3: a quotation mark is out of place')
    expect(refusal(() => names('"ana"x,1\n'))).to.equal('people.txt, line 1: a quotation mark is out of place')
    expect(refusal(() => names('"ana","a\nb"\n,Ben\n'))).to.equal('people.txt, line 3: the first column is empty')
  })

  it('takes a time that grows with its length only', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => `person${n}@contoso.example`)
    expect(names(many.join('\r\n'))).to.deep.equal(many)
    expect(names(many.map((name) => `"${name}","x ""y"""`).join('\n'))).to.deep.equal(many)
  })
})

describe('the letters of a list', () => {
  const title = 'people.txt'
  const utf16 = (text: string, mark: boolean, big: boolean): Buffer => {
    const bytes = Buffer.from(`${mark ? '\uFEFF' : ''}${text}`, 'utf16le')
    return big ? bytes.swap16() : bytes
  }

  it('are UTF-8 or UTF-16, with or without a mark', () => {
    const text = 'José@contoso.example\n王\n'
    const spelt = [
      Buffer.from(text),
      Buffer.from(`\uFEFF${text}`),
      ...[true, false].flatMap((mark) => [utf16(text, mark, false), utf16(text, mark, true)]),
    ]
    for (const bytes of spelt) expect(decoded(bytes, title)).to.equal(text)
    expect(decoded(Buffer.alloc(0), title)).to.equal('')
  })

  it('are those of Windows where nothing else is possible', () => {
    expect(decoded(Buffer.from('Jos\xe9', 'latin1'), title)).to.equal('José')
  })

  it('are refused where there are none, as in a workbook', () => {
    expect(refusal(() => decoded(Buffer.from('PK\x03\x04\x14\x00\x06\x00'), title))).to.equal(
      'people.txt is not a text',
    )
  })
})
