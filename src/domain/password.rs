//! What makes a password acceptable: long enough and not one of those that are tried first. There are no
//! rules of composition (NIST SP 800-63B-4).
//!
//! `common_passwords.txt` was written for Harrier from what everybody knows to be common: whole passwords of
//! ten characters and more, and shorter words that are found inside longer ones.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::person::fold;

/// In characters of the normalised form.
pub const SHORTEST: usize = 10;
/// In bytes of UTF-8, as sent and as normalised; hashing more is a way to keep a server busy.
pub const LONGEST_BYTES: usize = 512;

static COMMON: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Rows and columns of keyboards; a step along one of them, either way, is no surprise.
const WALKS: [&str; 19] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl;",
    "zxcvbnm,./",
    "azertyuiop",
    "qwertzuiop",
    "!@#$%^&*()",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
    "147",
    "258",
];

/// The form in which passwords are hashed and compared: NFC, so that an accent typed on another keyboard is
/// the same accent. None for one that is too long to look at.
pub fn normalise(password: &str) -> Option<String> {
    if password.len() > LONGEST_BYTES {
        return None;
    }
    let normal: String = password.nfc().collect();
    (normal.len() <= LONGEST_BYTES).then_some(normal)
}

/// What is wrong with a new password of somebody with this email address and name, in sentences for the
/// form; nothing where it will do. The normalised form is what [`normalise`] gives.
pub fn problems(password: &str, email: &str, name: &str) -> Vec<String> {
    let Some(password) = normalise(password) else {
        return vec![format!("The password is longer than {LONGEST_BYTES} bytes. Choose a shorter one.")];
    };
    let length = password.chars().count();
    if length < SHORTEST {
        let has = if length == 1 { "1 character".to_owned() } else { format!("{length} characters") };
        return vec![format!("The password has {has}. Use at least {SHORTEST}.")];
    }
    let mut problems = Vec::new();
    let folded = fold(&password);
    let own = own_words(email, name);
    if is_common(&password, &folded) {
        problems.push("This password is one of those that are tried first. Choose another.".to_owned());
    } else if is_pattern(&folded) {
        problems.push(
            "The password is a pattern of repeated or neighbouring characters. Choose a less regular one."
                .to_owned(),
        );
    }
    let readings = readings(&folded);
    let own_words: Vec<&str> = own.iter().map(String::as_str).collect();
    if readings.iter().any(|reading| is_covered(reading, &own_words)) {
        problems
            .push("The password is made of your name, your email address or the name of Harrier.".to_owned());
    } else if problems.is_empty() && readings.iter().any(|reading| is_made_of_common(reading, &own)) {
        problems.push(
            "The password is a common word with digits or signs. Use several words, or something longer."
                .to_owned(),
        );
    }
    problems
}

fn is_common(password: &str, folded: &str) -> bool {
    COMMON.contains(password.to_lowercase().as_str()) || COMMON.contains(folded)
}

/// Whether few characters are a surprise after the one before: repeats, alphabet, keyboard, a short unit
/// over and over.
fn is_pattern(folded: &str) -> bool {
    let chars: Vec<char> = folded.chars().collect();
    let surprises = chars.windows(2).filter(|pair| !is_neighbour(pair[0], pair[1])).count();
    let distinct = chars.iter().collect::<BTreeSet<_>>().len();
    let is_unit =
        |length: usize| chars.iter().skip(length).zip(&chars).all(|(later, earlier)| later == earlier);
    surprises < 4 || distinct < 5 || (1..=5.min(chars.len() / 2)).any(is_unit)
}

fn is_neighbour(a: char, b: char) -> bool {
    let is_step = (a as u32).abs_diff(b as u32) <= 1 && a.is_alphanumeric() && b.is_alphanumeric();
    let on_walk = |walk: &str| {
        let place = |c| walk.chars().position(|key| key == c);
        place(a).zip(place(b)).is_some_and(|(a, b)| a.abs_diff(b) <= 1)
    };
    a == b || is_step || WALKS.iter().any(|walk| on_walk(walk))
}

/// Words about the person that an attacker knows: parts of the name and of the address, and the product.
fn own_words(email: &str, name: &str) -> Vec<String> {
    let email = fold(email);
    let parts = email.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
    let names = fold(name).split(' ').map(letters).collect::<Vec<_>>();
    let known = parts.map(|part| letters(&part)).chain(names).chain(["harrier".to_owned()]);
    known.filter(|word| word.chars().count() >= 3).collect()
}

/// The letters of a password: as they are, and with digits and signs read as the letters they stand for,
/// without and with those at the ends.
fn readings(folded: &str) -> BTreeSet<String> {
    let core = folded.trim_matches(|c: char| !c.is_alphabetic());
    [letters(folded), letters(&unmask(core)), letters(&unmask(folded))].into()
}

