//! Places in a text, between the ways of counting them: bytes (ours), characters (the server's), lines and columns
//! (a person's). Invariant: no input panics; a place outside the text counts as its end.

/// The line and the column, both from 1 and the column in characters, of a byte offset.
#[must_use]
pub fn line_column(text: &str, byte_offset: usize) -> (usize, usize) {
    let mut end = byte_offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// The byte offset of the character with `chars` characters before it. The server counts from 1, so pass its
/// position minus one (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).
#[must_use]
pub fn byte_of_char(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(offset, _)| offset)
}
