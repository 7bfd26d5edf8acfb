//! What goes with what is deleted, and what keeps it from being deleted.

use postgres::error::SqlState;

use super::{ADA, ADMIN, SPARE, UNPUBLISHED, count, error_of, fill, row, sign_in, with_rows};

/// Which row is deleted, by its table's number, and how many are left of a table.
const DELETE_RULES: &[(&str, &str, i64)] = &[
    ("auth.users WHERE id = '{user}'", "user_profiles", 2),
    ("auth.users WHERE id = '{user}'", "questionnaire_sessions", 1),
    ("auth.users WHERE id = '{user}'", "questionnaire_responses", 1),
    ("auth.users WHERE id = '{user}'", "weekly_discoveries", 1),
    ("auth.users WHERE id = '{user}'", "discovered_automations", 1),
    ("auth.users WHERE id = '{user}'", "user_automations", 1),
    ("auth.users WHERE id = '{user}'", "automation_progress", 1),
    ("auth.users WHERE id = '{user}'", "subscriptions", 1),
    ("auth.users WHERE id = '{user}'", "usage_metrics", 1),
    ("auth.users WHERE id = '{user}'", "automations", 4),
    (
        "questionnaire_sessions WHERE id = '{row 2 u}'",
        "questionnaire_responses",
        1,
    ),
    ("weekly_discoveries WHERE id = '{row 8 u}'", "discovered_automations", 1),
    ("user_automations WHERE id = '{row 10 u}'", "automation_progress", 1),
    ("automations WHERE id = '{row 4 c}'", "automation_tools", 3),
    ("automations WHERE id = '{row 4 c}'", "implementation_steps", 4),
    ("automations WHERE id = '{row 4 c}'", "step_media", 3),
    ("implementation_steps WHERE id = '{row 6 f}'", "step_media", 3),
    ("implementation_steps WHERE id = '{row 6 f}'", "automations", 4),
];

#[test]
fn what_belongs_to_a_row_goes_with_it() {
    with_rows(|transaction| {
        for (deleted, left, expected) in DELETE_RULES {
            let mut savepoint = transaction.transaction().unwrap();
            let delete = fill(&format!("DELETE FROM {deleted}"), ADA);
            assert_eq!(savepoint.execute(&delete, &[]).unwrap(), 1, "{delete}");
            assert_eq!(count(&mut savepoint, left), *expected, "{left} after {delete}");
            savepoint.rollback().unwrap();
        }
    });
}

#[test]
fn what_a_user_deletes_goes_whole_though_no_policy_lets_them_reach_further() {
    with_rows(|transaction| {
        sign_in(transaction, &row(0, ADA));
        for table in ["questionnaire_sessions", "weekly_discoveries", "user_automations"] {
            assert_eq!(transaction.execute(&format!("DELETE FROM {table}"), &[]).unwrap(), 1);
        }
        transaction.batch_execute("RESET ROLE").unwrap();
        for table in [
            "questionnaire_responses",
            "discovered_automations",
            "automation_progress",
        ] {
            assert_eq!(count(transaction, table), 1, "Ben's, in {table}");
        }
    });
}

#[test]
fn an_automation_that_somebody_has_been_shown_or_has_taken_up_is_not_deleted_and_can_be_unpublished() {
    with_rows(|transaction| {
        sign_in(transaction, &row(0, ADMIN));
        let deletes = [
            ("automations", "DELETE FROM automations WHERE id = '{row 4 d}'"),
            ("steps", "DELETE FROM implementation_steps WHERE id = '{row 6 d}'"),
        ];
        // PostgreSQL 18 has a code of its own for RESTRICT.
        let kept = [SqlState::FOREIGN_KEY_VIOLATION, SqlState::RESTRICT_VIOLATION];
        for (what, delete) in deletes {
            let error = error_of(transaction, &fill(delete, ADA)).unwrap_or_else(|| panic!("{what} were deleted"));
            assert!(kept.contains(error.code()), "{what}: {error}");
        }
        for shown in ["user_automations", "discovered_automations"] {
            let mut savepoint = transaction.transaction().unwrap();
            let other = if shown == "user_automations" {
                "discovered_automations"
            } else {
                "user_automations"
            };
            savepoint.batch_execute(&format!("DELETE FROM {other}")).unwrap();
            let error = error_of(&mut savepoint, &fill(deletes[0].1, ADA));
            assert!(
                error.is_some_and(|error| kept.contains(error.code())),
                "kept by {shown} alone"
            );
            savepoint.rollback().unwrap();
        }
        let unpublish = fill("UPDATE automations SET published = false WHERE id = '{row 4 d}'", ADA);
        assert_eq!(transaction.execute(&unpublish, &[]).unwrap(), 1);
        for letter in [SPARE, UNPUBLISHED] {
            let delete = format!("DELETE FROM automations WHERE id = '{}'", row(4, letter));
            assert_eq!(transaction.execute(&delete, &[]).unwrap(), 1);
        }
        transaction.batch_execute("RESET ROLE").unwrap();
        sign_in(transaction, &row(0, ADA));
        assert_eq!(count(transaction, "automations"), 1, "Ben's; Ada's is out of sight");
        assert_eq!(count(transaction, "user_automations"), 1, "and still hers");
    });
}
