//! Text that came from a file, a form, a query or a JSON body, made fit to store, to search for and to show.
//!
//! Every free text goes through [`one_line`] or [`paragraphs`] on its way in. What cannot be shown goes, in
//! silence: people paste it unknowingly. So U+0000, which SQLite stores and PostgreSQL refuses, reaches
//! neither.

/// One line: control characters and runs of blanks become one blank.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || is_unprintable(c)).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Several lines: control characters go, line breaks stay.
pub fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| *c == '\n' || *c == '\t' || !is_unprintable(*c)).collect();
    kept.trim().to_owned()
}

/// The last part of a path of any system, as one line that is safe as the name of a file.
pub fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("");
    let name = cut(&one_line(last), 200).replace(['"', ':', '*', '?', '<', '>', '|'], "_");
    if name.trim_matches('.').is_empty() { "activity".to_owned() } else { name }
}

/// Control characters, and those that turn the direction of what follows.
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// At most so many characters, for what nobody is there to be told that it is too long.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].trim_end().to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tidied() {
        assert_eq!(cut(&one_line("  a\u{0}b\r\n c\t"), 10), "a b c");
        assert_eq!(cut(&one_line("åäö"), 2), "åä");
        assert_eq!(cut(&one_line("run\u{202E}gpx.exe"), 50), "run gpx.exe");
        assert_eq!(cut(&paragraphs(" a\r\nb\u{0}\n"), 10), "a\nb");
    }

    #[test]
    fn names_of_files_are_harmless() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\runs\\a\"b.fit"), "a_b.fit");
        assert_eq!(file_name("a/\n/"), "activity");
        assert_eq!(file_name("..."), "activity");
        assert_eq!(file_name(""), "activity");
    }
}
