/**
 * What a page says to the nurse about the way to Carebridge, in French, Dutch, German and English.
 *
 * Show `before_asking` before the click that connects: users who meet the browser's question
 * unprepared refuse it, and then do not find the way back.
 * Source: *Local API security* 6.2, SEC-62.
 */

export const LANGUAGES = Object.freeze(["fr", "nl", "de", "en"]);

/** One sentence or two for each state of `connect`, and the one before the browser asks. */
export const SENTENCES = Object.freeze({
  before_asking: {
    fr: "Votre navigateur va demander si cette page peut accéder aux applications de cet ordinateur : acceptez, c'est ainsi qu'elle parle à Carebridge.",
    nl: "Uw browser zal vragen of deze pagina toegang krijgt tot apps op deze computer: sta dat toe, zo spreekt ze met Carebridge.",
    de: "Ihr Browser wird fragen, ob diese Seite auf Apps auf diesem Computer zugreifen darf: Stimmen Sie zu, so spricht sie mit Carebridge.",
    en: "Your browser will ask whether this page may access apps on this computer: allow it, that is how it speaks to Carebridge.",
  },
  ready: {
    fr: "Carebridge est connecté.",
    nl: "Carebridge is verbonden.",
    de: "Carebridge ist verbunden.",
    en: "Carebridge is connected.",
  },
  not_paired: {
    fr: "Carebridge est là, mais ce logiciel n'y est pas encore connecté.",
    nl: "Carebridge is er, maar deze software is er nog niet mee verbonden.",
    de: "Carebridge ist da, aber diese Software ist noch nicht damit verbunden.",
    en: "Carebridge is there, but this software is not connected to it yet.",
  },
  several: {
    fr: "Plusieurs programmes de cet ordinateur se présentent comme Carebridge. Ouvrez cette page depuis Carebridge, ou prévenez le support.",
    nl: "Meer dan één programma op deze computer stelt zich voor als Carebridge. Open deze pagina vanuit Carebridge, of verwittig de helpdesk.",
    de: "Mehrere Programme auf diesem Computer geben sich als Carebridge aus. Öffnen Sie diese Seite aus Carebridge, oder benachrichtigen Sie den Support.",
    en: "More than one program on this computer says that it is Carebridge. Open this page from Carebridge, or tell the support desk.",
  },
  needs_click: {
    fr: "Cliquez sur le bouton pour vous connecter à Carebridge.",
    nl: "Klik op de knop om met Carebridge te verbinden.",
    de: "Klicken Sie auf die Schaltfläche, um sich mit Carebridge zu verbinden.",
    en: "Click the button to connect to Carebridge.",
  },
  permission_refused: {
    fr: "Le navigateur n'autorise pas cette page à parler à Carebridge, parce que cela a été refusé.",
    nl: "De browser laat deze pagina niet met Carebridge spreken, omdat dat geweigerd werd.",
    de: "Der Browser lässt diese Seite nicht mit Carebridge sprechen, weil das abgelehnt wurde.",
    en: "The browser does not let this page speak to Carebridge, because that was refused.",
  },
  blocked_by_policy: {
    fr: "Une règle de cette page ou de cet ordinateur interdit de parler à Carebridge. Seul l'éditeur du logiciel ou l'administrateur peut la changer.",
    nl: "Een regel van deze pagina of van deze computer verbiedt om met Carebridge te spreken. Alleen de leverancier van de software of de beheerder kan die wijzigen.",
    de: "Eine Regel dieser Seite oder dieses Computers verbietet, mit Carebridge zu sprechen. Nur der Hersteller der Software oder der Administrator kann sie ändern.",
    en: "A rule of this page or of this computer forbids to speak to Carebridge. Only the maker of the software or the administrator can change it.",
  },
  wrong_port: {
    fr: "Un autre programme, ou le Carebridge d'un autre utilisateur, répond à la place du vôtre. Démarrez Carebridge.",
    nl: "Een ander programma, of de Carebridge van een andere gebruiker, antwoordt in de plaats van de uwe. Start Carebridge.",
    de: "Ein anderes Programm, oder das Carebridge eines anderen Benutzers, antwortet anstelle Ihres eigenen. Starten Sie Carebridge.",
    en: "Another program, or another user's Carebridge, answers in place of yours. Start Carebridge.",
  },
  not_running: {
    fr: "Carebridge ne répond pas. Démarrez-le, puis réessayez ; si le navigateur pose une question, acceptez.",
    nl: "Carebridge antwoordt niet. Start het en probeer opnieuw; sta toe wat de browser vraagt.",
    de: "Carebridge antwortet nicht. Starten Sie es und versuchen Sie es erneut; wenn der Browser fragt, stimmen Sie zu.",
    en: "Carebridge does not answer. Start it and try again; if the browser asks, allow it.",
  },
  insecure_page: {
    fr: "Cette page n'est pas venue par une liaison protégée (https) et ne peut donc pas parler à Carebridge.",
    nl: "Deze pagina kwam niet over een beveiligde verbinding (https) en kan daarom niet met Carebridge spreken.",
    de: "Diese Seite kam nicht über eine gesicherte Verbindung (https) und kann daher nicht mit Carebridge sprechen.",
    en: "This page did not come over a protected connection (https), so it cannot speak to Carebridge.",
  },
});

