//! CSV seeds: COPY into a temporary table, then an upsert on the primary key.
//!
//! The format is COPY's (<https://www.postgresql.org/docs/current/sql-copy.html>): an unquoted empty field is NULL, `""` is the empty text.

use std::collections::BTreeMap;
use std::io::Write as _;

use postgres::types::Type;
use postgres::{Client, Row};
use postgres_protocol::escape::{escape_identifier, escape_literal};

use crate::pg::execute::copy_line;
use crate::pg::report::{Place, Report};
use crate::ui::count;

/// The rows of a CSV file and the table that they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Relative to the workspace.
    pub path: String,
    schema: String,
    table: String,
    columns: Vec<String>,
    data: String,
}

impl Rows {
    /// Reads a file's bytes; the table's name is the file's.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, no header, a row with another number of fields than the header.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, Report> {
        let at_file = |message: String| Report::new(message).at(Place::file(path));
        let text = std::str::from_utf8(bytes)
            .map_err(|_| at_file("the file is not UTF-8".to_owned()).help("save it as UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let columns: Vec<String> = match reader.headers() {
            Ok(header) if !header.is_empty() => header.iter().map(str::to_owned).collect(),
            _ => return Err(at_file("the file has no header".to_owned()).help("its first line names the columns")),
        };
        for record in reader.records() {
            record.map_err(|error| {
                let start = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
                let end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
                let message = match error.kind() {
                    ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("this row has {}, but the header names {expected_len}", count(usize::try_from(*len).unwrap_or(usize::MAX), "field"))
                    }
                    _ => error.to_string(),
                };
                Report::new(message)
                    .at(Place::new(path, text, start..end, ""))
                    .help("each row has as many fields as the header; a field with a comma, a quote or a line break is put in double quotes")
            })?;
        }
        let (schema, table) = table_of(path);
        Ok(Self {
            path: path.to_owned(),
            schema,
            table,
            columns,
            data: text.to_owned(),
        })
    }

    fn quoted_table(&self) -> String {
        format!("{}.{}", escape_identifier(&self.schema), escape_identifier(&self.table))
    }

    /// A line, from 1.
    fn line_place(&self, line: usize) -> Place {
        let before = self.data.split_inclusive('\n').take(line.saturating_sub(1));
        let start: usize = before.map(str::len).sum();
        let end = self.data[start..].find('\n').unwrap_or(self.data.len() - start);
        let text = self.data[start..start + end].trim_end_matches('\r');
        Place::new(&self.path, &self.data, start..start + text.len(), "")
    }

    /// A column's name in the first line.
    fn header_place(&self, name: &str) -> Place {
        match self.data.lines().next().and_then(|header| header.find(name)) {
            Some(start) => Place::new(&self.path, &self.data, start..start + name.len(), ""),
            None => self.line_place(1),
        }
    }

    fn quoted_columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| escape_identifier(column)).collect()
    }
}

/// `seeds/shop/02_sales.orders.csv` → `sales`, `orders`; the schema is `public` where there is none.
fn table_of(path: &str) -> (String, String) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".csv").unwrap_or(name);
    let name = match name.split_once('_') {
        Some((number, rest)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    };
    match name.split_once('.') {
        Some((schema, table)) => (schema.to_owned(), table.to_owned()),
        None => ("public".to_owned(), name.to_owned()),
    }
}

/// A column of the table that the rows belong to.
struct Column {
    name: String,
    /// From 1 in the primary key; 0 outside of it.
    key_position: i32,
    is_generated: bool,
    /// The sequence that its defaults come from.
    sequence: Option<String>,
}

