import type { Texts } from './texts.js'

export const GERMAN: Texts = {
  language: 'de',
  ownName: 'Deutsch',
  unset: { intranet: 'Intranet', organisation: 'Ihre Organisation', contact: 'IT-Support' },
  pages: {
    errorHeading: 'Es gibt ein Problem',
    errorPrefix: 'Fehler:',
    help: 'Brauchen Sie Hilfe? Wenden Sie sich an {contact}.',
    welcomeTitle: 'Willkommen bei {intranet}',
    welcomeText:
      '{org} hat für Sie einen Zugang eingerichtet. Mit der Schaltfläche wählen Sie Ihr Passwort; das dauert etwa eine Minute. Der Link funktioniert einmal.',
    welcomeButton: 'Passwort wählen',
    resetTitle: 'Passwort für {intranet} zurücksetzen',
    resetText:
      'Mit der Schaltfläche wählen Sie ein neues Passwort; das dauert etwa eine Minute. Der Link funktioniert einmal. Solange Sie kein neues Passwort speichern, gilt das alte.',
    resetButton: 'Neues Passwort wählen',
    passwordTitle: 'Wählen Sie ein Passwort',
    passwordLabel: 'Passwort',
    passwordUserName: 'Ihr Benutzername',
    passwordHint:
      'Mindestens 12 Zeichen. Drei oder vier Wörter ohne Zusammenhang sind leicht zu merken und schwer zu erraten. Leerzeichen sind erlaubt. Sie haben 60 Minuten Zeit, in diesem Browser.',
    passwordShow: 'Passwort anzeigen',
    passwordHide: 'Passwort verbergen',
    passwordMore: 'Noch {n} Zeichen',
    passwordMoreOne: 'Noch {n} Zeichen',
    passwordLongEnough: 'Lang genug',
    passwordButton: 'Passwort speichern',
    passwordEmpty: 'Geben Sie ein Passwort ein',
    passwordShort: 'Das Passwort hat {n} Zeichen. Nötig sind mindestens 12.',
    passwordShortOne: 'Das Passwort hat {n} Zeichen. Nötig sind mindestens 12.',
    passwordLong: 'Höchstens 256 Zeichen.',
    passwordCommon: 'Dieses Passwort ist weit verbreitet; Angreifer probieren es zuerst. Wählen Sie ein anderes.',
    doneTitle: 'Ihr Passwort ist gespeichert',
    doneText: 'Melden Sie sich ab jetzt mit {userName} und diesem Passwort an.',
    doneButton: 'Weiter zu {intranet}',
    usedTitle: 'Dieser Link wurde schon verwendet',
    usedText:
      'Haben Sie Ihr Passwort gewählt, melden Sie sich an. Wenn nicht, oder wenn Sie es nicht waren, lassen Sie einen neuen Link an Ihre hinterlegte Adresse senden.',
    expiredTitle: 'Dieser Link ist abgelaufen',
    expiredText: 'Er war bis {date} gültig. Einen neuen erhalten Sie in wenigen Minuten.',
    replacedTitle: 'Es gibt einen neueren Link',
    replacedText: 'Am {date} haben wir Ihnen eine neuere E-Mail gesendet. Bitte verwenden Sie den Link darin.',
    damagedTitle: 'Dieser Link funktioniert nicht',
    damagedText: 'Vielleicht fehlt ein Teil. Öffnen Sie die E-Mail noch einmal und klicken Sie auf die Schaltfläche.',
    timeOverTitle: 'Die Zeit zum Wählen des Passworts ist um',
    timeOverText: 'Sie endet nach 60 Minuten oder in einem anderen Browser. Es wurde nichts geändert.',
    newLinkButton: 'Neuen Link senden',
    sentTitle: 'Prüfen Sie Ihre E-Mails',
    sentText:
      'Wenn wir Ihnen etwas senden können, kommt es in wenigen Minuten an. Sehen Sie auch im Spam-Ordner nach. In {n} Minuten können Sie es erneut anfordern.',
    sentTextOne:
      'Wenn wir Ihnen etwas senden können, kommt es in wenigen Minuten an. Sehen Sie auch im Spam-Ordner nach. In {n} Minute können Sie es erneut anfordern.',
    pausedTitle: 'Ihr Konto ist pausiert',
    pausedText:
      'Sie können sich im Moment nicht anmelden. {contact} kann Ihnen sagen, warum. Von Ihren Daten wurde nichts gelöscht.',
    loginTitle: 'Bei {intranet} anmelden',
    loginName: 'Benutzername oder E-Mail',
    loginPassword: 'Passwort',
    loginButton: 'Anmelden',
    loginMicrosoft: 'Mit Microsoft anmelden',
    loginForgotten: 'Passwort vergessen?',
    loginNameEmpty: 'Geben Sie Benutzername oder E-Mail ein',
    loginWrong: 'Benutzername oder Passwort stimmt nicht. Prüfen Sie beides oder setzen Sie das Passwort zurück.',
    loginTooMany:
      'Zu viele Versuche. Versuchen Sie es in {n} Minuten wieder oder setzen Sie das Passwort per E-Mail zurück.',
    loginTooManyOne:
      'Zu viele Versuche. Versuchen Sie es in {n} Minute wieder oder setzen Sie das Passwort per E-Mail zurück.',
    forgottenText: 'Geben Sie Benutzername oder E-Mail ein. Wir senden einen Link, wenn das möglich ist.',
    forgottenButton: 'Link senden',
    ourFaultTitle: 'Bei uns ist etwas schiefgegangen',
    ourFaultText:
      'Versuchen Sie es in ein paar Minuten wieder. Passiert es erneut, nennen Sie {contact} diese Referenz: {ref}',
    loggedInTitle: 'Sie sind angemeldet',
    loggedInText: 'Sie können diese Seite schliessen und {intranet} wie gewohnt öffnen.',
    logOutButton: 'Abmelden',
    logOutEverywhereButton: 'Auf allen Geräten abmelden',
    aheadTitle: 'Ihr Konto verwendet Benutzername und Passwort',
    aheadText:
      'Die Anmeldung mit Microsoft ist für Ihr Konto nicht vorgesehen. Melden Sie sich mit Ihrem Benutzernamen und Ihrem Passwort an.',
    notAllowedTitle: 'Sie haben keinen Zugang zu {intranet}',
    notAllowedText:
      'Microsoft hat Ihre Identität bestätigt, aber für Sie ist kein Zugang eingerichtet. Brauchen Sie einen, fragen Sie {contact}.',
    microsoftFailedTitle: 'Die Anmeldung mit Microsoft hat nicht funktioniert',
    microsoftFailedText: 'Versuchen Sie es noch einmal. Passiert es erneut, melden Sie es {contact}.',
    microsoftBusyTitle: 'Microsoft antwortet nicht',
    microsoftBusyText:
      'Die Anmeldung mit Microsoft ist im Moment nicht möglich. Versuchen Sie es in ein paar Minuten wieder.',
    tryAgainButton: 'Noch einmal versuchen',
  },
  emails: {
    invitation: {
      subject: 'Ihr Zugang zu {intranet}',
      greeting: 'Guten Tag {firstName}',
      greetingWithoutName: 'Guten Tag',
      before: ['{org} hat für Sie einen Zugang zu {intranet} eingerichtet. Ihr Benutzername ist {userName}.'],
      button: 'Passwort wählen',
      after: [
        'Der Link funktioniert einmal, bis {expires}. Ist er abgelaufen, öffnen Sie ihn trotzdem und lassen Sie sich einen neuen senden.',
        '{sender} hat diese E-Mail senden lassen. Haben Sie sie nicht erwartet, fragen Sie {contact}, bevor Sie klicken.',
      ],
    },
    reminder: {
      subject: 'Erinnerung: Passwort für {intranet} wählen',
      greeting: 'Guten Tag {firstName}',
      greetingWithoutName: 'Guten Tag',
      before: [
        'Am {firstSent} haben wir Ihnen einen Zugang zu {intranet} gesendet. Sie haben noch kein Passwort gewählt.',
      ],
      button: 'Passwort wählen',
      after: [
        'Bitte verwenden Sie diesen Link; der frühere funktioniert nicht mehr. Er funktioniert einmal, bis {expires}.',
        'Brauchen Sie keinen Zugang, sagen Sie es {contact}.',
      ],
    },
    'password-reset': {
      subject: 'Passwort für {intranet} zurücksetzen',
      greeting: 'Guten Tag {firstName}',
      greetingWithoutName: 'Guten Tag',
      before: ['Jemand, vermutlich Sie, hat für {userName} ein neues Passwort angefordert.'],
      button: 'Neues Passwort wählen',
      after: [
        'Der Link funktioniert einmal, bis {expires}. Solange Sie kein neues Passwort speichern, gilt das alte.',
        'Waren Sie es nicht, tun Sie nichts. Passiert es erneut, melden Sie es {contact}.',
      ],
    },
  },
}
