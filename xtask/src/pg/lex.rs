//! SQL text cut into statements, the way psql cuts it, and each statement's kind.
//!
//! Invariant: nothing is lost. Statements come in order, do not overlap, and lie on character boundaries; between
//! them are only white space, comments, semicolons, inline COPY data and the psql commands reported as [`Item::Meta`].
//!
//! Rules: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html> and
//! <https://www.postgresql.org/docs/current/app-psql.html>. Three differences from psql, each on purpose:
//! psql variables (`:name`) are not replaced; a backslash command ends the statement before it; and a constant
//! `E'…'` continued on the next line keeps its backslash escapes, as in the server (psql forgets them).
//! `standard_conforming_strings` is taken to be on, as it is unless a file turns it off.

mod cursor;
mod kind;
mod position;
mod token;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

pub use kind::{Kind, OutsideTransaction, QualifiedName};
pub use position::{byte_of_char, line_column};
use token::{Lexer, Token, TokenKind};

/// One thing that a script asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    Statement(Statement<'a>),
    /// A psql command, from its backslash to the end of the line; no server understands it.
    Meta {
        text: &'a str,
        /// Where the backslash is, in bytes from the start of the script.
        offset: usize,
    },
}

/// One SQL statement and its place in the script. Offsets are bytes from the script's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// From the first token to the last, without comments around it and without the semicolon.
    pub text: &'a str,
    /// Where `text` is, and its semicolon if there is one.
    pub span: Range<usize>,
    /// The lines after a `COPY … FROM STDIN`, without the closing `\.`. `None` for any other statement.
    pub copy_data: Option<Range<usize>>,
}

impl<'a> Statement<'a> {
    /// What the statement does to the transaction it runs in.
    #[must_use]
    pub fn kind(&self) -> Kind {
        kind::classify(self.text)
    }

    /// The keywords and unquoted identifiers in order, as written; never a word from a string, a quoted
    /// identifier, a comment or a function body in quotes.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text;
        Lexer::new(text)
            .map_while(Result::ok)
            .filter(|token| token.kind == TokenKind::Word)
            .map(move |token| &text[token.span])
    }
}

/// Why a text can't be cut into statements, and where the trouble begins (bytes from the start of the text).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LexError {
    pub offset: usize,
    pub kind: LexErrorKind,
}

impl LexError {
    fn new(offset: usize, kind: LexErrorKind) -> Self {
        Self { offset, kind }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexErrorKind {
    UnterminatedString,
    UnterminatedDollarString,
    UnterminatedIdentifier,
    UnterminatedComment,
    /// The protocol ends a query at its first NUL.
    Nul,
    /// The data begins on the next line, so nothing else may stand on the line of its `COPY … FROM STDIN;`.
    TextAfterCopy,
}

impl fmt::Display for LexError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            LexErrorKind::UnterminatedString => "unterminated quoted string",
            LexErrorKind::UnterminatedDollarString => "unterminated dollar-quoted string",
            LexErrorKind::UnterminatedIdentifier => "unterminated quoted identifier",
            LexErrorKind::UnterminatedComment => "unterminated /* comment",
            LexErrorKind::Nul => "a NUL character, which PostgreSQL can't take in a statement",
            LexErrorKind::TextAfterCopy => {
                "text on the line of a `COPY … FROM STDIN;`, whose data begins on the next line"
            }
        })
    }
}

impl std::error::Error for LexError {}

/// Cuts `text` into statements and psql commands, in order. Empty statements (`;;`) are left out.
///
/// # Errors
/// A quote or a comment that never ends, a NUL, or SQL behind a `COPY … FROM STDIN;` on its line.
pub fn split(text: &str) -> Result<Vec<Item<'_>>, LexError> {
    if let Some(offset) = text.find('\0') {
        return Err(LexError::new(offset, LexErrorKind::Nul));
    }
    let mut items = Vec::new();
    let mut lexer = Lexer::new(text);
    let mut open: Option<Range<usize>> = None;
    let mut nesting = Nesting::default();
    while let Some(token) = lexer.next().transpose()? {
        match token.kind {
            TokenKind::Symbol(b'\\') => {
                nesting = Nesting::default();
                let offset = token.span.start;
                let line_end = end_of_line(text, offset);
                lexer = Lexer::starting_at(text, line_end);
                if let Some(tokens) = open.take() {
                    items.push(close(&mut lexer, tokens.clone(), tokens)?);
                }
                items.push(Item::Meta {
                    text: text[offset..line_end].trim_ascii_end(),
                    offset,
                });
            }
            TokenKind::Symbol(b';') if nesting.is_flat() => {
                nesting = Nesting::default();
                if let Some(tokens) = open.take() {
                    let span = tokens.start..token.span.end;
                    items.push(close(&mut lexer, tokens, span)?);
                }
            }
            _ => {
                nesting.enter(text, &token);
                let start = open.map_or(token.span.start, |span| span.start);
                open = Some(start..token.span.end);
            }
        }
    }
    if let Some(tokens) = open {
        items.push(close(&mut lexer, tokens.clone(), tokens)?);
    }
    Ok(items)
}

