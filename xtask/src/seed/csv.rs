//! CSV seeds: COPY into a temporary table, then an upsert on the primary key.
//!
//! The format is COPY's (<https://www.postgresql.org/docs/current/sql-copy.html>): an unquoted empty field is NULL, `""` is the empty text.

use std::io::Write as _;

use postgres::Client;
use postgres::types::Type;
use postgres_protocol::escape::escape_identifier;

use crate::pg::report::{Place, Report};

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
                Report::new(error.to_string())
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

/// Loads the rows in the open transaction.
///
/// # Errors
/// The server's, with the line of the file where it names one; a table or column that is not there; a header without the primary key.
pub fn load(client: &mut Client, rows: &Rows) -> Result<(), Report> {
    let server = |error: postgres::Error| at_line(rows, Report::of_error(&error), &error);
    let key = primary_key(client, rows)?;
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
    writer.finish().map_err(server)?;
    client
        .batch_execute(&format!("{}; DROP TABLE {staging}", upsert(rows, &key, staging)))
        .map_err(server)
}

/// The columns of the table's primary key, all of which are in the header.
fn primary_key(client: &mut Client, rows: &Rows) -> Result<Vec<String>, Report> {
    let table = rows.quoted_table();
    let key: Vec<String> = client
        .query_typed(include_str!("primary_key.sql"), &[(&table, Type::TEXT)])
        .and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
        .map_err(|error| Report::of_error(&error).at(Place::file(&rows.path)))?;
    let help = if key.is_empty() {
        "the table needs a primary key (and must exist: the file is named like it); or write the seed as `.sql`"
            .to_owned()
    } else {
        format!("name {} in the first line of the file", key.join(", "))
    };
    if key.is_empty() || !key.iter().all(|column| rows.columns.contains(column)) {
        return Err(Report::new(format!(
            "rows of {table} can't be told apart: the primary key is not in the header"
        ))
        .at(Place::file(&rows.path))
        .help(help));
    }
    Ok(key)
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

/// COPY names the line in its context: `COPY xtask_seed, line 3, column id: "x"`.
fn at_line(rows: &Rows, report: Report, error: &postgres::Error) -> Report {
    let line = error
        .as_db_error()
        .and_then(|error| error.where_())
        .and_then(|context| context.split("line ").nth(1))
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse::<usize>().ok());
    let Some(line) = line else {
        return report.at(Place::file(&rows.path));
    };
    let start: usize = rows
        .data
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let end = rows.data[start..]
        .find('\n')
        .map_or(rows.data.len(), |newline| start + newline);
    report.at(Place::new(&rows.path, &rows.data, start..end, ""))
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
