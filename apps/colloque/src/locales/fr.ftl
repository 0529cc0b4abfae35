# Tous les messages du programme en français. Mêmes clés et mêmes variables que en.ftl ; un test le vérifie.

emergency = Pas pour les urgences : appelez le 15 ou le 112.

## Personnes

person-own = Vous
person-certified = { $name }, { $profession } ({ $role }, certifié)
person-petname = { $name } (nom que vous avez donné)
person-unnamed = { $role } { $account }
person-unknown = personne inconnue { $account }
role-professional = professionnel de santé
role-patient = patient

## Heure

moment = { $day }/{ $month }/{ $year } à { $hour }:{ $minute }
moment-day = { $day }/{ $month }/{ $year }
moment-today = { $hour } h { $minute }
moment-yesterday = hier { $hour } h { $minute }
moment-this-year = { $day } { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[other] décembre
}, { $hour } h { $minute }
moment-other-year = { $day }/{ $month ->
    [1] 01
    [2] 02
    [3] 03
    [4] 04
    [5] 05
    [6] 06
    [7] 07
    [8] 08
    [9] 09
   *[other] { $month }
}/{ $year }, { $hour } h { $minute }
moment-exact = { $day }/{ $month }/{ $year } à { $hour }:{ $minute }:{ $second } (UTC{ $offset })
moment-unknown = date inconnue

## Réponses possibles

mode-open = les patients peuvent répondre
mode-one-reply = les patients peuvent répondre une fois
mode-until = les patients peuvent répondre jusqu’au { $time }
mode-no-reply = les patients ne peuvent pas répondre
mode-closed = fermée

## Ce que le lecteur peut répondre

answer-open = Vous pouvez répondre.
answer-once = Vous pouvez répondre une fois.
answer-until = Vous pouvez répondre jusqu’au { $time }.
answer-closed-by = { $name } a fermé cette conversation. Vous ne pouvez plus répondre.
answer-access-lost = Vous n’avez plus accès à cette conversation. Vous ne pouvez pas répondre.
answer-forked = Les copies de cette conversation ne concordent pas. L’envoi est arrêté ici ; ce que vous voyez reste. Un professionnel de la conversation peut continuer avec vous dans une nouvelle, qui apparaîtra dans votre liste : prévenez-le par un autre moyen.
answer-forked-continue = Les copies de cette conversation ne concordent pas. L’envoi est arrêté ici ; ce que vous voyez reste, et d’autres voient peut-être autre chose. Continuez avec les mêmes personnes dans une nouvelle conversation : `colloque continue`, ou le formulaire ici sur les pages.
read-continued = Cette conversation continue dans [{ $thread }].
read-continues = Cette conversation continue ce qui a été commencé dans [{ $thread }].
answer-behind = Cet appareil ne connaît pas un changement fait en son nom : ses données sont plus anciennes, ou une autre copie en est utilisée. Il n’envoie plus rien ici. Demandez à un professionnel de la conversation de vous retirer puis de vous ajouter à nouveau, ou continuez dans une nouvelle conversation.
answer-given = Un autre de vos appareils a transmis à celui-ci ce qui est écrit ici. Cet appareil ne participe pas à la conversation : écrivez depuis l’autre.
answer-failed = Cette conversation a été refusée et n’a pas été ouverte.

## Conversations et leur contenu

thread-row = { $row }. [{ $thread }] { $people }
thread-header = Conversation [{ $thread }] avec { $people }
thread-last = dernier message : { $name }, { $time }
thread-unread = { $count ->
    [one] { $count } message non lu
   *[other] { $count } messages non lus
}
thread-waiting = { $count ->
    [one] { $count } message en attente d’envoi
   *[other] { $count } messages en attente d’envoi
}
threads-none = Aucune conversation pour l’instant.
thread-waits-for = en attente sur cet appareil jusqu’à l’activation de la messagerie par : { $people }
standing-opening = en cours d’ouverture, pas encore au relais
standing-departed = vous êtes parti
standing-access-lost = accès perdu
standing-forked = arrêtée : les copies ne concordent pas
standing-behind = arrêtée : les données de cet appareil sont plus anciennes que la conversation
standing-given = copiée d’un autre de vos appareils : celui-ci ne participe pas à la conversation
standing-failed = refusée, non ouverte
entry-place = place { $place }
entry-waiting = en attente d’envoi
document-waiting = en attente d’envoi
document-uploading = en cours d’envoi, { $percent } %
document-at-relay = au relais, pas sur cet appareil
document-fetching = en cours de réception, { $percent } %
document-here = sur cet appareil
document-failed = pas ici : { $reason }
document-saved = Enregistré : { $path }
document-unsaved = Non enregistré, car il n’est pas sur cet appareil : { $state }
size-bytes = { $number } o
size-kilobytes = { $number } ko
size-megabytes = { $number } Mo
decimal-mark = ,
entry-mode = Réponses : { $mode } (décidé par : { $name })
entry-added = Appareil ajouté : { $whose } (par : { $name })
entry-joined = Vous avez été ajouté par : { $name }. Ce qui a été écrit avant n’a pas été envoyé à cet appareil.
entry-removed = Appareil retiré : { $whose } (par : { $name })
entry-departed = A quitté la conversation : { $name }
entry-refused = Non affiché : { $reason }
entry-gap = { $count ->
    [one] { $count } message n’est jamais arrivé, de : { $name }
   *[other] { $count } messages ne sont jamais arrivés, de : { $name }
}
entry-repaired = Des messages manquaient ici, de : { $name }. Cet appareil a renvoyé, plus bas, tout ce qu’il y avait à lire.
entry-doubted = Quelqu’un d’autre a peut-être écrit comme un appareil de : { $name }. Cet appareil a trouvé des messages en son nom dont il n’a pas trace, et a pris de nouvelles clés : ses données viennent d’une copie plus ancienne, ou quelqu’un en utilise une copie. Demandez à cette personne par un autre moyen ; si elle n’a rien restauré, n’écrivez rien ici qu’un inconnu ne doive lire tant que l’appareil n’est pas remplacé.
entry-sent-again = renvoyé : il n’était pas arrivé à son heure
entry-given = reçu de votre autre appareil
member = { $name } · { $role } · appareil { $device } · depuis la place { $place }