/// Whether a reading is nothing but words of `own` and one common word, each as often as you like.
fn is_made_of_common(reading: &str, own: &[String]) -> bool {
    COMMON.iter().filter(|word| word.chars().all(char::is_alphabetic) && reading.contains(**word)).any(
        |word| {
            let words: Vec<&str> = own.iter().map(String::as_str).chain([*word]).collect();
            is_covered(reading, &words)
        },
    )
}

/// Whether a text is one or more of the words, end to end.
fn is_covered(text: &str, words: &[&str]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for start in 0..text.len() {
        if !reached[start] {
            continue;
        }
        let next = words.iter().filter(|word| text[start..].starts_with(**word));
        for word in next {
            reached[start + word.len()] = true;
        }
    }
    !text.is_empty() && reached[text.len()]
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// Undoes the usual disguises: `p@55w0rd`.
fn unmask(text: &str) -> String {
    let plain = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(password: &str) -> bool {
        !problems(password, "marta.lindqvist@lidingo-lopare.example", "Marta Lindqvist").is_empty()
    }

    #[test]
    fn length_is_counted_in_characters_and_capped_in_bytes() {
        assert_eq!(problems("kort", "", ""), ["The password has 4 characters. Use at least 10."]);
        assert_eq!(problems("", "", ""), ["The password has 0 characters. Use at least 10."]);
        // Nine letters of which four are typed with a separate accent.
        assert!(problems("a\u{30a}a\u{308}o\u{308}e\u{301}mblxz", "", "")[0].contains("9 characters"));
        assert!(problems(&"vindstilla ".repeat(60), "", "")[0].contains("512 bytes"));
        assert!(!refused(&"träd över älven i månsken ".repeat(15)));
    }

    #[test]
    fn the_same_accents_are_the_same_password() {
        assert_eq!(normalise("bla\u{30a}ba\u{308}r"), normalise("blåbär"));
        assert_eq!(normalise(&"å".repeat(257)), None);
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in [
            "password123",
            "Password2026!",
            "P@ssw0rd1234",
            "passwordpassword",
            "1234567890",
            "qwertyuiop",
            "1q2w3e4r5t",
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "9876543210",
            "zyxwvutsrq",
            "iloveyou123",
            "Welcome-2026",
            "!!!football!!!",
            "dragondragon",
            "lösenord123",
            "0000000000000",
            "asdfghjkl123",
            "2580258025",
            "Correct Horse Battery Staple",
            "monkey123456",
            "12345monkey67",
        ] {
            assert!(refused(password), "{password}");
        }
    }

    #[test]
    fn ones_own_name_and_the_product_are_refused() {
        for password in [
            "harrier2026",
            "Harrier!Harrier",
            "MartaLindqvist",
            "lindqvist1985",
            "marta.lindqvist@lidingo-lopare.example",
            "Marta12345678",
            "harrier-marta",
            "m4rt4l1ndqv1st",
            "passwordmarta1",
            "Lindqvist-Harrier-99",
        ] {
            assert!(refused(password), "{password}");
        }
    }

    #[test]
    fn ordinary_phrases_and_random_ones_will_do() {
        for password in [
            "granite otter lantern",
            "my dragon likes football",
            "vTq8#mZp2Lxw",
            "hx7-kd92-plm4",
            "blåbärspaj i regnet",
            "marta runs past the old mill",
            "夜の川を走る犬と静かな月",
            "correct pony battery nail",
            "8305917264 olive",
        ] {
            assert!(
                !refused(password),
                "{password}: {:?}",
                problems(password, "marta@x.example", "Marta Lindqvist")
            );
        }
    }

    #[test]
    fn the_list_is_in_order_and_of_use() {
        let lines: Vec<&str> = include_str!("common_passwords.txt").lines().collect();
        assert!(lines.is_sorted() && lines.len() == COMMON.len());
        assert!(lines.iter().all(|line| !line.is_empty() && line.to_lowercase() == **line));
        assert!(lines.iter().filter(|line| line.chars().count() >= SHORTEST).count() >= 300);
    }

    proptest! {
        #[test]
        fn anything_can_be_looked_at(password in "\\PC{0,80}", email in "\\PC{0,30}", name in "\\PC{0,30}") {
            for problem in problems(&password, &email, &name) {
                prop_assert!(problem.ends_with('.'));
            }
        }

        #[test]
        fn random_characters_are_hardly_ever_refused(password in "[a-zA-Z0-9]{16}") {
            prop_assert!(!refused(&password));
        }
    }
}
