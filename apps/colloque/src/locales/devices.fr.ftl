# Les mots pour les appareils du propriétaire : en ajouter un, en retirer un. devices.en.ftl a les mêmes clés et les mêmes variables ; un test le vérifie.

## Les appareils du propriétaire

device-this-main = cet appareil, votre appareil principal
device-this-linked = cet appareil, associé à votre appareil principal
device-linked = un appareil associé
device-other = un autre de vos appareils
device-linked-at = ajouté le { $day }
device-threads = { $count ->
    [0] dans aucune conversation pour l’instant
    [one] dans 1 conversation
   *[other] dans { $count } conversations
}
device-advice-main = Un appareil est perdu ou volé ? Retirez-le ici, tout de suite : colloque device unlink. Il ne reçoit alors plus rien de nouveau.
device-advice-linked = C’est sur votre appareil principal que l’on ajoute et retire des appareils. Un appareil est perdu ou volé ? Retirez-le là-bas, tout de suite. Si c’est votre appareil principal, prévenez la personne qui vous a invité.
device-unlinked = Retiré : { $device }. Il ne reçoit plus rien de nouveau et ne peut plus écrire. Ce qu’il avait déjà reçu y est encore.
device-unlinked-waiting = Retiré sur cet appareil : { $device }. Le relais l’apprendra dès qu’il sera joignable : lancez `colloque sync`. Jusque-là, l’appareil retiré reçoit encore les messages.
device-removed = Cet appareil a été retiré de votre compte, depuis votre appareil principal. Il ne reçoit et n’envoie plus rien ; ce qu’il contient peut toujours être lu ici avec --offline. Si ce n’est pas vous qui l’avez retiré, regardez les appareils sur votre appareil principal, ou demandez à la personne qui vous a invité.
own-device-main = Cet appareil : { $device }, votre appareil principal
own-device-linked = Cet appareil : { $device }, associé à votre appareil principal

## Ajouter un appareil

device-offer-shown = Sur votre appareil principal : colloque device link, ou la page « Appareils ». Photographiez-y ce code, ou copiez-y le texte. Il attend dix minutes ; Ctrl-C abandonne.
device-offer-code = { $code }
device-offer-compare = Tapez ces six chiffres sur votre appareil principal. S’il dit qu’ils sont différents, arrêtez-vous là : quelqu’un d’autre a peut-être répondu.
device-offer-done = C’est fait : cet appareil est maintenant l’un des vôtres. Vos conversations arrivent d’elles-mêmes, avec ce qui s’écrit à partir de maintenant. Gardez bien la phrase secrète : personne ne peut la retrouver.
device-link-warning = Continuez seulement si vous avez le nouvel appareil en main : il lira tout ce qui vous est écrit, et pourra écrire en votre nom.
device-linked-done = C’est fait : l’appareil { $device } est maintenant l’un des vôtres et participe à toutes vos conversations.
device-linked-later = C’est fait : l’appareil { $device } est maintenant l’un des vôtres. Il sera ajouté à vos conversations dès qu’il se sera connecté : lancez alors `colloque sync`.
prompt-link = Collez le texte que le nouvel appareil affiche, puis appuyez sur Entrée :
prompt-link-code = Tapez les six chiffres que le nouvel appareil affiche, puis appuyez sur Entrée :
event-devices-changed = Un appareil a été ajouté à votre compte ou en a été retiré, depuis votre appareil principal. Si ce n’est pas vous, regardez-y vos appareils.

## Dans les conversations

entry-added-own = Vous avez ajouté un autre de vos appareils. Il lit ce qui s’écrit à partir d’ici.
entry-added-their-own = Un appareil de plus, ajouté par son propriétaire : { $name }. Il lit ce qui s’écrit à partir d’ici.
entry-removed-own = Vous avez retiré un de vos appareils. Il ne lit rien de ce qui s’écrit à partir d’ici.
entry-removed-their-own = Un appareil de moins, retiré par son propriétaire : { $name }.
entry-joined-own = Cet appareil a été ajouté ici, comme l’un des vôtres. Ce qui a été écrit avant est sur votre autre appareil.

## Erreurs