## Copies de conversations

export-title = Conversation : { $people }
export-title-all = { $count ->
    [one] 1 conversation
   *[other] { $count } conversations
}
export-refused = Non affiché : refusé, car la règle { $rule } du protocole ne le permet pas
export-made = Copie faite le { $time } par { $name } sur l’appareil { $device }.
export-copy = Elle contient ce que cet appareil avait de la conversation à ce moment. Pour chaque message, l’appareil avait vérifié qui l’a écrit et que rien n’a été changé en route. Les signatures des messages ne font pas partie de cette copie : qui la reçoit se fie à la personne qui l’a faite.
export-times = Les heures sont celles des appareils des auteurs. Les places sont l’ordre des messages, qui est le même pour tous.
export-begins = L’appareil a été ajouté à la conversation à la place { $place } : ce qui a été écrit avant n’est pas dans cette copie, ou pas en entier.
export-opening = La conversation n’est pas encore ouverte : personne d’autre n’a rien reçu.
export-ended = L’appareil n’avait plus accès à la conversation : ce qui a été écrit plus tard n’est pas dans cette copie.
export-forked = Les copies de cette conversation sur différents appareils ne concordent pas : d’autres appareils montrent peut-être d’autres messages.
export-behind = Cet appareil ne connaît pas un changement fait en son nom : ce qui a suivi manque ici.
export-given = Un autre appareil de la même personne a transmis à celui-ci ce que contient cette copie : il n’a pas participé lui-même à la conversation.
export-names-given = Les noms marqués comme donnés ne sont pas certifiés : la personne qui a fait cette copie les a choisis.
export-characters = Les caractères que ce fichier ne peut pas montrer figurent par leur numéro Unicode, comme ⟨U+1F642⟩ ; � remplace un caractère invisible ou qui change l’ordre des autres.
export-document = Document : { $name } ({ $type }, { $bytes } octets)
export-documents = Les documents envoyés avec des messages sont nommés ici avec leur type et leur taille, et ne font pas partie de cette copie.
export-subject = Conversation
export-opened = Ouverte
export-opened-by = le { $time }, par { $name }
export-answers = Réponses
export-counts = Messages
export-sent = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
export-not-sent = { $count ->
    [one] { $count } écrit mais non envoyé
   *[other] { $count } écrits mais non envoyés
}
export-parties = Participants
export-number = N°
export-name = Nom
export-function = Profession et rôle
export-identifiers = Identifiants
export-stay = Dans la conversation
export-certified = { $profession } ({ $role }, certifié)
export-name-given = { $name } (nom donné)
export-account = compte { $account }
export-rpps = RPPS { $number }
export-stay-opening = depuis son ouverture
export-stay-before = à la place { $place } ou avant
export-stay-place = depuis la place { $place }
export-stay-until = { $since }, jusqu’à la place { $place }
export-stay-unknown = inconnu de cet appareil
export-entries = Messages et changements
export-about = À propos de cette copie
export-waiting = écrit mais non envoyé
export-stay-line = { $name } : { $stay }
export-answers-line = Réponses : { $answers }
export-line = Place { $place } : { $line }
export-page = Page { $page } sur { $pages }
export-done = Écrit dans { $file } : { $counts }. SHA-256 : { $hash }

## Événements

