//! The scanner: cuts SQL text into tokens as the server does, white space and comments left out.
//!
//! Invariant: every token begins and ends on a character boundary, tokens come in order and never overlap, and
//! each byte of the text is looked at a bounded number of times.
//!
//! Rules: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>, with `standard_conforming_strings` on.

use std::ops::Range;

use super::{LexError, LexErrorKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An identifier or keyword without quotes.
    Word,
    /// `"…"`
    QuotedIdentifier,
    /// `U&"…"`
    UnicodeIdentifier,
    /// Any string constant, whatever its prefix or its quotes.
    String,
    /// A number, or a parameter such as `$1`.
    Number,
    /// One ASCII character of punctuation or of an operator.
    Symbol(u8),
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Range<usize>,
}

/// A position in a text, from which [`Lexer::next`] reads on. A clone is a cheap look-ahead.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self::starting_at(text, 0)
    }

    pub fn starting_at(text: &'a str, position: usize) -> Self {
        Self { text, position }
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Where the next token is looked for.
    pub fn offset(&self) -> usize {
        self.position
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.position + ahead).copied()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        self.text.as_bytes()[self.position..].starts_with(prefix.as_bytes())
    }

    fn pass_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.position += 1;
        }
    }

    fn skip_blanks(&mut self) -> Result<(), LexError> {
        // Editors on Windows put a byte order mark in front; psql drops it there too.
        if self.position == 0 && self.starts_with("\u{feff}") {
            self.position += '\u{feff}'.len_utf8();
        }
        loop {
            self.pass_while(is_space);
            if self.starts_with("--") {
                self.pass_while(|byte| !is_newline(byte));
            } else if self.starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block_comment(&mut self) -> Result<(), LexError> {
        let start = self.position;
        let mut depth = 0_usize;
        loop {
            if self.starts_with("/*") {
                depth += 1;
                self.position += 2;
            } else if self.starts_with("*/") {
                depth -= 1;
                self.position += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.peek(0).is_some() {
                self.position += 1;
            } else {
                return Err(LexError::new(start, LexErrorKind::UnterminatedComment));
            }
        }
    }

    fn read(&mut self) -> Result<Option<Token>, LexError> {
        self.skip_blanks()?;
        let start = self.position;
        let Some(first) = self.peek(0) else {
            return Ok(None);
        };
        let kind = match (first, self.peek(1), self.peek(2)) {
            (b'\'', ..) => self.read_string(0, Escapes::DoubledQuotes)?,
            (b'e' | b'E', Some(b'\''), _) => self.read_string(1, Escapes::Backslashes)?,
            (b'b' | b'B' | b'x' | b'X' | b'n' | b'N', Some(b'\''), _) => self.read_string(1, Escapes::DoubledQuotes)?,
            (b'u' | b'U', Some(b'&'), Some(b'\'')) => self.read_string(2, Escapes::DoubledQuotes)?,
            (b'u' | b'U', Some(b'&'), Some(b'"')) => {
                self.read_quoted_identifier(2)?;
                TokenKind::UnicodeIdentifier
            }
            (b'"', ..) => {
                self.read_quoted_identifier(0)?;
                TokenKind::QuotedIdentifier
            }
            (b'$', ..) => self.read_dollar()?,
            (b'0'..=b'9', ..) => self.read_number(),
            (byte, ..) if starts_identifier(byte) => {
                self.pass_while(continues_identifier);
                TokenKind::Word
            }
            (byte, ..) => {
                self.position += 1;
                TokenKind::Symbol(byte)
            }
        };
        Ok(Some(Token {
            kind,
            span: start..self.position,
        }))
    }

    /// Reads from a prefix of `prefix_len` bytes and its opening quote to the end of the string, which goes on
    /// in the same manner when only white space with a newline stands between two of its parts.
    fn read_string(&mut self, prefix_len: usize, escapes: Escapes) -> Result<TokenKind, LexError> {
        let start = self.position;
        self.position += prefix_len + 1;
        loop {
            match (self.peek(0), escapes) {
                (None, _) => {
                    return Err(LexError::new(start, LexErrorKind::UnterminatedString));
                }
                (Some(b'\\'), Escapes::Backslashes) => {
                    // A backslash at the very end must not move the position past the text.
                    self.position += if self.peek(1).is_some() { 2 } else { 1 };
                }
                (Some(b'\''), _) => {
                    self.position += 1;
                    if self.peek(0) == Some(b'\'') {
                        self.position += 1;
                    } else if let Some(next_part) = self.continued_string() {
                        self.position = next_part;
                    } else {
                        return Ok(TokenKind::String);
                    }
                }
                (Some(_), _) => self.position += 1,
            }
        }
    }

    /// The position after the quote that reopens a string, when one does.
    fn continued_string(&self) -> Option<usize> {
        let mut ahead = self.clone();
        let mut newline_seen = false;
        loop {
            match ahead.peek(0)? {
                b'\'' if newline_seen => return Some(ahead.position + 1),
                byte if is_space(byte) => {
                    newline_seen |= is_newline(byte);
                    ahead.position += 1;
                }
                b'-' if ahead.peek(1) == Some(b'-') => ahead.pass_while(|byte| !is_newline(byte)),
                _ => return None,
            }
        }
    }

    fn read_quoted_identifier(&mut self, prefix_len: usize) -> Result<(), LexError> {
        let start = self.position;
        self.position += prefix_len + 1;
        loop {
            self.pass_while(|byte| byte != b'"');
            match (self.peek(0), self.peek(1)) {
                (None, _) => {
                    return Err(LexError::new(start, LexErrorKind::UnterminatedIdentifier));
                }
                (Some(_), Some(b'"')) => self.position += 2,
                (Some(_), _) => {
                    self.position += 1;
                    return Ok(());
                }
            }
        }
    }

    fn read_dollar(&mut self) -> Result<TokenKind, LexError> {
        if self.peek(1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
            return Ok(self.read_number());
        }
        let start = self.position;
        let mut tag = self.clone();
        tag.position += 1;
        if tag.peek(0).is_some_and(starts_identifier) {
            tag.pass_while(|byte| continues_identifier(byte) && byte != b'$');
        }
        if tag.peek(0) != Some(b'$') {
            self.position += 1;
            return Ok(TokenKind::Symbol(b'$'));
        }
        let delimiter = &self.text[start..=tag.position];
        let body = tag.position + 1;
        let Some(length) = self.text[body..].find(delimiter) else {
            return Err(LexError::new(start, LexErrorKind::UnterminatedDollarString));
        };
        self.position = body + length + delimiter.len();
        Ok(TokenKind::String)
    }

    /// Takes whatever sticks to the digits as well: `0x1F`, `1_000`, `1.5e-3`, and the junk that the server refuses.
    fn read_number(&mut self) -> TokenKind {
        loop {
            self.pass_while(|byte| byte.is_ascii_digit() || byte == b'.');
            match (self.peek(0), self.peek(1), self.peek(2)) {
                (Some(b'e' | b'E'), Some(b'+' | b'-'), Some(b'0'..=b'9')) => self.position += 2,
                (Some(byte), ..) if starts_identifier(byte) => {
                    self.pass_while(continues_identifier);
                    return TokenKind::Number;
                }
                _ => return TokenKind::Number,
            }
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<Token, LexError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[derive(Clone, Copy)]
enum Escapes {
    DoubledQuotes,
    Backslashes,
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The vertical tab counts since version 16; before, it is a syntax error outside quotes.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

/// Every byte of a character beyond ASCII is a letter to the server.
fn starts_identifier(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn continues_identifier(byte: u8) -> bool {
    starts_identifier(byte) || byte.is_ascii_digit() || byte == b'$'
}