/// Loads the rows in the open transaction.
///
/// # Errors
/// The server's, with the line of the file where it names one; a table or column that is not there; a header without the primary key; two
/// rows with one key.
pub fn load(client: &mut Client, rows: &Rows) -> Result<(), Report> {
    let server = |error: postgres::Error| at_line(rows, Report::of_error(&error), &error);
    let table = columns(client, rows)?;
    let key = primary_key(rows, &table)?;
    let records = distinct_records(rows, &key)?;
    let staging = "pg_temp.xtask_seed";
    let columns = rows.quoted_columns().join(", ");
    client
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE xtask_seed ON COMMIT DROP AS SELECT {columns} FROM {} WITH NO DATA",
            rows.quoted_table()
        ))
        .map_err(server)?;
    let mut writer = client
        .copy_in(&format!(
            "COPY {staging} ({columns}) FROM STDIN (FORMAT csv, HEADER true)"
        ))
        .map_err(server)?;
    // A failed write is told again, with the server's reason, by `finish`.
    let _ = writer.write_all(rows.data.as_bytes());
    let copied = writer.finish().map_err(server)?;
    if copied < records {
        // PostgreSQL before 18 takes a line `\.` for the end of the data, even inside of quotes.
        return Err(Report::new(format!("the server read {copied} of {records} rows"))
            .at(Place::file(&rows.path))
            .help("a line that holds nothing but `\\.` ends the data: write these rows as `.sql`"));
    }
    client
        .batch_execute(&format!("{}; DROP TABLE {staging}", upsert(rows, &key, staging)))
        .map_err(server)?;
    advance_sequences(client, rows, &table).map_err(server)
}

/// The columns of the table.
fn columns(client: &mut Client, rows: &Rows) -> Result<Vec<Column>, Report> {
    let column = |row: &Row| -> Result<Column, postgres::Error> {
        Ok(Column {
            name: row.try_get("name")?,
            key_position: row.try_get("key_position")?,
            is_generated: row.try_get("is_generated")?,
            sequence: row.try_get("sequence")?,
        })
    };
    let table: Vec<Column> = client
        .query_typed(include_str!("columns.sql"), &[(&rows.quoted_table(), Type::TEXT)])
        .and_then(|rows| rows.iter().map(column).collect())
        .map_err(|error| Report::of_error(&error).at(Place::file(&rows.path)))?;
    if table.is_empty() {
        return Err(
            Report::new(format!("there is no table `{}.{}`", rows.schema, rows.table))
                .at(Place::file(&rows.path))
                .note("the file is named like its table: `[<number>_][<schema>.]<table>.csv`")
                .help("correct the name of the file, or make the table: `cargo xtask db-migrate <database>`"),
        );
    }
    for name in &rows.columns {
        match table.iter().find(|column| column.name == *name) {
            None => return Err(unknown_column(rows, &table, name)),
            Some(column) if column.is_generated => {
                return Err(
                    Report::new(format!("the column `{name}` is generated: its values can't be given"))
                        .at(rows.header_place(name))
                        .help("leave it out, in the header and in each row"),
                );
            }
            Some(_) => {}
        }
    }
    Ok(table)
}

fn unknown_column(rows: &Rows, table: &[Column], name: &str) -> Report {
    let names: Vec<&str> = table.iter().map(|column| column.name.as_str()).collect();
    let nearest = names
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, known)| *distance <= known.len().max(3) / 3)
        .min();
    let report = Report::new(format!("the table `{}` has no column `{name}`", rows.table))
        .at(rows.header_place(name))
        .note(format!("its columns are {}", names.join(", ")));
    match nearest {
        Some((_, known)) => report.help(format!("did you mean `{known}`?")),
        None => report.help("correct the header, or add the column in a migration"),
    }
}

/// The columns of the primary key, in its order, all of which are in the header.
fn primary_key(rows: &Rows, table: &[Column]) -> Result<Vec<String>, Report> {
    let mut key: Vec<&Column> = table.iter().filter(|column| column.key_position > 0).collect();
    key.sort_by_key(|column| column.key_position);
    if key.is_empty() {
        return Err(Report::new(format!(
            "the table `{}` has no primary key: its rows can't be told apart",
            rows.table
        ))
        .at(Place::file(&rows.path))
        .help("give the table a primary key, or write the seed as `.sql`"));
    }
    if let Some(missing) = key.iter().find(|column| !rows.columns.contains(&column.name)) {
        return Err(Report::new(format!(
            "the header lacks `{}`, which is in the primary key of `{}`",
            missing.name, rows.table
        ))
        .at(rows.line_place(1))
        .help("add the column, in the header and in each row: it tells whether a row is there already"));
    }
    Ok(key.into_iter().map(|column| column.name.clone()).collect())
}