event-opened = La conversation [{ $thread }] est ouverte, au relais.
event-joined = Un professionnel de santé a ouvert une conversation avec vous : [{ $thread }].
event-opening-waits = La conversation [{ $thread }] attend sur cet appareil : messagerie pas encore activée par : { $name }.
event-welcome-refused = Une invitation à une conversation a été refusée : { $reason }
event-letter-refused = Ce qu’un autre appareil voulait transmettre à celui-ci a été refusé : { $reason }
event-primary-moved = Cet appareil est maintenant votre appareil principal.
event-no-longer-primary = Un autre de vos appareils est maintenant le principal : c’est là que l’on ajoute et retire des appareils.
event-send-refused = Dans la conversation [{ $thread }], ce que vous vouliez envoyer a été refusé.
event-continued = La conversation [{ $thread }] continue dans une nouvelle : [{ $successor }].
event-fork = Dans la conversation [{ $thread }], les copies ne concordent pas : le relais a perdu quelque chose ou ne montre pas la même chose à tous. L’envoi y est arrêté.
event-cloned = Dans la conversation [{ $thread }], quelqu’un d’autre écrit comme cet appareil : une copie de ses données est utilisée. Il prend de nouvelles clés, ce qui exclut la copie. Si vous ne l’avez pas copiée vous-même, prévenez votre correspondant par un autre moyen.
event-other-cloned = Dans la conversation [{ $thread }], quelqu’un d’autre a peut-être écrit comme l’appareil de { $name }. Demandez à cette personne par un autre moyen si ses données ont été restaurées ; la conversation dit que faire.
event-rolled-back = Dans la conversation [{ $thread }], cet appareil trouve quelque chose qu’il a envoyé et dont il n’a pas trace : ses données viennent d’une copie plus ancienne. Ce qu’il a écrit entre-temps manque ici ; il prend de nouvelles clés avant d’envoyer.
event-access-lost = Le relais ne vous donne plus accès à la conversation [{ $thread }].
event-pruned = Le début de la conversation [{ $thread }] n’est plus au relais.
event-relay-went-back = Le relais a perdu la fin de la conversation [{ $thread }]. Votre appareil la lui rend ; ce que vous écrivez part ensuite.
event-key-changed = La clé de { $name } a changé. Rien n’est envoyé à cette personne tant que vous n’avez pas comparé le numéro de sécurité : colloque verify.

## Résultat

sent = Envoyé à { $people } : au relais, à la place { $place }.
opened = La conversation [{ $thread }] avec { $people } est ouverte, au relais : { $mode }.
mode-set = C’est fait dans la conversation [{ $thread }] : { $mode }.
closed = La conversation [{ $thread }] est fermée.
left = Vous avez quitté la conversation [{ $thread }].
added = Ajouté à la conversation [{ $thread }] : { $people } lisent désormais ce qui s’y écrit.
removed = Retiré de la conversation [{ $thread }].
blocked = { $name } est bloqué : vous avez quitté toute conversation avec cette personne, et n’en suivez plus de nouvelle.
blocked-waiting = { $name } est bloqué sur cet appareil. Vous quitterez les conversations avec cette personne quand le relais sera joignable.
unblocked = { $name } n’est plus bloqué. Les conversations que vous avez quittées le restent.
waiting-unreachable = En attente [{ $thread }] : le relais est injoignable ; l’envoi se fera avec `colloque sync` ou `colloque watch`.
waiting-unconfirmed = En attente [{ $thread }] : le relais n’a pas encore confirmé ; l’envoi se refera avec `colloque sync` ou `colloque watch`.
waiting-for-patient = En attente [{ $thread }] sur cet appareil : messagerie pas encore activée par : { $people } ; l’envoi se fera ensuite avec `colloque sync` ou `colloque watch`.
waiting-offline = En attente [{ $thread }] : gardé sur cet appareil ; l’envoi se fera avec `colloque sync` ou `colloque watch`.
shown-from-device = Voici ce que cet appareil possède : ce n’est peut-être pas le plus récent.
sync-done = À jour avec le relais.
sync-waiting = Pas à jour : quelque chose attend le relais.
sync-counts = Non lus : { $unread }. En attente d’envoi : { $waiting }.
desk-link = Votre bureau, ce lien sert une fois : { $link }
desk-again = Entrée crée un nouveau lien ; un lien qui n’a pas servi ne vaut alors plus rien.
desk-stop = Ctrl-C pour arrêter.
desk-no-browser = Aucun navigateur trouvé : ouvrez le lien vous-même.
watch-connected = Connecté. Ctrl-C pour terminer.
watch-lost = La connexion s’est interrompue. Nouvel essai.
watch-retries = Nouveaux essais jusqu’à ce que le relais réponde. Ctrl-C pour terminer.
watch-unread = { $count ->
    [one] { $count } message non lu : colloque threads
   *[other] { $count } messages non lus : colloque threads
}

## Inscription et personnes

prompt-passphrase = Phrase secrète :
prompt-passphrase-new = Nouvelle phrase secrète de ce profil :
prompt-passphrase-again = La même phrase secrète, encore une fois :
prompt-invitation = Collez l’invitation, puis appuyez sur Entrée :
prompt-text = Écrivez le message. Ctrl-D sur une ligne vide l’envoie, Ctrl-C abandonne.
enrol-done = Inscription terminée. Gardez bien la phrase secrète : personne ne peut la retrouver.
enrol-resume = Les clés sont gardées sur cet appareil. Pour terminer : colloque enrol --resume
enrol-not-published = Cet appareil n’est pas encore connu du relais : lancez `colloque sync`.
invited = À remettre à { $name } et à personne d’autre. Valable une fois, jusqu’au { $time }. Le nom reste sur cet appareil.
own-person = Vous êtes : { $name }
own-account = Compte : { $account }
own-relay = Relais : { $address }
own-expiry = Certificat de cet appareil valable jusqu’au : { $time }
patients-none = Aucun patient pour l’instant. Pour en inviter un : colloque invite NOM
colleagues-none = Aucun collègue dans l’annuaire.
patients-named = { $account } s’appelle maintenant : { $name }. Ce nom reste sur cet appareil.
contact-key-changed = La clé de cette personne a changé. Comparez le numéro de sécurité par un autre moyen, puis : colloque verify --confirm
verify-title = Numéro de sécurité avec { $name }
verify-compare = Comparez-le en face à face ou par téléphone. S’il est le même sur les deux appareils, personne ne s’est glissé entre vous.
verify-matches = C’est le même : personne ne s’est glissé entre vous.
verify-confirmed = La clé de cette personne est confirmée.

