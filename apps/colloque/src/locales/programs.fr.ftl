# Les mots pour les fichiers qui quittent l’appareil, et pour les programmes du cabinet.

## Copies de conversations

desk-export = Exporter
desk-export-why = Une copie de cette conversation telle que cet appareil l’a. Le fichier n’est pas chiffré : gardez-le comme un dossier médical.
desk-export-all = Mes messages
desk-export-all-why = Une copie de toutes les conversations telles que cet appareil les a, dans un seul fichier. Le fichier n’est pas chiffré : gardez-le comme un dossier médical.
desk-export-names = Avec les noms que vous avez donnés
desk-export-pdf = PDF, à lire et à imprimer
desk-export-fhir = FHIR, pour d’autres logiciels

## Intégrations

integrations-title = Intégrations
integrations-why = Des programmes du cabinet sur cet ordinateur peuvent utiliser ce que peut ce bureau, chacun avec son propre jeton et seulement pour ce que vous permettez.
integrations-add = Ajouter une intégration
integrations-name = Nom du programme
integrations-scopes = Ce qu’il peut faire
integrations-add-button = Ajouter, et montrer le jeton
integrations-token = Jeton de la nouvelle intégration
integrations-token-help = Copiez-le maintenant dans le programme : il ne sera plus montré. Qui l’a peut faire ce que vous avez permis.
integrations-remove = Retirer

## Ce qui est dit aux programmes

problem-token = Pas de jeton d’intégration, ou un jeton qui n’est pas valable.
problem-scope = Cette intégration ne peut pas faire cela : il lui faut la portée { $scope }.
problem-rate = Trop de demandes dans cette minute.
problem-body-too-large = Le corps est trop grand.
problem-media-type = Le corps doit être application/json, ou application/fhir+json.
problem-idempotency-key = Une clé d’idempotence a de 1 à 64 caractères et n’est là qu’une fois.
problem-idempotency-mismatch = Autre chose a déjà été demandé sous cette clé d’idempotence.
problem-idempotency-unsure = Le programme s’est arrêté pendant cette action : regardez dans la conversation avant de redemander sous une autre clé.
problem-red-flag = Le texte contient des mots d’urgence : dites à la personne d’appeler le 15 ou le 112, et ne l’envoyez que si elle le veut malgré tout.
problem-unsendable = Cette Communication ne peut pas être envoyée.
problem-locked = Le bureau est verrouillé : son propriétaire l’ouvre avec la phrase secrète.
