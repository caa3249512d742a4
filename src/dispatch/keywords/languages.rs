//! The words for STOP, START and HELP in several languages, and what is answered to them.

/// What people write in one language.
pub(super) struct Language {
    /// As in ISO 639-1.
    pub(super) code: &'static str,
    pub(super) stop: &'static [&'static str],
    /// Words of everyday that end consent only where nothing else waits for them.
    pub(super) weak_stop: &'static [&'static str],
    pub(super) start: &'static [&'static str],
    pub(super) help: &'static [&'static str],
    pub(super) stopped: &'static str,
    pub(super) started: &'static str,
}

/// English first: it has what other languages do not say.
///
/// The English words are Twilio's own
/// (<https://help.twilio.com/articles/223134027-Twilio-support-for-opt-out-keywords-SMS-STOP-filtering->).
pub(super) const LANGUAGES: &[Language] = &[
    Language {
        code: "en",
        stop: &[
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "optout",
            "opt out",
            "opt-out",
            "revoke",
        ],
        weak_stop: &["cancel", "end", "quit"],
        start: &["start", "unstop", "yes", "subscribe", "optin", "opt in", "opt-in"],
        help: &["help", "info"],
        stopped: "You will hear no more from us. Say *START* if you change your mind.",
        started: "Welcome back: we may write to you again. Say *STOP* to end that.",
    },
    Language {
        code: "de",
        stop: &["stopp", "abmelden", "abbestellen", "austragen", "keine nachrichten mehr"],
        weak_stop: &["abbrechen", "ende"],
        start: &["ja", "starten", "anmelden"],
        help: &["hilfe"],
        stopped: "Sie hören nichts mehr von uns. Schreiben Sie *START*, wenn Sie es sich anders \
                  überlegen.",
        started: "Willkommen zurück: Wir dürfen Ihnen wieder schreiben. *STOP* beendet das.",
    },
    Language {
        code: "es",
        stop: &["baja", "darme de baja", "desuscribir", "desuscribirme", "no más mensajes"],
        weak_stop: &["alto", "parar", "cancelar", "fin", "salir"],
        start: &["sí", "si", "alta", "iniciar", "empezar"],
        help: &["ayuda"],
        stopped: "No recibirá más mensajes nuestros. Escriba *START* si cambia de opinión.",
        started: "Bienvenido de nuevo: podemos volver a escribirle. *STOP* lo termina.",
    },
    Language {
        code: "pt",
        stop: &["descadastrar", "descadastre", "cancelar inscrição", "cancelar inscricao"],
        weak_stop: &["pare", "sair", "fim"],
        start: &["sim", "começar", "comecar"],
        help: &["ajuda"],
        stopped: "Não receberá mais mensagens nossas. Escreva *START* se mudar de ideia.",
        started: "Boas-vindas de volta: podemos escrever-lhe de novo. *STOP* termina isso.",
    },
    Language {
        code: "fr",
        stop: &["arrêt", "arret", "désabonner", "desabonner", "me désabonner", "désinscrire"],
        weak_stop: &["arrêter", "arreter", "annuler", "quitter"],
        start: &["oui", "démarrer", "demarrer", "s'abonner"],
        help: &["aide"],
        stopped: "Vous ne recevrez plus de messages de notre part. Écrivez *START* si vous changez \
                  d'avis.",
        started: "Bon retour : nous pouvons de nouveau vous écrire. *STOP* y met fin.",
    },
    Language {
        code: "it",
        stop: &["disiscrivi", "disiscrivimi", "annulla iscrizione", "cancellami"],
        weak_stop: &["ferma", "basta", "annulla", "esci"],
        start: &["sì", "inizia", "iscrivimi"],
        help: &["aiuto"],
        stopped: "Non riceverà più messaggi da noi. Scriva *START* se cambia idea.",
        started: "Bentornato: possiamo scriverle di nuovo. *STOP* lo termina.",
    },
    Language {
        code: "nl",
        stop: &["stoppen", "afmelden", "uitschrijven"],
        weak_stop: &["annuleren", "einde"],
        start: &["aanmelden", "beginnen"],
        help: &["hulp"],
        stopped: "U hoort niets meer van ons. Stuur *START* als u van gedachten verandert.",
        started: "Welkom terug: we mogen u weer schrijven. *STOP* beëindigt dat.",
    },
];