## Intégrations

scope-read = lister et lire les conversations et les personnes
scope-write = ouvrir des conversations, envoyer, clore
scope-export = enregistrer des conversations dans des fichiers
scope-events = apprendre qu’il s’est passé quelque chose, sans le contenu
integrations-none = Pas encore d’intégration : colloque integration add NOM --scope read
integration-line = { $name } : { $scopes }. Ajoutée le { $time }.
integration-added = Jeton de { $name }, montré cette seule fois. Donnez-le au programme et à personne d’autre :
integration-removed = { $name } est retirée : son jeton n’ouvre plus rien.

## Ligne de commande

heading-usage = Utilisation :
heading-verbs = Commandes
heading-arguments = Arguments
heading-options = Options
value-verb = COMMANDE
exit-codes = Codes de sortie : 0 fait, 1 autre erreur, 2 non compris, 3 refusé, 4 en attente du relais.
usage-verb = La commande { $text } n’existe pas : voir `colloque --help`.
usage-no-verb = Dites quoi faire, par exemple `colloque threads` : voir `colloque --help`.
usage-unknown = { $text } n’est pas compris ici : voir `colloque --help`.
usage-missing = Il manque quelque chose : { $text }. Voir `colloque --help`.
usage-conflict = { $text } ne va pas avec les autres arguments : voir `colloque --help`.
usage-value = Une valeur manque ou n’est pas comprise : { $text }. Voir `colloque --help`.

