# Ce que disent les pages du bureau, en français. desk.en.ftl a les mêmes clés et les mêmes variables ; un test le vérifie.

## Toutes les pages

desk-skip = Aller au contenu
desk-navigation = Menu principal
desk-inbox = Conversations
desk-new = Nouvelle conversation
desk-people = Personnes
desk-search = Rechercher
desk-templates = Modèles
desk-notice = Du nouveau pour vous.
desk-unkept = Ce que vous tapez ne peut pas être gardé en ce moment : copiez-le avant de quitter cette page.
desk-settings = Cet appareil
desk-other-language = English
desk-emergency = En cas d’urgence
desk-lock = Verrouiller
desk-offline = Le relais est injoignable. Ce que vous écrivez est gardé sur cet appareil et partira à son retour.
desk-local = Ces pages viennent de cet appareil, pas du réseau.

## Ouvrir le bureau

desk-unlock = Déverrouiller
desk-unlock-why = Vos conversations sont chiffrées sur cet appareil. La phrase secrète les ouvre.
desk-passphrase = Phrase secrète
desk-unlock-button = Déverrouiller
desk-enrol = Ouvrir votre messagerie
desk-enrol-why = Votre hôpital ou votre médecin vous a remis une invitation. Photographiez son code ou collez son texte, choisissez une phrase secrète, et votre messagerie est prête.
desk-picture = Photo du code
desk-picture-help = JPEG, PNG ou WebP. Elle est lue sur cet appareil et n’est pas gardée.
desk-picture-button = Lire le code
desk-picture-without-code = Aucun code n’est lisible sur cette photo : reprenez-la, avec le code entier, net et droit, ou collez le texte.
desk-passphrase-show = Montrer la phrase secrète
desk-invitation = Invitation
desk-invitation-help = Elle commence par COLLOQUE1. et sert une seule fois, pendant peu de temps.
desk-passphrase-new = Nouvelle phrase secrète
desk-passphrase-help = Au moins 8 caractères ; plusieurs mots, c’est mieux. Personne ne pourra la retrouver pour vous.
desk-enrol-button = Ouvrir ma messagerie

## Conversations

inbox-owner = En attente de vous
inbox-owner-patient = À lire ou à répondre
inbox-attention = À vérifier
inbox-unread = Non lues depuis longtemps
inbox-others = En attente du patient
inbox-others-patient = En attente du professionnel
inbox-nobody = Aucune réponse attendue
inbox-over = Fermées
inbox-earlier = Conversations plus récentes
inbox-later = Autres conversations
inbox-all = Tous les groupes
inbox-draft = brouillon
thread-unread-for = { $count ->
    [one] Votre dernier message n’est pas lu depuis 1 jour.
   *[other] Votre dernier message n’est pas lu depuis { $count } jours.
}
thread-unread-advice = Si c’est important, joignez le patient autrement.
inbox-none = Pas encore de conversation. Commencez-en une.
inbox-none-patient = Pas encore de conversation. C’est un professionnel qui ouvre la première ; elle apparaîtra ici d’elle-même.

## Persons

person-mark-certified = { $profession }, { $role }, certifié
person-mark-petname = nom que vous avez donné

## Une conversation

