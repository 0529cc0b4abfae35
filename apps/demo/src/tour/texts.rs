//! What the people of the tour write to each other. None of it may be found at the relay.

use crate::narrator::Both;

pub(super) const FIRST: Both<'_> = (
    "Good morning Mr Roux. How is the left knee since Monday? Any fever?",
    "Bonjour M. Roux. Le genou gauche va-t-il mieux ? De la fièvre ?",
);

pub(super) const ANSWER: Both<'_> = (
    "No fever. I slept badly and the stairs still hurt.",
    "Pas de fièvre. J’ai mal dormi et l’escalier me fait encore mal.",
);

pub(super) const TOO_LATE: Both<'_> =
    ("One more question, about the tablets.", "Encore une question, sur les comprimés.");

pub(super) const UNASKED: Both<'_> =
    ("Doctor, I open this conversation myself.", "Docteur, j’ouvre moi-même cette conversation.");

pub(super) const TO_STRANGER: Both<'_> = (
    "Your results are normal. I close here; call us for anything new.",
    "Vos résultats sont normaux. Je ferme ici ; sinon, appelez-nous.",
);

pub(super) const FROM_STRANGER: Both<'_> =
    ("I answer although you have closed.", "Je réponds bien que vous ayez fermé.");

/// Days of the patient's diary.
const DAYS: usize = 30;
/// Exercises of the doctor's plan.
const EXERCISES: usize = 25;

/// A diary of several kilobytes.
pub(super) fn diary() -> (String, String) {
    let days = |line: &dyn Fn(usize, usize) -> String| {
        (1..=DAYS).map(|day| line(day, 7 - day * 5 / DAYS)).collect::<Vec<_>>().join("\n")
    };
    (
        days(&|day, pain| {
            format!(
                "Day {day}: pain {pain} of 10 when going down the stairs, walked {} minutes, \
                 knee swollen in the evening, one tablet at night.",
                10 + day
            )
        }),
        days(&|day, pain| {
            format!(
                "Jour {day} : douleur {pain} sur 10 en descendant l’escalier, {} minutes de marche, \
                 genou enflé le soir, un comprimé la nuit.",
                10 + day
            )
        }),
    )
}

/// A plan of several kilobytes.
pub(super) fn plan() -> (String, String) {
    let lines = |line: &dyn Fn(usize) -> String| (1..=EXERCISES).map(line).collect::<Vec<_>>().join("\n");
    (
        lines(&|number| {
            format!(
                "Exercise {number}: seated, stretch the left leg slowly, hold for {} seconds, rest, ten times; \
                 stop at once if the pain is above 4 of 10.",
                5 + number
            )
        }),
        lines(&|number| {
            format!(
                "Exercice {number} : assis, tendre lentement la jambe gauche, tenir {} secondes, se reposer, \
                 dix fois ; arrêter aussitôt si la douleur dépasse 4 sur 10.",
                5 + number
            )
        }),
    )
}