help-colloque = Conversations confidentielles entre professionnels de santé et patients, chiffrées de bout en bout.
help-help = Afficher cette aide
help-version = Afficher la version
help-profile = Dossier du profil [aussi : COLLOQUE_PROFILE ; sinon : colloque dans le dossier des données de programmes]
help-passphrase-file = Fichier de la phrase secrète, lisible par son propriétaire seul [aussi : COLLOQUE_PASSPHRASE_FILE ; sinon : demandée]
help-lang = Langue [sinon : celle du système]
help-json = Pour les programmes : JSON
help-offline = Ne pas se connecter : travailler avec ce que cet appareil possède
help-enrol = Créer un profil à partir d’une invitation
help-enrol-invitation = L’invitation, ou - pour l’entrée standard
help-enrol-file = Fichier de l’invitation
help-enrol-resume = Terminer une inscription interrompue
help-invite = Inviter un patient à s’inscrire (professionnels seulement)
help-invite-name = Nom que vous donnez, qui reste sur cet appareil
help-invite-again = Nouvelle invitation pour une personne déjà invitée qui n’est pas inscrite ; la précédente prend fin
help-colleagues = Lister les professionnels de santé de l’annuaire
help-whoami = Afficher qui vous êtes, et votre compte
help-patients = Lister les patients
help-patients-name = Donner à une personne un nom, qui reste sur cet appareil
help-patients-name-account = Compte, que la personne lit avec `colloque whoami`
help-patients-name-petname = Le nom
help-open = Ouvrir une conversation avec un premier message (professionnels seulement)
help-open-patient = Patient : nom ou compte ; plusieurs fois pour plusieurs
help-open-mode = Comment les patients peuvent répondre : open, one-reply, until=2026-12-01T18:00, no-reply
help-open-text = Le message, ou - pour l’entrée standard
help-open-file = Fichier du message
help-threads = Lister les conversations
help-send = Envoyer un message. Pas pour les urgences : appelez le 15 ou le 112.
help-send-thread = Conversation : son rang, ou le début de son identifiant
help-send-text = Le message, ou - pour l’entrée standard
help-send-file = Fichier du message
help-send-attach = Fichier à joindre au message ; plusieurs fois pour plusieurs. D’une image, rien que ce qui se voit
help-save = Enregistrer un document d’un message dans un fichier
help-save-thread = Conversation : sa ligne, ou le début de son identifiant
help-save-document = Document, tel que `colloque read` l’affiche : 7.2 est le deuxième du message à la place 7 [sinon : le plus récent]
help-save-into = Dossier où l’enregistrer [sinon : celui-ci]
help-read = Lire une conversation. Pas pour les urgences : appelez le 15 ou le 112.
help-read-thread = Conversation : son rang, ou le début de son identifiant
help-watch = Afficher les nouveaux messages dès leur arrivée, jusqu’à Ctrl-C
help-mode = Décider comment les patients peuvent répondre (professionnels seulement)
help-mode-thread = Conversation : son rang, ou le début de son identifiant
help-mode-mode = open, one-reply, until=2026-12-01T18:00, no-reply, closed
help-close = Fermer une conversation (professionnels seulement)
help-close-thread = Conversation : son rang, ou le début de son identifiant
help-reopen = Rouvrir une conversation fermée (professionnels seulement)
help-reopen-thread = Conversation : son rang, ou le début de son identifiant
help-reopen-mode = open [par défaut], one-reply, until=2026-12-01T18:00, no-reply
help-continue = Continuer dans une nouvelle conversation avec les mêmes personnes, quand une est arrêtée (professionnels seulement)
help-continue-thread = Conversation : son rang, ou le début de son identifiant
help-continue-text = Premier message ; « - », ou rien : de l’entrée standard
help-continue-file = Fichier du premier message
help-leave = Quitter une conversation
help-leave-thread = Conversation : son rang, ou le début de son identifiant
help-add = Ajouter un confrère à une conversation, à la vue de tous (professionnels seulement)
help-add-thread = Conversation : son rang, ou le début de son identifiant
help-add-person = Professionnel : nom ou compte
help-remove = Retirer quelqu’un d’une conversation, à la vue de tous (professionnels seulement)
help-remove-thread = Conversation : son rang, ou le début de son identifiant
help-remove-person = Personne : nom ou compte
help-block = Bloquer un professionnel : quitter toute conversation avec cette personne (patients seulement)
help-block-person = Professionnel : nom ou compte
help-unblock = Ne plus bloquer un professionnel
help-unblock-person = Professionnel : nom ou compte
help-export = Écrire une conversation dans un fichier, pour la garder ou la transmettre
help-export-thread = Conversation : son rang, ou le début de son identifiant
help-export-format = pdf, pour les personnes et les archives (PDF/A), ou fhir, pour les programmes (FHIR R4)
help-export-to = Le fichier, qui ne doit pas encore exister, ou - pour la sortie standard
help-export-with-names = Écrire aussi les noms que vous avez donnés ; sinon ils restent sur cet appareil
help-members = Lister les membres d’une conversation, par appareil
help-members-thread = Conversation : son rang, ou le début de son identifiant
help-verify = Afficher le numéro de sécurité avec une personne, pour le comparer
help-verify-person = Personne : nom ou compte
help-verify-scan = Comparer avec ce texte, lu sur l’autre appareil
help-verify-confirm = Confirmer la nouvelle clé de cette personne
help-integration = Laisser des programmes du cabinet utiliser l’API du bureau
help-integration-add = Ajouter une intégration et montrer son jeton, une seule fois
help-integration-add-name = Comment vous l’appelez
help-integration-add-scope = Ce qu’elle peut faire : read, write, export, events, séparés par des virgules
help-integration-list = Lister les intégrations
help-integration-remove = Retirer une intégration ; son jeton n’ouvre plus rien
help-integration-remove-name = Son nom
help-device = Vos propres appareils : les lister, en ajouter un, en retirer un
help-device-offer = Sur un nouvel appareil : afficher ce que votre appareil principal lit pour l’ajouter
help-device-offer-relay = Adresse du relais, telle que `colloque whoami` l’affiche sur votre appareil principal
help-device-link = Sur votre appareil principal : ajouter le nouvel appareil qui affiche ce texte
help-device-link-offer = Le texte que le nouvel appareil affiche, ou - pour l’entrée standard
help-device-link-file = Fichier contenant ce texte
help-device-link-picture = Photo du code que le nouvel appareil affiche
help-device-link-name = Nom du nouvel appareil, qui reste sur celui-ci
help-device-list = Lister vos appareils
help-device-unlink = Sur votre appareil principal : retirer un appareil, par exemple perdu
help-device-unlink-device = Son nom, ou le début de sa clé, comme `colloque device list` l’affiche
help-device-give = Transmettre à un autre de vos appareils les conversations d’avant son ajout
help-device-give-device = Son nom, ou le début de sa clé, comme `colloque device list` l’affiche
help-device-give-since = Seulement ce qui a été écrit depuis ce jour, par exemple 2026-12-01
help-device-give-thread = Seulement cette conversation ; peut être donné plusieurs fois
help-device-history = Lister ce que vos appareils se sont transmis
help-device-stop = Arrêter de transmettre des conversations à un appareil, ou d’en recevoir
help-device-stop-history = Son numéro, comme `colloque device history` l’affiche
help-device-main = Sur votre appareil principal : faire d’un autre l’appareil principal
help-device-main-device = Son nom, ou le début de sa clé, comme `colloque device list` l’affiche
help-desk = Servir vos conversations en pages pour le navigateur de cet appareil, jusqu’à Ctrl-C
help-desk-port = Port sur la boucle locale [sinon : un port libre]
help-desk-idle = Minutes sans personne après lesquelles il se verrouille et oublie ses clés [sinon : 10]
help-desk-no-browser = Ne pas ouvrir le navigateur
help-sync = Envoyer ce qui attend et recevoir ce qui est nouveau