/// Whether `text` asks for nothing at all: only white space, comments and semicolons. A text that [`split`] can't
/// cut is not blank.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    Lexer::new(text).all(|token| token.is_ok_and(|token| token.kind == TokenKind::Symbol(b';')))
}

/// The statement of `tokens`, which ends where `lexer` stands. Moves `lexer` behind its data if it is a COPY.
fn close<'a>(lexer: &mut Lexer<'a>, tokens: Range<usize>, span: Range<usize>) -> Result<Item<'a>, LexError> {
    let mut statement = Statement {
        text: &lexer.text()[tokens],
        span,
        copy_data: None,
    };
    if statement.kind() == Kind::CopyFromStdin {
        statement.copy_data = Some(take_copy_data(lexer)?);
    }
    Ok(Item::Statement(statement))
}

/// The lines behind the one that `lexer` stands on, up to one that is `\.` or the end of the text.
fn take_copy_data(lexer: &mut Lexer<'_>) -> Result<Range<usize>, LexError> {
    let text = lexer.text();
    let line_end = end_of_line(text, lexer.offset());
    let rest = &text[lexer.offset()..line_end];
    if !is_blank(rest) {
        let offset = line_end - rest.trim_ascii_start().len();
        return Err(LexError::new(offset, LexErrorKind::TextAfterCopy));
    }
    let start = after_newline(text, line_end);
    let mut end = start;
    let mut resume = text.len();
    while end < text.len() {
        let line_end = end_of_line(text, end);
        if matches!(&text[end..line_end], "\\." | "\\.\r") {
            resume = line_end;
            break;
        }
        end = after_newline(text, line_end);
    }
    *lexer = Lexer::starting_at(text, resume);
    Ok(start..end)
}

fn end_of_line(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |length| from + length)
}

fn after_newline(text: &str, line_end: usize) -> usize {
    text.len().min(line_end + 1)
}

/// What keeps a semicolon from ending the statement: open parentheses, and the `BEGIN … END` of a function body
/// in standard SQL.
///
/// The rules are psql's own: `BEGIN` and `CASE` wait for an `END`, but only outside parentheses and only after
/// `CREATE [OR REPLACE] {FUNCTION | PROCEDURE}`.
#[derive(Default)]
struct Nesting {
    parentheses: usize,
    blocks: usize,
    opening: Opening,
}

impl Nesting {
    fn is_flat(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn enter(&mut self, text: &str, token: &Token) {
        match token.kind {
            TokenKind::Symbol(b'(') => self.parentheses += 1,
            TokenKind::Symbol(b')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => self.enter_word(&text[token.span.clone()]),
            _ => {}
        }
    }

    fn enter_word(&mut self, word: &str) {
        self.opening = self.opening.followed_by(word);
        if self.opening != Opening::Routine || self.parentheses > 0 {
            return;
        }
        if word.eq_ignore_ascii_case("begin") || (self.blocks > 0 && word.eq_ignore_ascii_case("case")) {
            self.blocks += 1;
        } else if word.eq_ignore_ascii_case("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }
}

/// How far the first words of a statement have come on the way to `CREATE [OR REPLACE] {FUNCTION | PROCEDURE}`.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Opening {
    #[default]
    Start,
    Create,
    CreateOr,
    CreateOrReplace,
    Routine,
    Other,
}

impl Opening {
    fn followed_by(self, word: &str) -> Self {
        let is = |keyword| word.eq_ignore_ascii_case(keyword);
        match self {
            Self::Start if is("create") => Self::Create,
            Self::Create if is("or") => Self::CreateOr,
            Self::CreateOr if is("replace") => Self::CreateOrReplace,
            Self::Create | Self::CreateOrReplace if is("function") || is("procedure") => Self::Routine,
            Self::Routine => Self::Routine,
            _ => Self::Other,
        }
    }
}

/// What means something in `text`, token by token: two texts that differ in comments and white space alone give the same.
///
/// # Errors
/// A quote or a comment that never ends.
pub fn significant(text: &str) -> Result<Vec<&str>, LexError> {
    Lexer::new(text)
        .map(|token| token.map(|token| &text[token.span]))
        .collect()
}