error-not-an-offer = Ce n’est pas le texte complet d’un nouvel appareil : il commence par COLLOQUE-LINK1. et se copie en entier.
error-not-a-code = Ce ne sont pas six chiffres : rien n’a été ajouté. Recommencez sur le nouvel appareil, et tapez les chiffres qu’il affiche.
error-unknown-device = Aucun de vos appareils ne s’appelle { $text } : voir `colloque device list`.
error-ambiguous-device = Plusieurs de vos appareils répondent à { $text } : donnez plus de chiffres, voir `colloque device list`.
misuse-no-linking = Aucun nouvel appareil n’attend plus cela. Rien n’a été ajouté : recommencez sur le nouvel appareil.
misuse-too-many-devices = Vous avez autant d’appareils qu’un compte peut en avoir. Retirez-en un qui ne vous sert plus, puis recommencez.
misuse-unknown-device = Ce n’est aucun de vos autres appareils, et un appareil ne peut pas se retirer lui-même : voir `colloque device list`.
misuse-relay-address = Ce n’est pas l’adresse d’un relais, comme relais.exemple.fr:443. Votre appareil principal affiche la bonne : colloque whoami.
error-unknown-history = Rien de numéro { $text } n’est en route entre vos appareils : voyez `colloque device history`.

## Pourquoi une association s’est arrêtée

linking-link-other-relay = Le nouvel appareil a reçu l’adresse d’un autre relais que le vôtre. Rien n’a été ajouté. Recommencez sur le nouvel appareil, avec l’adresse de relais que cet appareil affiche.
linking-link-other-nonce = Ce qui est venu du nouvel appareil n’est pas ce qu’il a montré : quelque chose a été changé en chemin. Rien n’a été ajouté. Recommencez sur le nouvel appareil ; si cela se reproduit, prévenez la personne qui vous a invité.
linking-link-code-differs = Les chiffres ne sont pas les mêmes sur les deux appareils : rien n’a été ajouté. Peut-être une faute de frappe ; peut-être quelqu’un s’est-il glissé entre vos appareils. Recommencez sur le nouvel appareil ; s’ils diffèrent encore, prévenez la personne qui vous a invité.
linking-link-unreadable = Ce qui est venu de l’autre appareil est illisible : cela a été changé en chemin, ou quelqu’un d’autre a répondu. Rien n’a été ajouté. Recommencez sur le nouvel appareil ; si cela se reproduit, prévenez la personne qui vous a invité.
linking-grant-other-linking = Ce qui est arrivé répond à un essai précédent. Cet appareil n’a pas été ajouté. Sur votre appareil principal, retirez celui qu’il vient d’ajouter ; puis recommencez ici.
linking-grant-signature = Ce qui est arrivé ne vient pas de votre appareil principal. Cet appareil n’a pas été ajouté. Recommencez ici ; si cela se reproduit, prévenez la personne qui vous a invité.
linking-grant-certificate = Le certificat que votre appareil principal a fait pour celui-ci n’est pas valable. Vérifiez la date et l’heure des deux. Sur votre appareil principal, retirez celui qu’il vient d’ajouter ; puis recommencez ici.
linking-grant-other-account = Ce qui est arrivé est pour le compte de quelqu’un d’autre. Cet appareil n’a pas été ajouté. Recommencez ici ; si cela se reproduit, prévenez la personne qui vous a invité.
linking-grant-other-device = Ce qui est arrivé est pour un autre appareil que celui-ci, qui n’a pas été ajouté. Sur votre appareil principal, retirez celui qu’il vient d’ajouter ; puis recommencez ici.
linking-grant-device-list = La liste de vos appareils qui est arrivée n’est pas valable : cet appareil n’a pas été ajouté. Sur votre appareil principal, retirez celui qu’il vient d’ajouter ; puis recommencez ici.
linking-grant-unlisted = La liste de vos appareils qui est arrivée ne contient pas celui-ci, qui n’a pas été ajouté. Recommencez ici ; si cela se reproduit, prévenez la personne qui vous a invité.
linking-grant-address = Les adresses que votre appareil principal a données sont inutilisables : cet appareil n’a pas été ajouté. Sur votre appareil principal, retirez celui qu’il vient d’ajouter ; puis recommencez ici.

## Sur les pages