## Erreurs de la commande

error-no-profile-folder = Il n’y a pas de dossier personnel : indiquez le profil avec --profile.
error-passphrase-empty = La phrase secrète est vide : choisissez-en une de plusieurs mots.
error-passphrase-short = La phrase secrète a moins de { $count } caractères : choisissez-en une plus longue.
error-passphrases-differ = Les deux phrases secrètes diffèrent : recommencez.
error-passphrase-unasked = Il n’y a pas de terminal pour demander la phrase secrète : indiquez un fichier avec --passphrase-file.
error-passphrase-file-shared = D’autres peuvent lire la phrase secrète dans { $text } : lancez d’abord chmod 600 sur ce fichier.
error-file-unreadable = Impossible de lire { $text } ({ $reason }) : vérifiez son nom et ses droits.
error-file-unwritable = { $text } ne peut pas être écrit ({ $reason }) : vérifiez le dossier et ses droits.
error-picture-unclean = { $text } est une image illisible ici : ce que l’appareil photo y a écrit, comme le lieu, ne peut pas en être retiré. Enregistrez-la d’abord en JPEG ou en PNG, de 32 Mo au plus.
error-not-text = Ce qui a été lu n’est pas du texte en UTF-8.
error-not-an-invitation = Ce n’est pas une invitation complète : elle commence par COLLOQUE1. et se copie en entier.
error-text-empty = Le message est vide : rien n’a été envoyé.
error-text-too-long = Le message dépasse { $kibibytes } Kio : raccourcissez-le ou coupez-le en plusieurs. Rien n’a été envoyé.
error-template = Un modèle a un nom de 60 caractères au plus et un texte de 4 000 octets au plus, et il y en a 40 au plus.
error-unknown-person = { $text } ne désigne personne de connu ici : voir `colloque patients`, ou utilisez le compte.
error-ambiguous-person = Plusieurs personnes s’appellent { $text } : utilisez le compte, voir `colloque patients`.
error-not-an-account = { $text } n’est pas un compte : il a 32 chiffres hexadécimaux, voir `colloque whoami` chez la personne.
error-petname = Un nom a de 1 à 100 octets et seulement des caractères visibles.
error-key-unseen = La clé de cette personne n’a pas encore été vue : elle est connue dès que vous avez une conversation.
error-unknown-thread = Il n’y a pas de conversation { $text } : voir `colloque threads`.
error-ambiguous-thread = Plusieurs conversations commencent par { $text } : donnez plus de chiffres, voir `colloque threads`.
error-mode = { $text } n’est pas une façon de répondre : open, one-reply, until=2026-12-01T18:00, no-reply ou closed.
error-deadline = { $text } n’est pas une date avec l’heure, comme 2026-12-01T18:00.
error-day = { $text } n’est pas un jour comme 2026-12-01.
error-safety-number = Les numéros de sécurité diffèrent : n’utilisez pas cette conversation et prévenez la personne par un autre moyen.
error-file-exists = { $text } existe déjà : choisissez un autre nom. Rien n’a été changé.
error-pdf-absent = Cette version du programme ne fait pas de PDF : utilisez --format fhir, ou une version construite avec `pdf`.
error-integration-name = { $text } ne peut pas être le nom d’une intégration : il a de 1 à 64 caractères imprimables et n’est pas déjà pris.
error-integration-count = Il y a { $count } intégrations et il n’y a pas de place pour une autre : retirez-en une qui ne sert plus.
error-integration-scopes = Choisissez ce que l’intégration peut faire : read, write, export ou events.
error-unknown-integration = Il n’y a pas d’intégration { $text } : voir `colloque integration list`.
error-output = Le résultat ne peut pas être écrit ({ $text }).
error-system = Le système refuse ({ $text }).
error-bug = Erreur interne ({ $text }) : merci de la signaler.
error-other = Cela n’a pas pu être fait. Mettez le programme à jour et réessayez.

## Erreurs de client-core

