//! What a statement does to the transaction it runs in, told from its text alone.
//!
//! Invariant: a statement is [`Kind::OutsideTransaction`] exactly when servers 14–18 refuse it inside a
//! transaction block whatever the state of the database is (`PreventInTransactionBlock` in the server's sources,
//! the Notes of each command at <https://www.postgresql.org/docs/current/sql-commands.html>).
//!
//! Refused too, but for what the database holds, and so told by the server alone: `REINDEX` and `CLUSTER` of a
//! partitioned table or index, and `DROP SUBSCRIPTION` while the subscription has a replication slot.

use super::cursor::Cursor;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// At home in a transaction, and leaves it open.
    Ordinary,
    /// `BEGIN`, `START TRANSACTION`. The text may state transaction modes: `BEGIN ISOLATION LEVEL SERIALIZABLE`.
    Begin,
    /// `COMMIT`, `END`. May be followed by `AND CHAIN`.
    Commit,
    /// `ROLLBACK`, `ABORT`. May be followed by `AND CHAIN`.
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`: fine inside a transaction.
    Savepoint,
    /// `PREPARE TRANSACTION`, `COMMIT PREPARED`, `ROLLBACK PREPARED`.
    TwoPhase,
    /// A `SET` or `RESET` that outlives the transaction: not `SET LOCAL`, `SET CONSTRAINTS`, `SET TRANSACTION`.
    Set,
    /// `COPY … FROM STDIN`, which waits for data.
    CopyFromStdin,
    /// `CALL`. A procedure may commit, which fails inside a transaction block.
    Call,
    /// `DO`. Its block may commit, which fails inside a transaction block.
    Do,
    /// Refused inside a transaction block.
    OutsideTransaction(OutsideTransaction),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutsideTransaction {
    CreateIndexConcurrently {
        /// With the schema of its table, where the server puts it. `None` when the server chooses the name.
        index: Option<QualifiedName>,
        /// `None` when the name has Unicode escapes or is missing.
        table: Option<QualifiedName>,
    },
    DropIndexConcurrently {
        indexes: Vec<QualifiedName>,
    },
    ReindexConcurrently,
    ReindexSchema,
    ReindexDatabase,
    ReindexSystem,
    Vacuum,
    /// Without a table.
    Cluster,
    CreateDatabase,
    DropDatabase,
    AlterDatabaseTablespace,
    CreateTablespace,
    DropTablespace,
    AlterSystem,
    /// With a replication slot to create, as is the default.
    CreateSubscription,
    /// `REFRESH`, or a change of the publications with `refresh` left on.
    AlterSubscriptionRefresh,
    /// Of `failover` (since version 17) or to `two_phase = false` (since 18), which change the slot.
    AlterSubscriptionSlot,
    DetachPartitionConcurrently,
    DiscardAll,
}

impl OutsideTransaction {
    /// The command as people write it.
    #[must_use]
    pub fn command_name(&self) -> &'static str {
        match self {
            Self::CreateIndexConcurrently { .. } => "CREATE INDEX CONCURRENTLY",
            Self::DropIndexConcurrently { .. } => "DROP INDEX CONCURRENTLY",
            Self::ReindexConcurrently => "REINDEX CONCURRENTLY",
            Self::ReindexSchema => "REINDEX SCHEMA",
            Self::ReindexDatabase => "REINDEX DATABASE",
            Self::ReindexSystem => "REINDEX SYSTEM",
            Self::Vacuum => "VACUUM",
            Self::Cluster => "CLUSTER",
            Self::CreateDatabase => "CREATE DATABASE",
            Self::DropDatabase => "DROP DATABASE",
            Self::AlterDatabaseTablespace => "ALTER DATABASE … SET TABLESPACE",
            Self::CreateTablespace => "CREATE TABLESPACE",
            Self::DropTablespace => "DROP TABLESPACE",
            Self::AlterSystem => "ALTER SYSTEM",
            Self::CreateSubscription => "CREATE SUBSCRIPTION",
            Self::AlterSubscriptionRefresh => "ALTER SUBSCRIPTION … REFRESH",
            Self::AlterSubscriptionSlot => "ALTER SUBSCRIPTION … SET",
            Self::DetachPartitionConcurrently => "ALTER TABLE … DETACH PARTITION CONCURRENTLY",
            Self::DiscardAll => "DISCARD ALL",
        }
    }
}

/// A name as the catalogue has it: without quotes, unquoted parts in lower case, cut to 63 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifiedName {
    pub schema: Option<String>,
    pub name: String,
}

pub(super) fn classify(statement: &str) -> Kind {
    let mut cursor = Cursor::new(statement);
    let Some(command) = cursor.word() else {
        return Kind::Ordinary;
    };
    let outside = match command.as_str() {
        "begin" => return Kind::Begin,
        "start" if cursor.accept("transaction") => return Kind::Begin,
        "commit" | "end" => return end_of_transaction(cursor, Kind::Commit),
        "rollback" | "abort" => return end_of_transaction(cursor, Kind::Rollback),
        "savepoint" | "release" => return Kind::Savepoint,
        "prepare" if cursor.accept("transaction") && cursor.accept_string() => {
            return Kind::TwoPhase;
        }
        "set" => return set(cursor),
        "reset" => return Kind::Set,
        "copy" => return copy(cursor),
        "call" => return Kind::Call,
        "do" => return Kind::Do,
        "create" => create(cursor),
        "drop" => drop_object(cursor),
        "alter" => alter(cursor),
        "reindex" => reindex(cursor),
        "vacuum" => Some(OutsideTransaction::Vacuum),
        "cluster" => cluster(cursor),
        "discard" => cursor.accept("all").then_some(OutsideTransaction::DiscardAll),
        _ => None,
    };
    outside.map_or(Kind::Ordinary, Kind::OutsideTransaction)
}

fn end_of_transaction(mut cursor: Cursor<'_>, whole: Kind) -> Kind {
    if cursor.accept("prepared") {
        return Kind::TwoPhase;
    }
    cursor.accept_any(&["work", "transaction"]);
    if cursor.accept("to") {
        return Kind::Savepoint;
    }
    whole
}

fn set(mut cursor: Cursor<'_>) -> Kind {
    let ends_with_transaction = cursor.accept_any(&["local", "constraints", "transaction"]);
    // The same words may begin the name of a setting: `SET local.colour = 'red'`.
    let is_name = cursor.accept_symbol(b'.') || cursor.accept_symbol(b'=') || cursor.accept("to");
    if ends_with_transaction && !is_name {
        Kind::Ordinary
    } else {
        Kind::Set
    }
}

/// <https://www.postgresql.org/docs/current/sql-copy.html>; the grammar takes `FROM STDOUT` for the same.
fn copy(mut cursor: Cursor<'_>) -> Kind {
    if cursor.skip_to(&["from", "to"]) == Some("from") && cursor.accept_any(&["stdin", "stdout"]) {
        Kind::CopyFromStdin
    } else {
        Kind::Ordinary
    }
}

fn create(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    if cursor.accept("database") {
        Some(OutsideTransaction::CreateDatabase)
    } else if cursor.accept("tablespace") {
        Some(OutsideTransaction::CreateTablespace)
    } else if cursor.accept("subscription") {
        create_subscription(cursor)
    } else {
        cursor.accept("unique");
        cursor
            .accept_all(&["index", "concurrently"])
            .then(|| create_index(cursor))
    }
}

/// <https://www.postgresql.org/docs/current/sql-createindex.html>
fn create_index(mut cursor: Cursor<'_>) -> OutsideTransaction {
    cursor.accept_all(&["if", "not", "exists"]);
    let name = if cursor.accept("on") {
        None
    } else {
        let name = cursor.qualified_name();
        cursor.skip_to(&["on"]);
        name
    };
    cursor.accept("only");
    let table = cursor.qualified_name();
    let schema = table.as_ref().and_then(|table| table.schema.clone());
    OutsideTransaction::CreateIndexConcurrently {
        index: name.map(|QualifiedName { name, .. }| QualifiedName { schema, name }),
        table,
    }
}

/// <https://www.postgresql.org/docs/current/sql-createsubscription.html>: `connect = false` makes `create_slot`
/// false, and `slot_name = NONE` demands it.
fn create_subscription(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    cursor.skip_to(&["with"]);
    let options = cursor.options();
    let without_slot =
        options.is_off("create_slot") || options.is_off("connect") || is_none(options.value("slot_name"));
    (!without_slot).then_some(OutsideTransaction::CreateSubscription)
}

fn is_none(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("none"))
}

fn drop_object(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    if cursor.accept("database") {
        Some(OutsideTransaction::DropDatabase)
    } else if cursor.accept("tablespace") {
        Some(OutsideTransaction::DropTablespace)
    } else if cursor.accept_all(&["index", "concurrently"]) {
        cursor.accept_all(&["if", "exists"]);
        Some(OutsideTransaction::DropIndexConcurrently {
            indexes: cursor.qualified_names(),
        })
    } else {
        None
    }
}

fn alter(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    if cursor.accept("system") {
        Some(OutsideTransaction::AlterSystem)
    } else if cursor.accept("database") {
        cursor.skip_name();
        cursor.accept_any(&["set", "with"]);
        cursor
            .accept("tablespace")
            .then_some(OutsideTransaction::AlterDatabaseTablespace)
    } else if cursor.accept("subscription") {
        alter_subscription(cursor)
    } else if cursor.accept("table") {
        alter_table(cursor)
    } else {
        None
    }
}

/// <https://www.postgresql.org/docs/current/sql-altersubscription.html>
fn alter_subscription(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    cursor.skip_name();
    if cursor.accept("refresh") {
        return Some(OutsideTransaction::AlterSubscriptionRefresh);
    }
    cursor.accept_any(&["set", "add", "drop"]);
    if cursor.accept("publication") {
        cursor.skip_to(&["with"]);
        let refreshes = !cursor.options().is_off("refresh");
        return refreshes.then_some(OutsideTransaction::AlterSubscriptionRefresh);
    }
    let options = cursor.options();
    let changes_slot = options.contains("failover") || options.is_off("two_phase");
    changes_slot.then_some(OutsideTransaction::AlterSubscriptionSlot)
}

/// <https://www.postgresql.org/docs/current/sql-altertable.html>, `DETACH PARTITION`.
fn alter_table(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    // A table may be called `detach`, so the first one found need not be the keyword.
    while cursor.skip_to(&["detach"]).is_some() {
        if cursor.accept("partition") {
            cursor.skip_to(&["concurrently"])?;
            return Some(OutsideTransaction::DetachPartitionConcurrently);
        }
    }
    None
}

/// <https://www.postgresql.org/docs/current/sql-reindex.html>
fn reindex(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    let options = cursor.options();
    let target = cursor.word()?;
    if cursor.accept("concurrently") || options.is_on("concurrently") {
        return Some(OutsideTransaction::ReindexConcurrently);
    }
    match target.as_str() {
        "schema" => Some(OutsideTransaction::ReindexSchema),
        "database" => Some(OutsideTransaction::ReindexDatabase),
        "system" => Some(OutsideTransaction::ReindexSystem),
        _ => None,
    }
}

/// <https://www.postgresql.org/docs/current/sql-cluster.html>
fn cluster(mut cursor: Cursor<'_>) -> Option<OutsideTransaction> {
    cursor.options();
    cursor.accept("verbose");
    cursor.at_end().then_some(OutsideTransaction::Cluster)
}