desk-own-devices = Vos appareils
desk-add-device = Ajouter un appareil
desk-device-lost = Un appareil est perdu ou volé ?
desk-device-lost-main = Si c’est un jour cet appareil principal, aucun autre ne peut le retirer. Prévenez la personne qui vous a invité : vous aurez une nouvelle messagerie, et ceux qui vous écrivent verront que votre clé a changé.
desk-device-remove = Retirer cet appareil
desk-device-remove-why = Il ne reçoit plus rien de nouveau et ne peut plus écrire. Ce qu’il a déjà reçu y reste. Tous ceux qui participent à vos conversations voient qu’un de vos appareils a été retiré.
desk-device-remove-button = Retirer
desk-device-give = Lui transmettre les conversations d’avant
desk-device-give-why = Un appareil ajouté plus tard n’a que ce qui a été écrit depuis. Cet appareil-ci lui envoie ce qui a été écrit avant, chiffré pour lui seul. Là-bas, chaque message porte la mention « reçu de votre autre appareil ».
desk-device-give-since = À partir de ce jour (vide : tout)
desk-device-give-button = Transmettre
desk-device-main = En faire l’appareil principal
desk-device-main-why = L’appareil principal ajoute et retire les autres, et renouvelle leurs certificats. Choisissez-en un que vous gardez : s’il se perd, aucun des autres ne peut le retirer.
desk-device-main-button = En faire le principal
desk-histories = Transmis entre vos appareils
desk-history-stop = Arrêter
desk-go-on = Continuer
desk-look-again = Regarder de nouveau
desk-link-begin = Commencez sur le nouvel appareil
desk-link-there = Sur le nouvel appareil, ouvrez Colloque et choisissez « J’utilise déjà Colloque sur un autre appareil ».
desk-link-relay = Il demande l’adresse du relais. Tapez-y celle-ci :
desk-link-read = Il affiche ensuite un code. Photographiez-le ici, ou collez son texte.
desk-link-text = Texte du nouvel appareil
desk-link-text-help = Il commence par COLLOQUE-LINK1. et sert une seule fois, pendant dix minutes.
desk-link-waits = En attente du nouvel appareil
desk-link-waits-why = Dans un instant, il affiche six chiffres. Gardez-le sous les yeux ; cette page avance d’elle-même.
desk-link-compare = Comparez les six chiffres
desk-link-code = Les six chiffres que le nouvel appareil affiche
desk-link-code-help = Lisez-les sur le nouvel appareil que vous tenez, et nulle part ailleurs. Personne n’a besoin de les connaître, même au téléphone.
desk-link-name = Nom du nouvel appareil
desk-link-name-help = Pour vous seul, par exemple « tablette ». Il reste sur cet appareil, et peut rester vide.
desk-link-button = Ajouter cet appareil
desk-link-granting = L’appareil est en cours d’ajout
desk-link-granting-why = Cela prend quelques secondes ; cette page avance d’elle-même.
desk-link-done = L’appareil est ajouté
desk-link-stop = Abandonner
desk-join = Utiliser Colloque aussi sur cet appareil
desk-join-offered = J’utilise déjà Colloque sur un autre appareil
desk-join-begin = Gardez votre autre appareil à portée de main
desk-join-why = Votre messagerie est sur un autre appareil : votre appareil principal. C’est lui qui ajoute celui-ci, en trois étapes. Vous lirez et écrirez ensuite sur les deux.
desk-join-relay = Adresse du relais
desk-join-relay-help = Votre appareil principal l’affiche : Cet appareil, Vos appareils, Ajouter un appareil.
desk-join-passphrase = Phrase secrète pour cet appareil
desk-join-instead = J’ai plutôt une invitation
desk-join-show = Faites lire ce code à votre appareil principal
desk-join-show-why = Sur votre appareil principal, ouvrez Cet appareil, Vos appareils, Ajouter un appareil, et photographiez-y ce code. Cette page avance d’elle-même.
desk-join-qr = Code de cet appareil
desk-join-life = Il sert une seule fois, pendant dix minutes.
desk-join-compare = Tapez ces six chiffres sur votre appareil principal
desk-join-compare-why = Dès que c’est fait là-bas, votre messagerie s’ouvre ici d’elle-même.
desk-join-differs = S’il dit qu’ils sont différents, abandonnez ici et recommencez.

## Conversations d’avant, pour un autre appareil

history-none = Vos appareils ne se sont encore rien transmis : colloque device give.
history-given = pour l’appareil { $device }
history-received = de l’appareil { $device }
history-all = toutes les conversations
history-since = ce qui a été écrit depuis le { $day }
history-threads = { $count ->
    [one] 1 conversation
   *[other] { $count } conversations
}
history-moving = { $done } messages sur { $count } pour l’instant
history-given-done = { $count ->
    [one] 1 message est au relais, chiffré ; l’autre appareil le prend quand il se connecte
   *[other] { $count } messages sont au relais, chiffrés ; l’autre appareil les prend quand il se connecte
}
history-done = { $count ->
    [one] 1 message reçu
   *[other] { $count } messages reçus
}
history-ended = arrêté ; ce qui était déjà arrivé est gardé
history-device-removed = arrêté, parce que cet appareil a été retiré
history-too-long = trop pour une fois : choisissez un jour, ou quelques conversations
history-failed = ce n’est pas arrivé : { $reason } Ce qui était déjà arrivé est gardé ; transmettez-le à nouveau
device-main-waiting = Presque fait : dès qu’il se connecte, { $device } devient votre appareil principal. D’ici là, celui-ci reste le principal, et aucun appareil ne peut être ajouté ni retiré.
