//! `db-verify`: what it says of a database that is as the files say, and of one that is not.

mod build;
mod changes;
mod reports;

use serde_json::Value;
use xtask::guard::Mark;
use xtask::guard::facts::write_mark;
use xtask::schema::advice;

use crate::harness::program::Ended;
use crate::harness::{Sandbox, TestDatabase};

/// A database that was migrated from the files of a workspace, and is marked as the tests' own.
pub struct Case {
    pub database: TestDatabase,
    pub sandbox: Sandbox,
}

impl Case {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(files));
        let case = Self { database, sandbox };
        case.mark(Mark::Test);
        case.sandbox.run_on(&case.database, &["db-migrate"]).expect(0);
        case
    }

    pub fn mark(&self, mark: Mark) {
        write_mark(&mut self.database.connect(), mark).unwrap();
    }

    /// Changes the database by hand.
    pub fn by_hand(&self, sql: &str) {
        self.database.connect().batch_execute(sql).unwrap();
    }

    pub fn verify(&self, more: &[&str]) -> Ended {
        self.sandbox
            .run_on(&self.database, &[&["db-verify", "shop"], more].concat())
    }

    /// The findings, each as `rule: subject`.
    #[track_caller]
    pub fn findings(&self) -> Vec<String> {
        findings(&self.verify(&["--json"]))
    }
}

/// The findings of a run with `--json` that are no advice, each as `rule: subject`.
#[track_caller]
pub fn findings(ended: &Ended) -> Vec<String> {
    let is_advice = |finding: &String| advice::rules().any(|rule| finding.starts_with(&format!("{rule}: ")));
    all_findings(ended)
        .into_iter()
        .filter(|finding| !is_advice(finding))
        .collect()
}

/// All findings of a run with `--json`, each as `rule: subject`; the exit code says whether there are any.
#[track_caller]
pub fn all_findings(ended: &Ended) -> Vec<String> {
    let value: Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err));
    assert_eq!(value["databases"][0]["status"], "done", "{}{}", ended.out, ended.err);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found: Vec<String> = value["databases"][0]["result"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| format!("{}: {}", text(&finding["rule"]), text(&finding["subject"])))
        .collect();
    assert_eq!(ended.code, if found.is_empty() { 0 } else { 3 }, "{}", ended.out);
    found
}
