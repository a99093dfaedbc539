//! People: their roles, how they like to read figures, and how names are found and ordered.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::words;

words! {
    /// What a person is in their organization.
    pub enum Role {
        HeadCoach = "head_coach", "Head coach";
        Coach = "coach", "Coach";
        Athlete = "athlete", "Athlete";
    }
}

impl Role {
    /// Whether the person reads and writes the whole roster.
    pub fn is_coach(self) -> bool {
        matches!(self, Self::HeadCoach | Self::Coach)
    }
}

words! {
    /// Where a member stands. `Suspended` ends what they may do in the organization; `Inactive` is a word
    /// for the roster and changes no right.
    pub enum MemberStatus {
        Active = "active", "Active";
        Inactive = "inactive", "Inactive";
        Suspended = "suspended", "Suspended";
    }
}

words! {
    /// Kilometres or miles.
    pub enum UnitSystem {
        Metric = "metric", "Kilometres";
        Imperial = "imperial", "Miles";
    }
}

words! {
    /// Which colours a person sees.
    pub enum Theme {
        System = "system", "Like the device";
        Light = "light", "Light";
        Dark = "dark", "Dark";
    }
}

/// Folds case and accents away, for search and for comparing names: `"Ólafur ŁÓŚ"` and `"olafur los"`
/// meet. White space at the ends is dropped and runs of it become one space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // U+0000 cannot be stored everywhere and means nothing in a name.
    for c in text.nfkd().filter(|c| !is_combining_mark(*c) && *c != '\0') {
        // Letters that Unicode does not decompose, though people leave their stroke or ligature out.
        match c {
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
            'ħ' | 'Ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'ß' | 'ẞ' => folded.push_str("ss"),
            'þ' | 'Þ' => folded.push_str("th"),
            _ => folded.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
        }
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form in which two email addresses are the same: case folded, accents kept. `märta@…` and `marta@…`
/// are two people, so [`fold`] would mix them up.
pub fn email_key(email: &str) -> String {
    email.trim().nfc().filter(|c| *c != '\0').collect::<String>().to_lowercase()
}

/// The first letters of the first and the last word of a name, for the bib beside it. Signs around the letters
/// are passed over, unless there is nothing else.
pub fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = letters.next().or_else(|| name.trim().chars().next());
    let last = letters.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_accents_and_space() {
        assert_eq!(fold("  İbrahim   Yılmaz "), "ibrahim yilmaz");
        assert_eq!(fold("Ólafur ŁÓŚ"), "olafur los");
        assert_eq!(fold("Zieliński"), "zielinski");
        assert_eq!(fold("STRASSE"), fold("Straße"));
    }

    #[test]
    fn addresses_differ_by_their_accents() {
        assert_eq!(email_key(" Marta@Lowfield.Example "), "marta@lowfield.example");
        assert_ne!(email_key("märta@lowfield.example"), email_key("marta@lowfield.example"));
        assert_eq!(email_key("ma\u{308}rta@x.test"), email_key("märta@x.test"));
    }

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("Marta Lindqvist"), "ML");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials("Pelé"), "P");
        assert_eq!(initials(""), "");
        assert_eq!(initials("<b>Bold</b> & \"Quoted\""), "BQ");
        assert_eq!((initials("🏃 Runner 👟"), initials("🏃")), ("R".into(), "🏃".into()));
    }
}
