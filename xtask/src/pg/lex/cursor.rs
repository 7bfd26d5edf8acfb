//! Reads one statement's tokens from left to right, by keyword, name and option list.
//!
//! Invariant: a method that does not find what it looks for leaves the cursor where it was.

use super::QualifiedName;
use super::token::{Lexer, Token, TokenKind};

#[derive(Clone)]
pub(super) struct Cursor<'a> {
    lexer: Lexer<'a>,
}

impl<'a> Cursor<'a> {
    pub fn new(statement: &'a str) -> Self {
        Self {
            lexer: Lexer::new(statement),
        }
    }

    fn next(&mut self) -> Option<Token> {
        self.lexer.next()?.ok()
    }

    fn text(&self, token: &Token) -> &'a str {
        &self.lexer.text()[token.span.clone()]
    }

    fn take_if(&mut self, wanted: impl FnOnce(TokenKind, &str) -> bool) -> Option<&'a str> {
        let mut ahead = self.clone();
        let token = ahead.next()?;
        let text = self.text(&token);
        if !wanted(token.kind, text) {
            return None;
        }
        *self = ahead;
        Some(text)
    }

    pub fn at_end(&self) -> bool {
        self.clone().next().is_none()
    }

    /// The next unquoted word, in lower case.
    pub fn word(&mut self) -> Option<String> {
        self.take_if(|kind, _| kind == TokenKind::Word)
            .map(str::to_ascii_lowercase)
    }

    pub fn accept(&mut self, keyword: &str) -> bool {
        self.take_if(|kind, text| kind == TokenKind::Word && text.eq_ignore_ascii_case(keyword))
            .is_some()
    }

    /// All of the keywords one after the other, or none.
    pub fn accept_all(&mut self, keywords: &[&str]) -> bool {
        let mut ahead = self.clone();
        let found = keywords.iter().all(|keyword| ahead.accept(keyword));
        if found {
            *self = ahead;
        }
        found
    }

    pub fn accept_any(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.accept(keyword))
    }

    pub fn accept_symbol(&mut self, symbol: u8) -> bool {
        self.take_if(|kind, _| kind == TokenKind::Symbol(symbol)).is_some()
    }

    pub fn accept_string(&mut self) -> bool {
        self.take_if(|kind, _| kind == TokenKind::String).is_some()
    }

    /// Skips what stands before the first of `keywords` outside parentheses (a word behind a dot is part of a
    /// name) and takes that one; tells which. At the end of the statement when there is none.
    pub fn skip_to<'k>(&mut self, keywords: &[&'k str]) -> Option<&'k str> {
        let mut depth = 0_usize;
        let mut behind_dot = false;
        while let Some(token) = self.next() {
            match token.kind {
                TokenKind::Symbol(b'(') => depth += 1,
                TokenKind::Symbol(b')') => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 && !behind_dot => {
                    let word = self.text(&token);
                    let found = keywords.iter().find(|keyword| word.eq_ignore_ascii_case(keyword));
                    if let Some(keyword) = found {
                        return Some(keyword);
                    }
                }
                _ => {}
            }
            behind_dot = token.kind == TokenKind::Symbol(b'.');
        }
        None
    }

    /// Skips a name of one part, in whatever quotes.
    pub fn skip_name(&mut self) {
        self.take_if(|kind, _| {
            matches!(
                kind,
                TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::UnicodeIdentifier
            )
        });
    }

    /// A name of one part or more, of which the last two count (a database in front must be the current one).
    pub fn qualified_name(&mut self) -> Option<QualifiedName> {
        let mut ahead = self.clone();
        let mut name = QualifiedName {
            schema: None,
            name: ahead.identifier()?,
        };
        while ahead.accept_symbol(b'.') {
            name = QualifiedName {
                schema: Some(name.name),
                name: ahead.identifier()?,
            };
        }
        *self = ahead;
        Some(name)
    }

    pub fn qualified_names(&mut self) -> Vec<QualifiedName> {
        let mut names = Vec::from_iter(self.qualified_name());
        while !names.is_empty() && self.accept_symbol(b',') {
            names.extend(self.qualified_name());
        }
        names
    }

    fn identifier(&mut self) -> Option<String> {
        let mut ahead = self.clone();
        let token = ahead.next()?;
        let text = self.text(&token);
        let identifier = match token.kind {
            TokenKind::Word => text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => text[1..text.len() - 1].replace("\"\"", "\""),
            _ => return None,
        };
        *self = ahead;
        Some(truncate_identifier(identifier))
    }

    /// An option list `(name [=] [value], …)`, or nothing.
    pub fn options(&mut self) -> Options {
        let mut options = Vec::new();
        let mut ahead = self.clone();
        if ahead.accept_symbol(b'(') {
            while let Some(name) = ahead.identifier() {
                ahead.accept_symbol(b'=');
                options.push((name, ahead.option_value()));
                if !ahead.accept_symbol(b',') {
                    break;
                }
            }
            if ahead.accept_symbol(b')') {
                *self = ahead;
            }
        }
        Options(options)
    }

    /// All up to the next comma or parenthesis; quotes around it left out.
    fn option_value(&mut self) -> Option<String> {
        let ends_value = |kind| matches!(kind, TokenKind::Symbol(b',' | b'(' | b')'));
        let mut value = None;
        while let Some(text) = self.take_if(|kind, _| !ends_value(kind)) {
            value.get_or_insert_with(String::new).push_str(text);
        }
        value.map(|value| value.trim_matches(['\'', '"']).to_owned())
    }
}

/// The options of a list, in order.
pub(super) struct Options(Vec<(String, Option<String>)>);

impl Options {
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(option, _)| option == name)
    }

    /// The value given last; `None` where the option is missing or has no value.
    pub fn value(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|(option, _)| option == name);
        last.and_then(|(_, value)| value.as_deref())
    }

    /// Whether the option is there and says no; `name` alone says yes
    /// (<https://www.postgresql.org/docs/current/sql-reindex.html>, under `boolean`).
    pub fn is_off(&self, name: &str) -> bool {
        self.value(name)
            .is_some_and(|value| ["false", "off", "0"].iter().any(|off| value.eq_ignore_ascii_case(off)))
    }

    pub fn is_on(&self, name: &str) -> bool {
        self.contains(name) && !self.is_off(name)
    }
}

/// The server keeps the first 63 bytes of a longer name, and no half of a character.
fn truncate_identifier(mut identifier: String) -> String {
    let mut length = identifier.len().min(63);
    while !identifier.is_char_boundary(length) {
        length -= 1;
    }
    identifier.truncate(length);
    identifier
}
