//! Reading the database that is verified: in one transaction that sees one state of it and may not write.

use anyhow::{Context as _, Result};
use postgres::error::SqlState;
use postgres::{Client, IsolationLevel, Transaction};

use super::finding::Finding;
use crate::migration::file::Migration;
use crate::migration::ledger::{self, Applied, LedgerError, Texts};
use crate::migration::obstacle;
use crate::migration::plan::{Entry, State, compare};
use crate::pg::report::{Report, Reports};
use crate::schema::advice::{Advice, advise_within};
use crate::schema::contract::{self, Contract, Subject, Verdict};
use crate::schema::{Schema, introspect_within};

/// What a live database says of itself.
pub struct Live {
    /// Its ledger.
    pub ledger: Ledger,
    /// Its schema.
    pub schema: Schema,
    /// What is wrong with its ledger.
    pub ledger_findings: Vec<Finding>,
    /// What there is to advise.
    pub advice: Vec<Finding>,
    /// What it does not keep of the contract.
    pub contract: Vec<Finding>,
    /// What of the contract could not be proved here, in sentences.
    pub notes: Vec<String>,
}

/// What the ledger says of each migration.
pub enum Ledger {
    /// There is none, or it can't be read.
    Unknown,
    /// The migrations that are, or began to be, applied.
    Rows(Vec<Recorded>),
}

/// A migration that the ledger knows.
pub enum Recorded {
    /// The file of this place in the list.
    File(usize),
    /// It has no file: the ledger's row, and the text that it keeps.
    Kept(Box<(Applied, Texts)>),
    /// It stopped half-way up: what of it is there can't be told.
    HalfDone,
}

/// Reads everything.
///
/// # Errors
/// A lost connection; a schema that can't be read.
pub fn read(client: &mut Client, name: &str, files: &[Migration], contract: Option<&Contract>) -> Result<Live> {
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .context("failed to begin the transaction that reads the database")?;
    let (ledger, ledger_findings) = read_ledger(&mut transaction, name, files)?;
    let schema = introspect_within(&mut transaction)?;
    let advice = advise_within(&mut transaction)?.into_iter().map(of_advice).collect();
    let verdict = match contract {
        Some(contract) => contract::check_within(&mut transaction, contract)?,
        None => Verdict::default(),
    };
    transaction
        .rollback()
        .context("failed to end the transaction that reads the database")?;
    Ok(Live {
        ledger,
        schema,
        ledger_findings,
        advice,
        contract: verdict.findings.iter().map(of_contract).collect(),
        notes: verdict.notes,
    })
}

fn of_advice(advice: Advice) -> Finding {
    Finding {
        help: vec![advice.help],
        ..Finding::new(advice.rule, advice.object, advice.message)
    }
}

/// A query that its role may not run breaks the contract; a check that the role of this connection may not run, and a role that it may not
/// take on, say nothing of the database.
fn of_contract(found: &contract::Finding) -> Finding {
    let is_refused = found.sqlstate.as_deref() == Some(SqlState::INSUFFICIENT_PRIVILEGE.code());
    let (kind, rule) = match found.subject {
        Subject::Query => ("query ", "contract"),
        Subject::Check if is_refused => ("check ", "unreadable"),
        Subject::Check => ("check ", "contract"),
        Subject::Role if is_refused => ("", "unreadable"),
        Subject::Role => ("", "contract"),
    };
    Finding {
        help: found.hint.iter().cloned().collect(),
        subject: found.name.clone(),
        ..Finding::new(rule, "contract", format!("{kind}{found}"))
    }
}

fn read_ledger(transaction: &mut Transaction<'_>, name: &str, files: &[Migration]) -> Result<(Ledger, Vec<Finding>)> {
    const LEDGER: &str = "table public.schema_migrations";
    let mut savepoint = transaction.transaction()?;
    let rows = ledger::read(&mut savepoint);
    savepoint.rollback()?;
    let rows = match rows {
        Ok(Some(rows)) => rows,
        Ok(None) => {
            let finding = Finding {
                help: vec![format!(
                    "`cargo xtask db-migrate {name}` makes it, with the first migration that it applies"
                )],
                ..Finding::new(
                    "no-ledger",
                    LEDGER,
                    "there is no ledger: nothing says which migrations are applied",
                )
            };
            return Ok((Ledger::Unknown, vec![finding]));
        }
        Err(LedgerError::Server(error)) if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            return Err(Reports::from(Report::of_error(&error)).into());
        }
        Err(error) => {
            let report = Report::from(error);
            let message = format!("the ledger could not be read: {}", report.message);
            let finding = Finding {
                help: report.help,
                ..Finding::new("unreadable", LEDGER, message)
            };
            return Ok((Ledger::Unknown, vec![finding]));
        }
    };
    let (mut recorded, mut findings) = (Vec::new(), Vec::new());
    for entry in compare(files, &rows) {
        findings.extend(of_entry(transaction, name, &entry)?);
        let file = files.iter().position(|file| file.version == entry.version);
        match (entry.state, file, entry.applied) {
            (State::Pending | State::OutOfOrder, ..) => {}
            (State::Interrupted, ..) => recorded.push(Recorded::HalfDone),
            (_, Some(file), _) => recorded.push(Recorded::File(file)),
            (_, None, Some(row)) => {
                let texts = ledger::texts(transaction, entry.version)?;
                recorded.push(Recorded::Kept(Box::new((row.clone(), texts))));
            }
            (_, None, None) => {}
        }
    }
    Ok((Ledger::Rows(recorded), findings))
}

/// What is wrong with a migration, if anything is.
fn of_entry(transaction: &mut Transaction<'_>, name: &str, entry: &Entry<'_, '_>) -> Result<Option<Finding>> {
    let object = format!("migration {}", entry.stem());
    let migrate = format!("`cargo xtask db-migrate {name}`");
    let finding = match entry.state {
        State::Applied => return Ok(None),
        State::Pending => Finding {
            help: vec![format!("{migrate} applies it")],
            ..Finding::new("pending", object, "it is not applied yet")
        },
        State::Interrupted => Finding {
            help: vec![format!("{migrate} goes on where it stopped")],
            ..Finding::new(
                "half-done",
                object,
                "it runs statement by statement, and stopped half-way",
            )
        },
        State::OutOfOrder | State::InterruptedRollback | State::Changed | State::Missing => {
            let rule = match entry.state {
                State::OutOfOrder => "out-of-order",
                State::InterruptedRollback => "half-done",
                State::Changed => "changed",
                _ => "missing",
            };
            let report = obstacle::report(transaction, entry);
            let help = report.help.iter().map(|help| help.replace("<database>", name));
            let mut finding = Finding {
                help: help.collect(),
                ..Finding::new(rule, object, report.message)
            };
            if let (State::Changed, Some(file)) = (entry.state, entry.migration) {
                let applied = ledger::texts(transaction, entry.version)?.up;
                if obstacle::means_the_same(&applied, &file.up.text) {
                    finding.message += "; only comments or white space differ";
                }
                (finding.expected, finding.found) = (Some(file.up.text.clone()), Some(applied));
            }
            finding
        }
    };
    Ok(Some(finding))
}
