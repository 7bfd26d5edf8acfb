//! How fast `promptpal` answers a signed-in user, and what of it is the work of row level security.
//!
//! Each select is for one user after the other among 100,000 prompts of 100 users: as `authenticated` with the user's claims, and, in the
//! same round, as `service_role`, for which no policy holds and which names the user in its condition. The clock runs from the sending
//! of the select to its last row; the claims are set before.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use postgres::types::Type;
use postgres::{Client, SimpleQueryMessage};
use xtask::schema::contract;

use crate::Benchmark;
use crate::figures::{in_order, quantile};
use crate::migrate;
use crate::migrate::workload::Workload;
use crate::server::Server;

/// Selects of a signed-in user.
pub const BENCHMARK: Benchmark = Benchmark {
    header: &[
        "select",
        "sent",
        "runs",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "most ms",
        "by hand p50",
        "by hand p99",
        "ratio",
    ],
    parts: &[("promptpal", promptpal)],
};

/// Selects of the contract, with what stands for their parameters.
const OF_THE_CONTRACT: [(&str, &[&str]); 4] = [
    ("prompts of a user, newest first", &["{user}"]),
    ("prompts in a folder", &["{user}", "{folder}"]),
    ("folders of a user by name", &["{user}"]),
    ("modules of a prompt in their order", &["{prompt}"]),
];

/// Selects that leave it to the policy whose rows they are; who has none adds `{mine}`.
const OF_THE_POLICY: [(&str, &str); 3] = [
    (
        "a prompt by its id",
        "SELECT id, folder_id, title, description FROM prompts WHERE id = {prompt}::uuid{mine}",
    ),
    (
        "newest first, the user not named",
        "SELECT id, folder_id, title, description, created_at, updated_at FROM prompts WHERE deleted_at IS NULL{mine}
         ORDER BY created_at DESC LIMIT 50",
    ),
    (
        "number of live prompts",
        "SELECT count(*) FROM prompts WHERE deleted_at IS NULL{mine}",
    ),
];

/// A select with `{user}`, `{folder}` and `{prompt}` in it.
struct Select {
    name: &'static str,
    signed_in: String,
    /// The same rows where no policy holds.
    by_hand: String,
}

/// Whom a run is for and what they look at, as UUIDs: a user, a folder of theirs and a prompt in it.
type Subject = [String; 3];

/// How a select reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// Once for all runs; a run sends its parameters.
    Prepared,
    /// As text, with literals.
    Simple,
}

fn promptpal(server: &Server) -> Result<Vec<Vec<String>>> {
    let workload = Workload::product("promptpal")?;
    let database = migrate::applied(server, &workload)?;
    let mut client = server.connect(&database)?;
    for statement in include_str!("promptpal/rows.sql").split_inclusive(";\n") {
        client.batch_execute(statement)?;
    }
    let subjects = subjects(&mut client)?;
    let mut sessions = [
        session(server, &database, "authenticated", true)?,
        session(server, &database, "service_role", false)?,
    ];
    let mut rows = Vec::new();
    for select in selects(&workload)? {
        for sent in [Sent::Prepared, Sent::Simple] {
            let times =
                times(&mut sessions, &select, sent, &subjects).with_context(|| format!("{}: {sent:?}", select.name))?;
            rows.push(row(&select, sent, &times));
        }
    }
    drop((client, sessions));
    server.drop_database(&database)?;
    Ok(rows)
}

/// Thirty prompts of each user; no user comes twice before all others have come.
fn subjects(client: &mut Client) -> Result<Vec<Subject>> {
    let query = "SELECT user_id::text, folder_id::text, id::text
        FROM (SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY md5(id::text)) AS turn FROM prompts WHERE deleted_at IS NULL) AS prompt
        WHERE turn <= 30 ORDER BY turn, user_id";
    let rows = client.query(query, &[])?;
    ensure!(rows.len() == 3000, "{} prompts were drawn", rows.len());
    Ok(rows
        .iter()
        .map(|row| std::array::from_fn(|column| row.get(column)))
        .collect())
}

/// A connection as `role`, for which policies hold or don't.
fn session(server: &Server, database: &str, role: &str, bound: bool) -> Result<Client> {
    let mut client = server.connect(database)?;
    client.batch_execute(&format!("SET ROLE {role}"))?;
    let active: bool = client
        .query_one("SELECT row_security_active('public.prompts')", &[])?
        .get(0);
    ensure!(active == bound, "row level security of `{role}`: {active}");
    Ok(client)
}