desk-conversation = Messages
desk-earlier = Messages précédents
desk-later = Messages suivants
desk-newest = Derniers messages
desk-more-waiting = { $count ->
    [one] Un message antérieur attend aussi d’être envoyé.
   *[other] { $count } messages antérieurs attendent aussi d’être envoyés.
}
desk-rest = Lire la suite : ce message est long
desk-rest-waiting = Ce message est long : il se lira ici en entier une fois envoyé.
desk-rest-back = Retour à la conversation
desk-about = À propos de cette conversation
desk-access = Qui y a accès
desk-devices = { $count ->
    [one] 1 appareil
   *[other] { $count } appareils
}
desk-message = Votre message
desk-send = Envoyer
desk-elsewhere = Un autre texte est gardé pour cette conversation, écrit dans une autre fenêtre ou auparavant. Ce que vous tapez ici n’est pas gardé : envoyez-le ou copiez-le avant de quitter cette page.
desk-unsent = Écrit et non envoyé
flag-title = Est-ce une urgence ?
flag-why = Votre message contient des mots d’urgence. Il peut n’être lu que dans des heures. Si c’en est une, n’attendez pas de réponse : appelez.
flag-call-15 = Appeler le 15
flag-call-112 = Appeler le 112
flag-anyway = Ce n’est pas une urgence : envoyer
desk-send-close = Envoyer et fermer
desk-mode = Comment les patients peuvent répondre
desk-mode-legend = Le patient peut-il répondre ?
desk-mode-open = Oui, librement
desk-mode-open-meaning = Le patient peut écrire jusqu’à ce que vous fermiez la conversation.
desk-mode-one-reply = Une fois
desk-mode-one-reply-meaning = Le patient peut envoyer un message. Vous pourrez lui en permettre un autre.
desk-mode-until = Jusqu’à une date
desk-mode-until-meaning = Le patient peut écrire jusque-là.
desk-mode-no-reply = Non
desk-mode-no-reply-meaning = Pour information : le patient lit et ne peut pas écrire.
desk-mode-closed = Fermer la conversation
desk-mode-closed-meaning = Plus personne n’écrit. Vous pouvez la rouvrir.
desk-close-reason = Dernier message, si vous fermez
desk-close-reason-help = Envoyé avec la fermeture, pour que le patient sache pourquoi. Peut rester vide.
desk-close-answered = J’ai répondu à votre question. Prenez rendez-vous si quelque chose change.
desk-close-visit = Une consultation est nécessaire : prenez rendez-vous.
desk-close-elsewhere = Je ne suis pas la bonne personne pour cette question : adressez-vous à votre médecin traitant.
desk-until = Jusqu’au
desk-mode-button = Appliquer
desk-continue = Continuer dans une nouvelle conversation
desk-continue-why = Ouvre une nouvelle conversation avec les mêmes personnes, et dit dans les deux où est l’autre. Celle-ci reste lisible. Redites ce qui n’est peut-être pas arrivé.
desk-continued = Cette conversation continue dans une nouvelle.
desk-continues = Cette conversation en continue une autre, plus ancienne.
desk-depart = Quitter cette conversation
desk-depart-why = Vous ne recevrez plus ses messages. Ce que vous avez reçu reste sur cet appareil.
desk-leave = Quitter
desk-block-why = Pour ne plus rien recevoir d’un professionnel, dans aucune conversation, bloquez cette personne : choisissez son nom ci-dessus.
desk-since = depuis le { $day }
desk-since-before = depuis avant votre arrivée
desk-add = Ajouter un confrère
desk-add-why = Tout le monde le voit dans la conversation. Votre confrère lit ce qui s’écrit à partir de là, et rien d’avant.
desk-add-colleague = Confrère
desk-add-choose = Choisir un confrère
desk-add-account = Ou le numéro de compte, que votre confrère lit sous « Cet appareil »
desk-add-others = Cette liste ne contient pas tous les confrères. Les autres s’ajoutent par leur numéro de compte.
desk-add-button = Ajouter à cette conversation
desk-remove = Retirer quelqu’un
desk-remove-whom = Qui
desk-remove-choose = Choisir une personne
desk-remove-why = Tout le monde le voit dans la conversation. Cette personne ne lit rien de ce qui s’écrit ensuite, et garde ce qu’elle a lu.
desk-remove-button = Retirer de cette conversation
state-at-relay = au relais
state-on-device = sur un appareil de { $names }
state-displayed = affiché à { $names }

## Une nouvelle conversation

compose-named = Ou une personne qui n’est pas dans cette liste, par le nom que vous lui avez donné
compose-begun = Textes commencés pour :
compose-patient = Patient
compose-choose = Choisissez un patient
compose-open = Ouvrir la conversation
compose-no-patient = Vous ne connaissez encore aucun patient. Ajoutez-en un :

## Recherche

search-query = Mots à chercher
search-help = Un message doit les contenir tous ; du dernier, le début suffit. Accents et majuscules ne comptent pas. La recherche reste sur cet appareil.
search-button = Rechercher
search-found = { $count ->
    [0] Aucun message ne contient ces mots.
    [one] 1 message
   *[other] { $count } messages
}
search-cut = Les { $count } messages les plus récents. Avec plus de mots, il y en a moins.

## Modèles

templates-why = Les textes que vous écrivez souvent. Ils restent sur cet appareil.
templates-none = Pas encore de modèle.
templates-keep = Un modèle nouveau ou modifié
templates-name = Nom du modèle
templates-text = Texte
templates-help = Ce qui est entre accolades est demandé à chaque fois : {"{"}date du rendez-vous{"}"}.
templates-keep-button = Garder
templates-edit = Modifier
templates-remove = Retirer
templates-use = Utiliser un modèle
templates-choose = Modèle
templates-insert = Insérer

## Personnes

