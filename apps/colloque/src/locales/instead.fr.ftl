# Ce que disent les pages à la place de messages qui nomment des commandes du terminal.

error-unknown-person = { $text } n’est personne de connu ici.
error-ambiguous-person = Plusieurs personnes s’appellent { $text } : choisissez dans la liste.
error-not-an-account = { $text } n’est pas un numéro de compte : il a 32 chiffres de 0 à 9 et de a à f.
misuse-not-enrolled = L’inscription de ce profil n’est pas terminée : collez de nouveau l’invitation.
misuse-already-enrolled = Ce profil est déjà inscrit.
misuse-thread-inactive = Cet appareil ne peut plus rien envoyer dans cette conversation.
misuse-account-key-changed = La clé d’une personne de cette conversation a changé : comparez le numéro de sécurité sous Personnes, puis confirmez-le.
misuse-unknown-document = Ce document n’existe pas dans cette conversation.
contact-key-changed = La clé de cette personne a changé. Comparez le numéro de sécurité par un autre moyen avant de lui faire confiance.
event-key-changed = La clé de { $name } a changé. Rien n’est envoyé à cette personne tant que vous n’avez pas comparé le numéro de sécurité sous Personnes.
store-in-use = Un autre colloque utilise ce profil : arrêtez-le d’abord.
refusal-head-stale = Quelque chose de nouveau est arrivé entre-temps : c’est en cours de lecture, puis réessayé.
refusal-no-key-package = Cette personne ne peut pas encore être jointe : sa messagerie doit être ouverte une première fois.
refusal-idempotency-mismatch = Le serveur a autre chose pour cette demande.
error-pdf-absent = Cette version du programme ne fait pas de PDF : choisissez FHIR.
misuse-unknown-device = Cet appareil n’est plus l’un des vôtres : rechargez la page.
misuse-relay-address = Ce n’est pas l’adresse d’un relais, comme relais.exemple.fr:443. Votre appareil principal affiche la bonne sous Cet appareil, Appareils.
device-advice-main = Retirez-le ici, tout de suite : il ne reçoit alors plus rien de nouveau et ne peut plus écrire. Ce qu’il avait déjà reçu n’est protégé que par sa phrase secrète.
device-unlinked-waiting = Retiré sur cet appareil : { $device }. Le relais l’apprendra dès qu’il sera joignable. Jusque-là, l’appareil retiré reçoit encore les messages.
device-linked-later = C’est fait : l’appareil { $device } est maintenant l’un des vôtres. Il sera ajouté à vos conversations dès qu’il se sera connecté.
error-not-a-code = Ce ne sont pas six chiffres : tapez ceux que le nouvel appareil affiche.
device-removed = Cet appareil a été retiré de votre compte, depuis votre appareil principal. Il ne reçoit et n’envoie plus rien ; ce qu’il contient peut toujours être lu ici. Si ce n’est pas vous qui l’avez retiré, regardez les appareils sur votre appareil principal, ou demandez à la personne qui vous a invité.
error-unknown-integration = Il n’y a pas d’intégration { $text }.
