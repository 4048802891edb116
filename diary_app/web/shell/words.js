// What the page itself says before (or instead of) the app, in every language of diary_app/core/languages.py.
"use strict";

const DIARY_SAYS = {
  da: {
    starting: "Dagbogen åbner …",
    startingSlowly: "Dagbogen åbner. Første gang kan det tage et minut.",
    elsewhereTitle: "Dagbogen er åben i et andet vindue",
    elsewhere: "Den kan kun bruges ét sted ad gangen, så ingen besvarelse går tabt.",
    movedTitle: "Dagbogen er flyttet til et andet vindue",
    moved: "Alt, hvad du har gemt, er med. Du kan lukke dette vindue.",
    useHere: "Brug den her",
    failedTitle: "Dagbogen kunne ikke åbnes",
    failed: "Dine besvarelser er i sikkerhed på denne telefon. Prøv igen. Hvis det ikke hjælper, så ring til din kontaktperson i forsøget.",
    unsupportedTitle: "Denne browser kan ikke gemme dagbogen",
    unsupported: "Åbn dagbogen i Chrome eller Safari, og ikke i et privat vindue. Opdatér browseren, hvis den er gammel.",
    tryAgain: "Prøv igen",
    details: "Til den, der hjælper dig",
  },
  en: {
    starting: "Opening the diary …",
    startingSlowly: "Opening the diary. The first time can take a minute.",
    elsewhereTitle: "The diary is open in another window",
    elsewhere: "It can be used in one place at a time, so that no entry is lost.",
    movedTitle: "The diary has moved to another window",
    moved: "Everything you saved went with it. You can close this window.",
    useHere: "Use it here",
    failedTitle: "The diary could not open",
    failed: "Your entries are safe on this phone. Try again. If that does not help, call your contact person in the study.",
    unsupportedTitle: "This browser cannot keep the diary",
    unsupported: "Open the diary in Chrome or Safari, and not in a private window. Update the browser if it is old.",
    tryAgain: "Try again",
    details: "For whoever helps you",
  },
};

// Another language than English wherever the browser knows it, else English; the worker's files.js chooses the same.
const DIARY_LANGUAGE = (navigator.languages ?? [navigator.language])
  .map((tag) => tag.split("-")[0].toLowerCase())
  .find((code) => code !== "en" && Object.keys(DIARY_SAYS).includes(code)) ?? "en";

const DIARY_WORDS = DIARY_SAYS[DIARY_LANGUAGE];

document.documentElement.lang = DIARY_LANGUAGE;