fn selects(workload: &Workload) -> Result<Vec<Select>> {
    let path = workload
        .workspace
        .database(&workload.name)?
        .migrations
        .join("contract.sql");
    let contract = contract::parse(&std::fs::read_to_string(path)?)?;
    let mut selects = Vec::new();
    for (name, parameters) in OF_THE_CONTRACT {
        let clause = contract.clauses.iter().find(|clause| clause.name == name);
        let mut sql = clause
            .with_context(|| format!("the contract has no `{name}`"))?
            .sql
            .clone();
        for (index, parameter) in parameters.iter().enumerate() {
            sql = sql.replace(&format!("${}", index + 1), parameter);
        }
        let mine =
            "EXISTS (SELECT FROM prompts AS prompt WHERE prompt.id = prompt_id AND prompt.user_id = {user}::uuid)";
        let by_hand = if parameters.contains(&"{user}") {
            sql.clone()
        } else {
            sql.replace("WHERE", &format!("WHERE {mine} AND"))
        };
        selects.push(Select {
            name,
            signed_in: sql,
            by_hand,
        });
    }
    selects.extend(OF_THE_POLICY.map(|(name, sql)| Select {
        name,
        signed_in: sql.replace("{mine}", ""),
        by_hand: sql.replace("{mine}", " AND user_id = {user}::uuid"),
    }));
    Ok(selects)
}

/// The times of the signed-in session and of the other one, in the order of the subjects.
fn times(sessions: &mut [Client; 2], select: &Select, sent: Sent, subjects: &[Subject]) -> Result<[Vec<Duration>; 2]> {
    let texts = [&select.signed_in, &select.by_hand];
    let mut statements = Vec::new();
    for (session, text) in sessions.iter_mut().zip(texts) {
        let names = ["$1", "$2", "$3"].map(str::to_owned);
        statements.push(session.prepare_typed(&filled(text, &names), &[Type::TEXT, Type::TEXT, Type::TEXT])?);
    }
    let mut times = [Vec::new(), Vec::new()];
    for (round, subject) in subjects.iter().enumerate() {
        let [user, folder, prompt] = subject;
        let claims = format!(r#"{{"sub": "{user}", "role": "authenticated"}}"#);
        let literals = [user, folder, prompt].map(|id| format!("'{id}'"));
        let mut answers = [Vec::new(), Vec::new()];
        // Each goes first in every other round.
        for who in [round % 2, 1 - round % 2] {
            let (session, text) = (&mut sessions[who], filled(texts[who], &literals));
            // For both, though it decides for the first only: so that neither server process has to be woken up by its select.
            session.execute("SELECT set_config('request.jwt.claims', $1, false)", &[&claims])?;
            let start = Instant::now();
            answers[who] = match sent {
                Sent::Prepared => {
                    let rows = session.query(&statements[who], &[user, folder, prompt])?;
                    times[who].push(start.elapsed());
                    vec![rows.len().to_string()]
                }
                Sent::Simple => {
                    let messages = session.simple_query(&text)?;
                    times[who].push(start.elapsed());
                    cells(&messages)
                }
            };
        }
        let [signed_in, by_hand] = answers;
        ensure!(
            signed_in == by_hand,
            "{subject:?}: {signed_in:?} for the user, {by_hand:?} by hand"
        );
        ensure!(!signed_in.is_empty() && signed_in != ["0"], "{subject:?}: no row");
    }
    Ok(times)
}

fn filled(sql: &str, [user, folder, prompt]: &Subject) -> String {
    sql.replace("{user}", user)
        .replace("{folder}", folder)
        .replace("{prompt}", prompt)
}

/// All values of an answer, one after the other.
fn cells(messages: &[SimpleQueryMessage]) -> Vec<String> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.flat_map(|row| (0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()))
        .collect()
}

fn row(select: &Select, sent: Sent, [signed_in, by_hand]: &[Vec<Duration>; 2]) -> Vec<String> {
    let mut ratios: Vec<f64> = signed_in
        .iter()
        .zip(by_hand)
        .map(|(signed_in, by_hand)| signed_in.as_secs_f64() / by_hand.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (signed_in, by_hand) = (in_order(signed_in), in_order(by_hand));
    let mut row = vec![
        select.name.to_owned(),
        format!("{sent:?}").to_lowercase(),
        signed_in.len().to_string(),
    ];
    row.extend([0.5, 0.95, 0.99, 1.0].map(|part| format!("{:.2}", quantile(&signed_in, part))));
    row.extend([0.5, 0.99].map(|part| format!("{:.2}", quantile(&by_hand, part))));
    row.push(format!("{:.2}", quantile(&ratios, 0.5)));
    row
}