people-none = Personne pour l’instant.
people-add = Ajouter un patient
people-name = Nom
people-name-help = Pour vous seul : il reste sur cet appareil.
people-account = Numéro de compte, tel que le patient le lit
people-add-button = Ajouter
people-name-button = Garder ce nom
people-invite = Inviter un patient
people-invite-why = Le patient reçoit un code à photographier ou un texte à coller. Il sert une seule fois, pendant un quart d’heure. Vous pouvez écrire tout de suite : le message attend sur cet appareil.
people-invite-button = Créer l’invitation
people-colleagues = Collègues
people-directory = Lire l’annuaire des collègues
people-directory-why = Toutes les personnes que l’autorité a certifiées comme professionnels de santé. Vous pourrez ensuite les ajouter à une conversation.
invitation-title = Invitation pour { $name }
invitation-until = Sert une seule fois, jusqu’au { $time }.
invitation-over = Cette invitation a pris fin le { $time } et n’ouvre plus rien.
invitation-used = Cette invitation a servi : la messagerie est activée.
invitation-private = Remettez-la à cette personne et à elle seule : qui s’en sert le premier a la messagerie.
invitation-scan = À photographier avec l’appareil
invitation-qr = Code contenant l’invitation
invitation-text = Ou à coller sous forme de texte
invitation-print = Imprimer
invitation-again = Créer une autre invitation
invitation-again-why = Pour la même personne. La précédente prend fin.
invitation-write-why = Vous pouvez écrire tout de suite : ce que vous écrivez attend sur cet appareil jusqu’à l’activation de la messagerie.
person-invited = messagerie pas encore activée
person-invited-why = Cette personne a été invitée et n’a pas activé sa messagerie. Ce que vous écrivez attend sur cet appareil jusque-là.
person-invitation = Afficher l’invitation
person-absent = n’a pas encore activé sa messagerie. Ce que vous écrivez attend sur cet appareil jusque-là.
people-blocked = bloqué
people-key-changed = la clé a changé
people-own-account = Votre numéro de compte
people-own-account-help = Donnez-le au professionnel qui doit vous écrire. Il n’ouvre rien.
person-number = Numéro de sécurité
person-number-qr = Le numéro de sécurité sous forme de code à scanner
person-number-words = Le même en mots, pour le téléphone :
person-number-none = La clé de cette personne n’a pas encore été vue : elle le sera dès que vous aurez une conversation.
person-confirm = Je l’ai comparé : faire confiance à cette clé
person-devices = Appareils
person-devices-why = Ceux que cet appareil a rencontrés. Un nouvel appareil est signalé dans les conversations qu’il rejoint.
person-device-threads = { $count ->
    [one] dans 1 conversation
   *[other] dans { $count } conversations
}
person-block = Bloquer ce professionnel
person-block-why = Vous quittez toute conversation avec cette personne et n’en suivez plus de nouvelle. Les autres voient que vous êtes parti. Vous pourrez revenir dessus.
person-block-button = Bloquer
person-blocked = Vous avez bloqué ce professionnel
person-unblock-why = Vous ne suivez aucune conversation avec cette personne. Ensuite, les nouvelles vous parviendront ; celles que vous avez quittées le restent.
person-unblock = Ne plus bloquer
person-account = Compte :
person-write = Écrire à ce patient

## Cet appareil

settings-owner = Vous
settings-account = Compte
settings-device = Appareil
settings-relay = Relais
settings-expires = Certificat de cet appareil valable jusqu’au
settings-notices = Avis du navigateur
settings-notices-why = Quand aucune page du bureau n’est visible, le navigateur peut vous dire qu’il y a du nouveau : jamais de qui, jamais quoi.
settings-notices-button = Autoriser les avis
settings-notices-on = Les avis sont activés. Les réglages du navigateur les désactivent.
settings-notices-off = Le navigateur refuse les avis de ce bureau. Ses réglages permettent de le changer.
settings-lock = { $count ->
    [one] Après 1 minute sans personne, le bureau se verrouille et oublie ses clés.
   *[other] Après { $count } minutes sans personne, le bureau se verrouille et oublie ses clés.
}

## Pages qui ne sont pas montrées

unshown-title = Cette page n’est pas montrée
unshown-back = Vers les conversations
unshown-misdirected = Cette adresse n’est pas celle de votre bureau. Ouvrez-le par le lien que `colloque desk` affiche.
unshown-cross-site = Un autre site a demandé cette page. Ouvrez-la vous-même.
unshown-no-session = Ce navigateur n’a pas été ouvert depuis votre appareil, ou il y a trop longtemps. Ouvrez le bureau par le lien que `colloque desk` affiche ; chaque lien sert une fois.
unshown-foreign-form = Ce formulaire n’est plus valable. Revenez en arrière, rechargez la page, et envoyez-le de nouveau.
unshown-malformed = La demande n’est pas comprise.
unshown-not-found = Il n’y a pas ici de telle page, conversation ou personne.
unshown-ending = Le bureau s’arrête. Relancez `colloque desk`.
