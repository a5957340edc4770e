; What the installers say, in the four languages; the system's language decides.

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "Dutch"
!insertmacro MUI_LANGUAGE "German"

!macro Text Name English French Dutch German
  LangString ${Name} ${LANG_ENGLISH} "${English}"
  LangString ${Name} ${LANG_FRENCH} "${French}"
  LangString ${Name} ${LANG_DUTCH} "${Dutch}"
  LangString ${Name} ${LANG_GERMAN} "${German}"
!macroend

!insertmacro Text OLD_WINDOWS \
  "Carebridge needs Windows 10 or later." \
  "Carebridge nécessite Windows 10 ou une version ultérieure." \
  "Carebridge heeft Windows 10 of hoger nodig." \
  "Carebridge benötigt Windows 10 oder neuer."

!insertmacro Text BUSY \
  "Another installation of Carebridge is running." \
  "Une autre installation de Carebridge est en cours." \
  "Er loopt al een andere installatie van Carebridge." \
  "Eine andere Installation von Carebridge läuft bereits."

!ifdef ALLUSERS
  !insertmacro Text OTHER_VARIANT \
    "Carebridge is installed for one user, in $0. Please remove it there first; the data are kept." \
    "Carebridge est installé pour un seul utilisateur, dans $0. Veuillez d'abord l'y désinstaller ; les données sont conservées." \
    "Carebridge is geïnstalleerd voor één gebruiker, in $0. Verwijder het daar eerst; de gegevens blijven bewaard." \
    "Carebridge ist für einen einzelnen Benutzer installiert, in $0. Bitte entfernen Sie es dort zuerst; die Daten bleiben erhalten."
!else
  !insertmacro Text OTHER_VARIANT \
    "Carebridge is already installed for all users of this computer, in $0." \
    "Carebridge est déjà installé pour tous les utilisateurs de cet ordinateur, dans $0." \
    "Carebridge is al geïnstalleerd voor alle gebruikers van deze computer, in $0." \
    "Carebridge ist bereits für alle Benutzer dieses Computers installiert, in $0."
!endif

!insertmacro Text OTHER_BUILD \
  "Another edition of Carebridge ($0) is installed. Please remove it first." \
  "Une autre édition de Carebridge ($0) est installée. Veuillez d'abord la désinstaller." \
  "Een andere editie van Carebridge ($0) is geïnstalleerd. Verwijder die eerst." \
  "Eine andere Ausgabe von Carebridge ($0) ist installiert. Bitte entfernen Sie diese zuerst."

!insertmacro Text STILL_RUNNING \
  "Carebridge is still running and could not be stopped. Nothing was changed. Please restart the computer and try again." \
  "Carebridge est encore en cours d'exécution et n'a pas pu être arrêté. Rien n'a été modifié. Veuillez redémarrer l'ordinateur et réessayer." \
  "Carebridge is nog actief en kon niet worden gestopt. Er is niets gewijzigd. Herstart de computer en probeer opnieuw." \
  "Carebridge läuft noch und konnte nicht beendet werden. Nichts wurde geändert. Bitte starten Sie den Computer neu und versuchen Sie es noch einmal."

!insertmacro Text CANNOT_WRITE \
  "The files could not be written. What was there before is back." \
  "Les fichiers n'ont pas pu être écrits. L'état précédent est rétabli." \
  "De bestanden konden niet worden geschreven. De vorige toestand is hersteld." \
  "Die Dateien konnten nicht geschrieben werden. Der vorherige Zustand ist wiederhergestellt."

!insertmacro Text DOES_NOT_WORK \
  "This version does not work on this computer, or cannot read your data. What was there before is back, and your data are unchanged." \
  "Cette version ne fonctionne pas sur cet ordinateur ou ne peut pas lire vos données. L'état précédent est rétabli et vos données sont inchangées." \
  "Deze versie werkt niet op deze computer of kan uw gegevens niet lezen. De vorige toestand is hersteld en uw gegevens zijn ongewijzigd." \
  "Diese Version funktioniert auf diesem Computer nicht oder kann Ihre Daten nicht lesen. Der vorherige Zustand ist wiederhergestellt, und Ihre Daten sind unverändert."

!insertmacro Text CHECKING \
  "Checking the new version and your data" \
  "Vérification de la nouvelle version et de vos données" \
  "De nieuwe versie en uw gegevens worden gecontroleerd" \
  "Die neue Version und Ihre Daten werden geprüft"

!insertmacro Text SHORTCUT_COMMENT \
  "Connect to eHealth and MyCareNet" \
  "Se connecter à eHealth et MyCareNet" \
  "Verbinden met eHealth en MyCareNet" \
  "Mit eHealth und MyCareNet verbinden"

!insertmacro Text ASK_PURGE \
  "Also remove your data: invoices, answers of the insurers, pairings and the eHealth certificate on this computer? This cannot be undone. With No they are kept, encrypted." \
  "Supprimer aussi vos données : factures, réponses des organismes assureurs, connexions et certificat eHealth sur cet ordinateur ? C'est irréversible. Avec Non, elles sont conservées, chiffrées." \
  "Ook uw gegevens verwijderen: facturen, antwoorden van de verzekeringsinstellingen, koppelingen en het eHealth-certificaat op deze computer? Dit kan niet ongedaan worden gemaakt. Met Nee blijven ze versleuteld bewaard." \
  "Auch Ihre Daten entfernen: Rechnungen, Antworten der Versicherungsträger, Verbindungen und das eHealth-Zertifikat auf diesem Computer? Das kann nicht rückgängig gemacht werden. Mit Nein bleiben sie verschlüsselt erhalten."

!insertmacro Text CANNOT_PURGE \
  "The data could not be removed, so Carebridge was not removed either." \
  "Les données n'ont pas pu être supprimées ; Carebridge n'a donc pas été désinstallé." \
  "De gegevens konden niet worden verwijderd; daarom werd Carebridge ook niet verwijderd." \
  "Die Daten konnten nicht entfernt werden; deshalb wurde auch Carebridge nicht entfernt."