misuse-unknown-thread = Cette conversation n’existe pas sur cet appareil : voir `colloque threads`.
misuse-unknown-account = Cette personne n’est pas connue sur cet appareil : voir `colloque patients`.
misuse-not-enrolled = L’inscription de ce profil n’est pas terminée : lancez `colloque enrol --resume`.
misuse-already-enrolled = Ce profil est déjà inscrit : indiquez un autre dossier avec --profile.
misuse-patient-count = Une conversation s’ouvre avec un à quatre patients.
misuse-query-length = C’est plus qu’on ne cherche en une fois : utilisez moins de mots.
misuse-app-data-length = C’est plus que ce qui est gardé d’une même sorte : retirez-en d’abord.
misuse-thread-inactive = Cet appareil ne peut plus rien envoyer dans cette conversation : voir `colloque threads`.
misuse-not-blockable = Seul un patient peut bloquer, et seulement un professionnel de santé.
misuse-account-key-changed = La clé d’une personne de cette conversation a changé : comparez le numéro de sécurité, puis lancez `colloque verify --confirm`.
misuse-unknown-document = Ce document n’existe pas dans cette conversation : voir `colloque read`.
misuse-document-count = Un message porte un à huit documents.
misuse-document-too-large = Un document fait au plus 100 Mio : réduisez-le ou envoyez-le en plusieurs parties.
misuse-document-not-here = Le document n’est pas sur cet appareil : il faut d’abord le récupérer.
misuse-document-unsent = Le document n’est pas encore envoyé : il n’est nulle part ailleurs.
misuse-source-unreadable = Le document ne peut pas être lu jusqu’au bout : vérifiez le fichier.
misuse-already-activated = Cette personne est déjà inscrite : aucune autre invitation n’est nécessaire.
misuse-not-primary = Seul votre appareil principal peut le faire, et celui-ci lui est associé : faites-le là-bas.
misuse-primary-moves = Votre appareil principal est en train de changer : attendez que l’autre appareil se soit connecté, ou retirez-le pour garder celui-ci comme principal.
misuse-unknown-history = Aucune copie de ce nom n’est en cours : voyez `colloque device history`.
misuse-history-goes-on = Des conversations sont déjà en cours de copie vers cet appareil : attendez la fin, ou arrêtez d’abord cette copie.
server-protocol = Le serveur ne parle pas ce protocole : vérifiez l’adresse auprès de la personne qui vous a invité.
server-version = Le serveur parle la version { $version } du protocole : mettez le programme à jour.
server-key = Le serveur n’est pas celui de votre invitation, sa clé est différente : arrêtez-vous là et prévenez la personne qui vous a invité.
server-unreachable = Le serveur { $address } est injoignable : vérifiez le réseau et réessayez.
server-disconnected = La connexion au serveur s’est interrompue : réessayez.
server-certificate = L’autorité a délivré un certificat qui est refusé ({ $reason }) : prévenez la personne qui vous a invité.
server-account = L’autorité a répondu pour un autre compte que celui qui était réservé : n’allez pas plus loin, prévenez la personne qui la gère.
store-missing = Il n’y a pas de profil ici : lancez `colloque enrol`, ou indiquez le dossier avec --profile.
store-already-exists = Il y a déjà un profil dans ce dossier : indiquez un autre dossier avec --profile.
store-wrong-passphrase = Phrase secrète incorrecte : réessayez.
store-in-use = Un autre colloque utilise ce profil : terminez-le d’abord (peut-être `colloque watch`).
store-corrupt = Le profil est endommagé : restaurez le dossier depuis une sauvegarde, ou inscrivez-vous à nouveau dans un autre dossier.
store-newer = Le profil a été écrit par un programme plus récent : mettez celui-ci à jour.
store-disk-full = Le disque est plein : libérez de la place et réessayez. Rien n’a changé.
store-unreachable = Le profil ne peut pas être lu ou écrit ({ $reason }) : vérifiez le disque et les droits du dossier.
store-other = Le profil n’a pas pu être utilisé : merci de le signaler.

## Les règles, en mots simples

rule-R01 = Seul un professionnel de santé ouvre une conversation.
rule-R02 = Un patient ne peut pas préparer une conversation avec quelqu’un d’autre.
rule-R03 = Vous pourrez répondre quand le professionnel de santé aura écrit le premier.
rule-R04 = Vous avez donné la réponse qui était demandée. Vous ne pouvez pas en envoyer une autre.
rule-R05 = Le délai pour répondre est passé.
rule-R06 = Le professionnel de santé n’attend pas de réponse ici. Vous ne pouvez pas répondre.
rule-R07 = Cette conversation est fermée. Personne ne peut y écrire.
rule-R08 = Vous avez quitté cette conversation. Vous ne pouvez plus y écrire.
rule-R09 = Seul un professionnel de santé décide comment répondre, ferme et rouvre.
rule-R10 = Ce changement est impossible : une conversation fermée ne se ferme pas de nouveau, et une échéance est dans le futur.
rule-R11 = Seul un professionnel de santé, ou la personne elle-même, ajoute un appareil.
rule-R12 = Seul un professionnel de santé ajoute un autre professionnel.
rule-R13 = Un patient entre à l’ouverture de la conversation, jamais plus tard.
rule-R14 = Un patient n’est retiré qu’après être parti ou avoir bloqué, ou quand la conversation est fermée.
rule-R15 = Un patient ne retire que ses propres appareils.
rule-R16 = Un appareil a changé d’identité : refusé.
rule-R17 = Une conversation ne recommence jamais de zéro.
rule-R18 = Un secret étranger devait entrer dans la conversation : refusé.
rule-R19 = Quelqu’un a tenté d’entrer de l’extérieur dans la conversation : refusé.
rule-R20 = Un changement d’un genre interdit a été tenté : refusé.
rule-R21 = Dans les termes d’une conversation, seule la façon de répondre peut changer.
rule-R22 = Un changement que personne n’avait décidé a été proposé : refusé.
rule-R23 = L’identité d’un appareil n’est pas certifiée : refusé.
rule-R24 = Quelqu’un se présente avec une autre clé que celle que vous connaissez : refusé.
rule-R25 = Un appareil n’est pas, ou plus, celui de la personne dont il porte le nom : refusé.
rule-R26 = Cette conversation n’a pas été ouverte dans les formes par un professionnel de santé : refusé.
rule-R27 = Le chiffrement n’est pas celui qui est exigé : refusé.
rule-R28 = Un message n’est pas ce qu’il dit être : refusé.
rule-R29 = Un message n’a pas été écrit selon les termes en vigueur : refusé.
rule-R30 = Seuls les membres ont accès à cette conversation.
rule-R31 = Seul un professionnel de santé donne ou retire l’accès.
rule-R32 = Le certificat d’un appareil a expiré : il faut d’abord le renouveler.
rule-R33 = Un message n’est pas le suivant de son auteur, ou vient d’ailleurs : refusé.
rule-R34 = Les copies de cette conversation ne concordent pas.
rule-R35 = Un accusé porte sur ce que son auteur n’avait pas encore reçu : refusé.
rule-R36 = Qui rejoint une conversation plus tard apprend exactement ce que les autres savent : sinon refusé.
rule-R37 = Seul un professionnel de santé invite, et seulement des patients.
rule-R38 = Seul ce qui a été envoyé est redemandé, et seul ce qui l’a été avant est renvoyé.
rule-R39 = Un appareil ne transmet des conversations qu’aux autres appareils de la même personne.

