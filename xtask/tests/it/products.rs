//! The products of this workspace: what their migrations, seeds and contracts promise.

use crate::harness::TestDatabase;

#[test]
fn the_dashboard_has_20_tables() {
    let database = TestDatabase::of("dashboard");
    let tables: i64 = database
        .connect()
        .query_one(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'schema\\_m%'",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(tables, 20);
}