/// The number of records, no two of which have the same key as it is written.
fn distinct_records(rows: &Rows, key: &[String]) -> Result<u64, Report> {
    let positions: Vec<usize> = key
        .iter()
        .filter_map(|key| rows.columns.iter().position(|column| column == key))
        .collect();
    let mut lines = BTreeMap::new();
    let mut reader = ::csv::ReaderBuilder::new().from_reader(rows.data.as_bytes());
    let mut number = 0;
    for record in reader.records().filter_map(Result::ok) {
        number += 1;
        let line = record
            .position()
            .map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        let key: Vec<String> = positions.iter().map(|at| record[*at].to_owned()).collect();
        let shown = key.join(", ");
        if let Some(first) = lines.insert(key, line) {
            return Err(Report::new(format!(
                "two rows have the primary key ({shown}): lines {first} and {line}"
            ))
            .at(rows.line_place(line))
            .help("remove one of them, or give it another key"));
        }
    }
    Ok(number)
}

/// Sets the sequences of identity and serial columns beyond the keys of the seeds, so that the next row made without one gets its own.
fn advance_sequences(client: &mut Client, rows: &Rows, table: &[Column]) -> Result<(), postgres::Error> {
    for column in table.iter().filter(|column| rows.columns.contains(&column.name)) {
        let Some(sequence) = &column.sequence else { continue };
        let name = escape_identifier(&column.name);
        client.batch_execute(&format!(
            "SELECT pg_catalog.setval({}, max({name})) FROM {} HAVING max({name}) >= (SELECT last_value FROM {sequence})",
            escape_literal(sequence),
            rows.quoted_table(),
        ))?;
    }
    Ok(())
}

/// Values are compared as text, which every type has; both sides are of the column's type.
fn upsert(rows: &Rows, key: &[String], staging: &str) -> String {
    let quoted = rows.quoted_columns();
    let columns = quoted.join(", ");
    let others: Vec<String> = rows
        .columns
        .iter()
        .zip(&quoted)
        .filter(|(column, _)| !key.contains(column))
        .map(|(_, quoted)| quoted.clone())
        .collect();
    let key: Vec<String> = key.iter().map(|column| escape_identifier(column)).collect();
    let resolve = if others.is_empty() {
        "NOTHING".to_owned()
    } else {
        let set: Vec<String> = others
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let differs: Vec<String> = others
            .iter()
            .map(|column| format!("there.{column}::text IS DISTINCT FROM excluded.{column}::text"))
            .collect();
        format!("UPDATE SET {} WHERE {}", set.join(", "), differs.join(" OR "))
    };
    format!(
        "INSERT INTO {} AS there ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {staging} ON CONFLICT ({}) DO {resolve}",
        rows.quoted_table(),
        key.join(", "),
    )
}

/// COPY names the line. What fails later names a value, which may stand in one line only.
fn at_line(rows: &Rows, report: Report, error: &postgres::Error) -> Report {
    let error = error.as_db_error();
    let line = error
        .and_then(copy_line)
        .or_else(|| line_of_value(rows, error?.detail()?));
    report.at(line.map_or_else(|| Place::file(&rows.path), |line| rows.line_place(line)))
}

/// The one line that holds the value in `Key (id)=(7) is not present …` or the first one in `Failing row contains (7, …).`
fn line_of_value(rows: &Rows, detail: &str) -> Option<usize> {
    let (_, rest) = detail.rsplit_once(")=(").or_else(|| detail.split_once('('))?;
    let value = rest.split([',', ')']).next().filter(|value| !value.is_empty())?;
    let mut lines = rows
        .data
        .lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| line.split(',').any(|field| field.trim_matches('"') == value));
    let (index, _) = lines.next().filter(|_| lines.next().is_none())?;
    Some(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_like_its_table() {
        let public = |table: &str| ("public".to_owned(), table.to_owned());
        assert_eq!(table_of("seeds/a/tools.csv"), public("tools"));
        assert_eq!(table_of("seeds/a/02_ai_tools.csv"), public("ai_tools"));
        assert_eq!(table_of("seeds/a/ai_tools.csv"), public("ai_tools"));
        assert_eq!(
            table_of("seeds/a/02_sales.orders.csv"),
            ("sales".to_owned(), "orders".to_owned())
        );
    }

    #[test]
    fn a_row_with_too_few_fields_is_placed() {
        let report = Rows::parse("t.csv", b"id,name\n1,a\n2\n").unwrap_err();
        assert_eq!(report.place.map(|place| place.line), Some(3));
    }
}