/** Where the user takes a refusal back, browser by browser. */
export const WAYS_BACK = Object.freeze({
  chromium: {
    fr: "Cliquez sur l'icône à gauche de l'adresse, ouvrez les paramètres du site, autorisez « Applications sur l'appareil » (ou « Accès au réseau local ») et rechargez la page.",
    nl: "Klik op het pictogram links van het adres, open de site-instellingen, sta ‘Apps op het apparaat’ (of ‘Toegang tot lokaal netwerk’) toe en laad de pagina opnieuw.",
    de: "Klicken Sie auf das Symbol links von der Adresse, öffnen Sie die Website-Einstellungen, erlauben Sie „Apps auf dem Gerät“ (oder „Zugriff auf lokales Netzwerk“) und laden Sie die Seite neu.",
    en: "Click the icon to the left of the address, open the site settings, allow “Apps on device” (or “Local network access”) and reload the page.",
  },
  firefox: {
    fr: "Cliquez sur l'icône des permissions à gauche de l'adresse, supprimez le blocage des applications et services de cet appareil et rechargez la page.",
    nl: "Klik op het pictogram voor toestemmingen links van het adres, wis de blokkering van apps en diensten op dit apparaat en laad de pagina opnieuw.",
    de: "Klicken Sie auf das Berechtigungssymbol links von der Adresse, entfernen Sie die Sperre für Apps und Dienste auf diesem Gerät und laden Sie die Seite neu.",
    en: "Click the permissions icon to the left of the address, clear the block of apps and services on this device and reload the page.",
  },
  brave: {
    fr: "Cliquez sur l'icône à gauche de l'adresse, ouvrez les paramètres du site, autorisez l'accès à localhost et rechargez la page.",
    nl: "Klik op het pictogram links van het adres, open de site-instellingen, sta toegang tot localhost toe en laad de pagina opnieuw.",
    de: "Klicken Sie auf das Symbol links von der Adresse, öffnen Sie die Website-Einstellungen, erlauben Sie den Zugriff auf localhost und laden Sie die Seite neu.",
    en: "Click the icon to the left of the address, open the site settings, allow access to localhost and reload the page.",
  },
  safari: {
    fr: "Safari ne permet pas cette liaison : utilisez Chrome, Edge ou Firefox.",
    nl: "Safari laat deze verbinding niet toe: gebruik Chrome, Edge of Firefox.",
    de: "Safari lässt diese Verbindung nicht zu: Verwenden Sie Chrome, Edge oder Firefox.",
    en: "Safari does not allow this connection: use Chrome, Edge or Firefox.",
  },
});

/** Give the sentence of a state in a language; English where the language is none of the four. */
export function sentence(state, language) {
  return SENTENCES[state][spoken(language)];
}

/** Give how a refusal is taken back in the browser that shows this page. */
export function wayBack(language, browser = browserName()) {
  return WAYS_BACK[browser][spoken(language)];
}

/** Tell the browsers apart whose ways differ. */
export function browserName({userAgent, brave} = navigator) {
  if (brave) return "brave";
  if (userAgent.includes("Firefox/")) return "firefox";
  return userAgent.includes("Chrome/") || userAgent.includes("CriOS/") ? "chromium" : "safari";
}

function spoken(language) {
  const [short] = String(language).toLowerCase().split("-");
  return LANGUAGES.includes(short) ? short : "en";
}
