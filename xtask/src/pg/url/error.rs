//! What can be wrong with a connection string; the messages name parameters, and quote nothing.

/// What is wrong with a connection string. No variant carries a piece of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is nothing but white space.
    #[error("the connection string is empty: write `postgres://user@host:port/database`")]
    Empty,
    /// Another scheme, such as `mysql://`, `jdbc:postgresql://` or `postgresql+asyncpg://`.
    #[error("the connection string must begin with `postgres://` or `postgresql://` (without `jdbc:` and `+driver`)")]
    Scheme,
    /// An `@` where none can be: in the path or the query.
    #[error(
        "the connection string has an `@` after its first `/` or `?`: in user names, passwords and database names write \
         `%2F` for `/`, `%3F` for `?` and `%40` for `@`"
    )]
    StrayAt,
    /// `%` without two hexadecimal digits, a NUL, or bytes that are not UTF-8.
    #[error("the {part} in the connection string is not percent-encoded: write `%25` for a `%`")]
    PercentEncoding {
        /// Which part of the URL.
        part: &'static str,
    },
    /// More than one colon outside brackets, or brackets that don't match.
    #[error(
        "the hosts of the connection string can't be told from their ports: write IPv6 addresses as `[::1]:5432`, and `%3A` for a `:` in a password"
    )]
    Brackets,
    /// A piece of the query without `=`, or with a name that is no name.
    #[error("what follows the `?` of the connection string must be `name=value`, joined by `&`")]
    Query,
    /// Neither a URL nor pairs.
    #[error("the connection string is neither a URL (`postgres://user@host/database`) nor pairs (`host=… dbname=…`)")]
    KeyValue,
    /// A quote without its end.
    #[error("a value of the connection string begins with `'` but does not end so: write `\\'` for a quote in it")]
    Quote,
    /// A parameter whose value can't be used.
    #[error("`{origin}`: expected {expected}")]
    Value {
        /// The parameter's or variable's name.
        origin: &'static str,
        /// What would have been right.
        expected: &'static str,
    },
    /// A promise of libpq that can't be kept here.
    #[error("`{origin}` is not supported: {advice}")]
    Unsupported {
        /// The parameter's or variable's name.
        origin: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// Two settings that exclude each other.
    #[error("{0}")]
    Conflict(&'static str),
    /// Lists of hosts, addresses and ports of different lengths.
    #[error("`{list}` lists {found} values for {hosts} hosts: give one for each host")]
    Count {
        /// The shorter or longer list.
        list: &'static str,
        /// Its length.
        found: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// No user given, and the operating system knows none.
    #[error("no user is given: write `postgres://user@…` or set `PGUSER`")]
    UserMissing,
}
