import { createHash } from 'node:crypto'
import { MEANWHILE } from '../domain/errors.js'
import type { Notice } from '../domain/notices.js'
import { dateIn } from '../texts/date.js'
import { domainOf, visible } from './compose.js'
import { noticeHtml } from './email-html.js'
import type { Message, Sender } from './transport.js'

export interface NoticeLetter {
  readonly notice: Notice
  readonly connection: string
  /** What a command needs to be for this connection, a space before it; mostly nothing. */
  readonly option: string
  readonly to: string
  readonly from: Sender
  /** A name of the IANA list; null: the one of this machine. */
  readonly timeZone: string | null
}

/** An email to admins, in English like the command line and the log. Sent again it has the same Message-ID. */
export function composeNotice({ notice, connection, option, to, from, timeZone }: NoticeLetter): Message {
  const date = (at: string): string => dateIn('en', new Date(at), timeZone)
  const paragraphs = textOf(notice, { connection, option }, date).map((text) => visible(text) ?? '')
  const subject = subjectOf(notice, connection)
  // Each address gets an email of its own.
  const id = `${notice.id}-${createHash('sha256').update(to).digest('hex').slice(0, 8)}`
  return {
    emailId: id,
    messageId: `<${id}@${domainOf(from.address)}>`,
    from,
    replyTo: null,
    to,
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: noticeHtml(subject, paragraphs),
    language: 'en',
  }
}

function subjectOf({ event, held }: Notice, connection: string): string {
  switch (event) {
    case 'connection.broken':
      return `Connection ${connection} is broken`
    case 'connection.reminder':
      return `Connection ${connection} is still broken`
    case 'connection.healthy':
      return `Connection ${connection} is healthy again`
    case 'removals.held':
      return `${people(held?.count ?? 0)} of connection ${connection} wait for approval`
  }
}

type Named = Pick<NoticeLetter, 'connection' | 'option'>

function textOf(notice: Notice, named: Named, date: (at: string) => string): string[] {
  const { connection, option } = named
  if (notice.event === 'removals.held') return heldText(notice, named)
  const { event, reason, since, nextTryAt, at } = notice
  const start = since === null ? '' : ` since ${date(since)}`
  if (event === 'connection.healthy')
    return [
      `Reading Microsoft Entra works again for connection ${connection}, as of ${date(at)}.`,
      `It had not worked${start}: ${sentence(reason?.message ?? '')} What changed meanwhile is caught up on.`,
    ]
  const atOnce = `To try at once, run \`entra-connector sync${option}\`.`
  return [
    sentence(reason?.message ?? ''),
    `Connection ${connection} has not been read${start}. ${MEANWHILE.kept}`,
    `What to do: ${reason?.remedy ?? 'The log of the run has the details.'}`,
    nextTryAt === null
      ? `Next try: as scheduled. ${atOnce}`
      : `Next try: ${date(nextTryAt)} at the earliest. ${atOnce}`,
    `Details: ${[reason?.code, reason?.requestId && `request ${reason.requestId}`].filter(Boolean).join(' · ')}`,
  ]
}

function heldText({ held }: Notice, { connection, option }: Named): string[] {
  const count = held?.count ?? 0
  const causes = held?.causes ?? []
  return [
    `A run of connection ${connection} holds the removal of ${people(count)}: more than your limits allow without approval.`,
    ...causes.map(({ cause, count: some }) => `${people(some)}: ${cause}`),
    'Until somebody decides, they keep their data and access. Additions and updates go on.',
    `What to do: run \`entra-connector holds ${held?.holdId ? `show ${held.holdId}` : 'list'}${option}\`, then approve or reject.`,
  ]
}

function people(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'}`
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