## Les raisons d’un serveur, en mots simples

refusal-malformed = Le serveur n’a pas compris la demande : mettez le programme à jour.
refusal-too-large = C’est plus grand que ce que le serveur accepte : raccourcissez.
refusal-version-unsupported = Le serveur demande une autre version de ce programme : mettez-le à jour.
refusal-out-of-turn = Le serveur n’attendait pas cela maintenant : réessayez.
refusal-sign-in-failed = Le serveur n’a pas accepté cet appareil : son certificat a peut-être pris fin, ou il a été retiré. Voyez avec la personne qui vous a invité.
refusal-not-permitted = Une règle s’y oppose.
refusal-no-access = Cette conversation n’existe pas au relais, ou vous n’y avez pas accès.
refusal-thread-exists = Cette conversation existe déjà au relais.
refusal-head-stale = Du nouveau est arrivé entre-temps : lancez `colloque sync`.
refusal-device-list-stale = Un autre de vos appareils a une liste plus récente de vos appareils : utilisez-le, ou voyez avec la personne qui vous a invité.
refusal-no-key-package = Cette personne n’est pas encore joignable : son appareil doit se connecter une fois. Demandez-lui de lancer `colloque sync`.
refusal-quota-exceeded = Trop de demandes en peu de temps : attendez une minute et réessayez.
refusal-busy = Le serveur est occupé et n’a rien enregistré : réessayez dans un instant.
refusal-internal = Le serveur a eu une panne et n’a rien enregistré : réessayez plus tard.
refusal-code-refused = L’invitation n’est pas acceptée : elle est mal recopiée, déjà utilisée ou trop ancienne. Demandez-en une nouvelle.
refusal-idempotency-mismatch = Le serveur connaît autre chose sous cette demande : lancez `colloque sync`.
refusal-no-such-blob = Le relais n’a pas le document, ou pas en entier : demandez à son auteur de le renvoyer.
refusal-blob-conflict = Le relais a autre chose à la place du document : joignez-le de nouveau.
refusal-blob-gap = Il manque au relais une partie précédente du document : l’envoi reprend là.
refusal-storage-full = Le relais n’a plus de place pour les documents : le document attend sur cet appareil.
refusal-place-taken = Le relais a autre chose à cette place de la conversation.
refusal-link-over = Ce texte d’association n’est plus valable : il a servi, a été abandonné ou date de plus de dix minutes. Recommencez sur le nouvel appareil.

## Pourquoi un élément reçu n’est pas affiché

fault-malformed = illisible
fault-replayed = déjà envoyé auparavant
fault-too-distant = trop de messages manquent avant celui-ci
fault-unknown-own = envoyé par cet appareil, qui n’en a pas trace
fault-undecryptable = déchiffrement impossible
fault-no-matching-key-package = destiné à des clés qui ne sont pas sur cet appareil
fault-document-altered = altéré en chemin : rien n’en a été gardé
fault-document-length = d’une autre longueur que celle dite dans son message : rien n’en a été gardé
fault-document-hash = un autre document que celui dit dans son message : rien n’en a été gardé
fault-disk-full = le disque de cet appareil est plein : libérez de la place
fault-document-storage = illisible ou impossible à écrire sur cet appareil : vérifiez le disque
fault-blocked = son auteur est bloqué ici
fault-other = refusé

## Documents

document-picture = Image :
document-save = Enregistrer
document-fetch = Récupérer
document-stop = Arrêter la réception
document-forget = Retirer de cet appareil
desk-enclosed = Documents joints à ce message
desk-enclosed-remove = Retirer
desk-enclose = Photos et documents
desk-enclose-help = 8 au plus, de 100 Mio chacun. Les photos partent sans le lieu ni l’heure que l’appareil y a écrits.
desk-enclose-more = Joindre, et continuer à écrire
