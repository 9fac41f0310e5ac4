import type { Texts } from './texts.js'

/** A no-break space stands before : ; ? and !, as French wants it. */
export const FRENCH: Texts = {
  language: 'fr',
  ownName: 'Français',
  unset: { intranet: "l'intranet", organisation: 'Votre organisation', contact: "l'assistance informatique" },
  pages: {
    errorHeading: 'Il y a un problème',
    errorPrefix: 'Erreur\u00a0:',
    help: "Besoin d'aide\u00a0? Contactez {contact}.",
    welcomeTitle: 'Bienvenue sur {intranet}',
    welcomeText:
      "{org} a créé un accès pour vous. Cliquez sur le bouton pour choisir votre mot de passe\u00a0; cela prend environ une minute. Le lien ne fonctionne qu'une fois.",
    welcomeButton: 'Choisir mon mot de passe',
    resetTitle: 'Réinitialiser votre mot de passe pour {intranet}',
    resetText:
      "Cliquez sur le bouton pour choisir un nouveau mot de passe\u00a0; cela prend environ une minute. Le lien ne fonctionne qu'une fois. Tant que vous n'en enregistrez pas de nouveau, l'ancien reste valable.",
    resetButton: 'Choisir un nouveau mot de passe',
    passwordTitle: 'Choisissez un mot de passe',
    passwordLabel: 'Mot de passe',
    passwordUserName: "Votre nom d'utilisateur",
    passwordHint:
      'Au moins 12 caractères. Trois ou quatre mots sans rapport sont faciles à retenir et difficiles à deviner. Les espaces sont autorisés. Vous avez 60 minutes, dans ce navigateur.',
    passwordShow: 'Afficher le mot de passe',
    passwordHide: 'Masquer le mot de passe',
    passwordMore: 'Encore {n} caractères',
    passwordMoreOne: 'Encore {n} caractère',
    passwordLongEnough: 'Assez long',
    passwordButton: 'Enregistrer le mot de passe',
    passwordEmpty: 'Saisissez un mot de passe',
    passwordShort: 'Le mot de passe compte {n} caractères. Il en faut au moins 12.',
    passwordShortOne: 'Le mot de passe compte {n} caractère. Il en faut au moins 12.',
    passwordLong: '256 caractères au maximum.',
    passwordCommon:
      "Ce mot de passe est très répandu\u00a0; les pirates l'essaient en premier. Choisissez-en un autre.",
    doneTitle: 'Votre mot de passe est enregistré',
    doneText: 'Désormais, connectez-vous avec {userName} et ce mot de passe.',
    doneButton: 'Continuer vers {intranet}',
    usedTitle: 'Ce lien a déjà été utilisé',
    usedText:
      "Si vous avez choisi un mot de passe, connectez-vous. Sinon, ou si ce n'était pas vous, faites envoyer un nouveau lien à votre adresse enregistrée.",
    expiredTitle: 'Ce lien a expiré',
    expiredText: "Il était valable jusqu'au {date}. Vous pouvez en recevoir un nouveau en quelques minutes.",
    replacedTitle: 'Il existe un lien plus récent',
    replacedText: "Nous vous avons envoyé un e-mail plus récent le {date}. Utilisez le lien qu'il contient.",
    damagedTitle: 'Ce lien ne fonctionne pas',
    damagedText: "Il en manque peut-être une partie. Rouvrez l'e-mail et cliquez sur le bouton.",
    timeOverTitle: 'Le temps pour choisir un mot de passe est écoulé',
    timeOverText: "Il se termine après 60 minutes ou dans un autre navigateur. Rien n'a été modifié.",
    newLinkButton: "M'envoyer un nouveau lien",
    sentTitle: 'Consultez vos e-mails',
    sentText:
      'Si nous pouvons vous envoyer un message, il arrive dans quelques minutes. Regardez aussi dans les indésirables. Vous pourrez refaire la demande dans {n} minutes.',
    sentTextOne:
      'Si nous pouvons vous envoyer un message, il arrive dans quelques minutes. Regardez aussi dans les indésirables. Vous pourrez refaire la demande dans {n} minute.',
    pausedTitle: 'Votre compte est suspendu',
    pausedText:
      "Vous ne pouvez pas vous connecter pour le moment. {Contact} peut vous dire pourquoi. Aucune de vos données n'a été supprimée.",
    loginTitle: 'Se connecter à {intranet}',
    loginName: "Nom d'utilisateur ou e-mail",
    loginPassword: 'Mot de passe',
    loginButton: 'Se connecter',
    loginMicrosoft: 'Se connecter avec Microsoft',
    loginForgotten: 'Mot de passe oublié\u00a0?',
    loginNameEmpty: "Saisissez votre nom d'utilisateur ou e-mail",
    loginWrong: "Nom d'utilisateur ou mot de passe incorrect. Vérifiez les deux ou réinitialisez le mot de passe.",
    loginTooMany: 'Trop de tentatives. Réessayez dans {n} minutes ou réinitialisez le mot de passe par e-mail.',
    loginTooManyOne: 'Trop de tentatives. Réessayez dans {n} minute ou réinitialisez le mot de passe par e-mail.',
    forgottenText: "Saisissez votre nom d'utilisateur ou e-mail. Nous envoyons un lien si c'est possible.",
    forgottenButton: 'Envoyer le lien',
    ourFaultTitle: "Une erreur s'est produite de notre côté",
    ourFaultText:
      'Réessayez dans quelques minutes. Si cela se reproduit, donnez cette référence à {contact}\u00a0: {ref}',
    loggedInTitle: 'Connexion réussie',
    loggedInText: "Vous pouvez fermer cette page et ouvrir {intranet} comme d'habitude.",
    logOutButton: 'Se déconnecter',
    logOutEverywhereButton: 'Se déconnecter de tous les appareils',
    aheadTitle: "Votre compte utilise un nom d'utilisateur et un mot de passe",
    aheadText:
      "La connexion avec Microsoft n'est pas prévue pour votre compte. Connectez-vous avec votre nom d'utilisateur et votre mot de passe.",
    notAllowedTitle: "Vous n'avez pas accès à {intranet}",
    notAllowedText:
      "Microsoft a confirmé votre identité, mais aucun accès n'a été créé pour vous. Si vous en avez besoin, demandez à {contact}.",
    microsoftFailedTitle: "La connexion avec Microsoft n'a pas fonctionné",
    microsoftFailedText: 'Réessayez. Si cela se reproduit, prévenez {contact}.',
    microsoftBusyTitle: 'Microsoft ne répond pas',
    microsoftBusyText:
      "La connexion avec Microsoft n'est pas possible pour le moment. Réessayez dans quelques minutes.",
    tryAgainButton: 'Réessayer',
  },
  emails: {
    invitation: {
      subject: 'Votre accès à {intranet}',
      greeting: 'Bonjour {firstName},',
      greetingWithoutName: 'Bonjour,',
      before: ["{org} a créé pour vous un accès à {intranet}. Votre nom d'utilisateur est {userName}."],
      button: 'Choisir mon mot de passe',
      after: [
        "Le lien fonctionne une seule fois, jusqu'au {expires}. S'il a expiré, ouvrez-le quand même et demandez-en un nouveau.",
        "{sender} a fait envoyer cet e-mail. Si vous ne l'attendiez pas, interrogez {contact} avant de cliquer.",
      ],
    },
    reminder: {
      subject: 'Rappel\u00a0: choisissez votre mot de passe pour {intranet}',
      greeting: 'Bonjour {firstName},',
      greetingWithoutName: 'Bonjour,',
      before: [
        "Le {firstSent}, nous vous avons envoyé un accès à {intranet}. Vous n'avez pas encore choisi de mot de passe.",
      ],
      button: 'Choisir mon mot de passe',
      after: [
        "Utilisez ce lien\u00a0; le précédent ne fonctionne plus. Il fonctionne une seule fois, jusqu'au {expires}.",
        "Si vous n'avez pas besoin d'accès, dites-le à {contact}.",
      ],
    },
    'password-reset': {
      subject: 'Réinitialiser votre mot de passe pour {intranet}',
      greeting: 'Bonjour {firstName},',
      greetingWithoutName: 'Bonjour,',
      before: ["Quelqu'un, sans doute vous, a demandé un nouveau mot de passe pour {userName}."],
      button: 'Choisir un nouveau mot de passe',
      after: [
        "Le lien fonctionne une seule fois, jusqu'au {expires}. Tant que vous n'en enregistrez pas de nouveau, l'ancien reste valable.",
        "Si ce n'était pas vous, ne faites rien. Si cela se reproduit, prévenez {contact}.",
      ],
    },
  },
}
