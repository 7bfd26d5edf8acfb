//! The two written forms of a connection string, taken apart into names and values.
//!
//! No error of this module quotes the text it was given: whatever cannot be parsed may be a password.

use percent_encoding::percent_decode_str;

use super::UrlError;

/// One parameter as it was written.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) written: Written,
}

/// How a value was written: a bare value of the key=value form ends at the first space, whether or not that was meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Bare,
    Delimited,
}

/// Takes a connection string apart; a later pair overrides an earlier one of the same name.
///
/// Both forms are those of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>. Where libpq guesses,
/// this refuses: an `@` after the host part means that a password holds a raw `/` or `?`, and libpq would take its pieces for
/// a host and a database, and show them.
pub(super) fn pairs(text: &str) -> Result<Vec<Pair>, UrlError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(UrlError::Empty);
    }
    match text.split_once("://") {
        Some(("postgres" | "postgresql", rest)) => url(rest),
        Some((scheme, _)) if !scheme.contains(['=', ' ']) => Err(UrlError::Scheme),
        _ => key_values(text),
    }
}

fn url(rest: &str) -> Result<Vec<Pair>, UrlError> {
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    if path.contains('@') {
        return Err(UrlError::StrayAt);
    }

    let mut pairs = Vec::new();
    let mut push = |name: &str, part: &'static str, value: &str| -> Result<(), UrlError> {
        if !value.is_empty() {
            pairs.push(delimited(name.to_owned(), decode(value, part)?));
        }
        Ok(())
    };
    let (user_info, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    // Before the hosts: of a misplaced password, nothing may be looked at, let alone complained about.
    reject_stray_at(query)?;
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    push("user", "user name", user)?;
    push("password", "password", password)?;
    let (hosts, ports) = host_list(hosts)?;
    push("host", "host", &hosts)?;
    push("port", "port", &ports)?;
    push("dbname", "database name", path.strip_prefix('/').unwrap_or(path))?;

    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or(UrlError::Query)?;
        let (name, value) = (
            decode(name, "name of a parameter")?,
            decode(value, "value of a parameter")?,
        );
        pairs.push(match (name.as_str(), value.as_str()) {
            // JDBC's spelling, which libpq understands too.
            ("ssl", "true" | "1") => delimited("sslmode".to_owned(), "require".to_owned()),
            _ => delimited(name, value),
        });
    }
    pairs
        .iter()
        .all(|pair| is_word(&pair.name))
        .then_some(pairs)
        .ok_or(UrlError::Query)
}

/// A raw `@` in the query is legal only where it can't be the end of a password that was taken for something else.
fn reject_stray_at(query: &str) -> Result<(), UrlError> {
    let stray = query
        .split('&')
        .any(|parameter| parameter.contains('@') && !parameter.starts_with("password="));
    if stray { Err(UrlError::StrayAt) } else { Ok(()) }
}

/// `host:1,[::1]:2,other` → `host,::1,other` and `1,2,`; no ports at all → an empty text, so that `PGPORT` applies.
fn host_list(text: &str) -> Result<(String, String), UrlError> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for element in text.split(',') {
        let (host, port) = if let Some(bracketed) = element.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']').ok_or(UrlError::Brackets)?;
            match after.strip_prefix(':') {
                Some(port) => (host, port),
                None if after.is_empty() => (host, ""),
                None => return Err(UrlError::Brackets),
            }
        } else {
            element.split_once(':').unwrap_or((element, ""))
        };
        if port.contains(':') {
            return Err(UrlError::Brackets);
        }
        hosts.push(host);
        ports.push(port);
    }
    let none = ports.iter().all(|port| port.is_empty());
    Ok((hosts.join(","), if none { String::new() } else { ports.join(",") }))
}

fn decode(text: &str, part: &'static str) -> Result<String, UrlError> {
    let well_formed = text.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit) && digits != b"00")
    });
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) if well_formed => Ok(decoded.into_owned()),
        _ => Err(UrlError::PercentEncoding { part }),
    }
}

fn key_values(text: &str) -> Result<Vec<Pair>, UrlError> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(UrlError::KeyValue)?;
        let name = name.trim_end();
        if !is_word(name) {
            return Err(UrlError::KeyValue);
        }
        let (value, written, after) = value(after.trim_start())?;
        pairs.push(Pair {
            name: name.to_owned(),
            value,
            written,
        });
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// Reads one value of the key=value form and returns it with what follows.
fn value(text: &str) -> Result<(String, Written, &str), UrlError> {
    let (body, written) = match text.strip_prefix('\'') {
        Some(body) => (body, Written::Delimited),
        None => (text, Written::Bare),
    };
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if written == Written::Delimited => return Ok((value, written, &body[at + 1..])),
            space if written == Written::Bare && space.is_whitespace() => return Ok((value, written, &body[at..])),
            other => value.push(other),
        }
    }
    match written {
        Written::Delimited => Err(UrlError::Quote),
        Written::Bare => Ok((value, written, "")),
    }
}

fn delimited(name: String, value: String) -> Pair {
    Pair {
        name,
        value,
        written: Written::Delimited,
    }
}

/// Only words are shown as names of parameters; anything else may be a piece of a password.
fn is_word(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
