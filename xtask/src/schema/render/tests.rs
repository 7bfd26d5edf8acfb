//! What the text looks like, on small schemas made by hand.

use super::relation::{index, trigger};
use super::*;
use crate::schema::model::{
    Action, Column, Constraint, ConstraintKind, Extension, Grant, Index, Policy, Relation, RelationKind, Trigger,
};

pub(in crate::schema) fn table(name: &str) -> Relation {
    Relation {
        schema: "public".to_owned(),
        name: name.to_owned(),
        kind: RelationKind::Table,
        unlogged: false,
        partition_key: None,
        partition_bound: None,
        parents: Vec::new(),
        of_type: None,
        access_method: None,
        options: Vec::new(),
        row_security: None,
        replica_identity: None,
        server: None,
        server_options: Vec::new(),
        definition: None,
        comment: None,
        details: Vec::new(),
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        statistics: Vec::new(),
        triggers: Vec::new(),
        rules: Vec::new(),
        policies: Vec::new(),
        grants: Vec::new(),
    }
}

pub(in crate::schema) fn column_of(name: &str, type_name: &str) -> Column {
    Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        ..Column::default()
    }
}

fn constraint(kind: ConstraintKind, name: &str, definition: &str) -> Constraint {
    Constraint {
        kind,
        name: name.to_owned(),
        definition: definition.to_owned(),
        comment: None,
        details: Vec::new(),
    }
}

fn render_relation(relation: Relation) -> String {
    render(&Schema {
        relations: vec![relation],
        ..Schema::default()
    })
}

#[test]
fn an_empty_schema_is_an_empty_text() {
    assert_eq!(render(&Schema::default()), "");
}

#[test]
fn a_table_is_a_header_columns_and_what_hangs_below_them() {
    let mut profiles = table("profiles");
    profiles.comment = Some("People\nand their names".to_owned());
    profiles.row_security = Some("enabled".to_owned());
    profiles.columns = vec![
        Column {
            not_null: true,
            default: Some("gen_random_uuid()".to_owned()),
            ..column_of("id", "uuid")
        },
        Column {
            comment: Some("As they want to be called".to_owned()),
            ..column_of("name", "text")
        },
    ];
    profiles.constraints = vec![
        constraint(ConstraintKind::PrimaryKey, "profiles_pkey", "PRIMARY KEY (id)"),
        constraint(
            ConstraintKind::Check,
            "profiles_name_check",
            "CHECK ((name <> ''::text)) NOT VALID",
        ),
    ];
    profiles.policies = vec![Policy {
        name: "own".to_owned(),
        permissive: true,
        command: "select".to_owned(),
        roles: vec!["authenticated".to_owned()],
        using: Some("(id = auth.uid())".to_owned()),
        check: None,
        comment: None,
    }];
    profiles.grants = vec![Grant {
        action: Action::Grant,
        role: "anon".to_owned(),
        column: Some("name".to_owned()),
        privileges: vec!["select".to_owned(), "update".to_owned()],
        grantable: false,
    }];
    assert_eq!(
        render_relation(profiles),
        "\
table public.profiles
  -- People
  -- and their names
  row level security enabled
  id                          uuid                        not null  default gen_random_uuid()
  name                        text
    -- As they want to be called

  primary key   profiles_pkey                           (id)
  check         profiles_name_check                     (name <> ''::text) NOT VALID
  policy        own                                     for select to authenticated
    using (id = auth.uid())
  grant         select (name), update (name) to anon
"
    );
}

#[test]
fn a_new_long_name_moves_no_other_line() {
    let mut before = table("t");
    before.columns = vec![column_of("id", "uuid"), column_of("at", "date")];
    let mut after = before.clone();
    after
        .columns
        .push(column_of(&"x".repeat(63), "timestamp(6) without time zone"));
    let (before, after) = (render_relation(before), render_relation(after));
    assert!(after.starts_with(&before), "{after}");
    assert!(after.lines().count() == before.lines().count() + 1);
}

#[test]
fn an_index_and_a_trigger_with_hostile_names_lose_only_what_the_block_says() {
    let hostile = "\" USING ON public.t \"";
    let mut item = Index {
        name: hostile.to_owned(),
        table: "public.t".to_owned(),
        definition: format!("CREATE UNIQUE INDEX {hostile} ON ONLY public.t USING btree (a) WHERE (a > 0)"),
        valid: false,
        clustered: true,
        comment: None,
        details: Vec::new(),
    };
    assert_eq!(index(&item), "unique btree (a) WHERE (a > 0) (clustered) (INVALID)");
    item.table = "unknown".to_owned();
    assert!(index(&item).starts_with("CREATE UNIQUE INDEX"));

    let item = Trigger {
        name: hostile.to_owned(),
        table: "public.t".to_owned(),
        definition: format!(
            "CREATE CONSTRAINT TRIGGER {hostile} AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f(' ON public.t ')"
        ),
        state: Some("disabled".to_owned()),
        comment: None,
        details: Vec::new(),
    };
    assert_eq!(
        trigger(&item),
        "constraint AFTER INSERT FOR EACH ROW EXECUTE FUNCTION public.f(' ON public.t ') (disabled)"
    );
}

#[test]
fn a_function_keeps_its_body_and_loses_windows_line_ends() {
    let function = Routine {
        schema: "public".to_owned(),
        name: "f".to_owned(),
        kind: RoutineKind::Function,
        arguments: "a integer DEFAULT 1".to_owned(),
        identity: "integer".to_owned(),
        definition: "CREATE OR REPLACE FUNCTION public.f(a integer DEFAULT 1)\n RETURNS integer\n LANGUAGE sql\n STABLE\nAS $function$\r\n  SELECT 1\n\nAS x$function$\n"
            .to_owned(),
        comment: None,
        details: Vec::new(),
        grants: Vec::new(),
    };
    assert_eq!(
        routine(&function).text(),
        "\
function public.f(a integer DEFAULT 1)
  RETURNS integer
  LANGUAGE sql
  STABLE
  AS $function$
    SELECT 1

  AS x$function$
"
    );
}

#[test]
fn a_line_break_in_a_name_does_not_look_like_a_new_line() {
    let mut relation = table("\"a\ntable public.b\"");
    relation.columns = vec![column_of("\"x\r\ny\"", "text")];
    let text = render_relation(relation);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("table public.\"a␊table public.b\"\n"));
}

#[test]
fn an_enum_has_a_line_a_label_and_a_sequence_says_what_is_not_default() {
    let mood = Type {
        schema: "public".to_owned(),
        name: "mood".to_owned(),
        kind: TypeKind::Enum,
        labels: vec!["sad".to_owned(), "o'k".to_owned()],
        attributes: Vec::new(),
        definition: None,
        constraints: Vec::new(),
        comment: None,
        details: Vec::new(),
        grants: Vec::new(),
    };
    assert_eq!(type_block(&mood).text(), "enum public.mood\n  'sad'\n  'o''k'\n");

    let mut options = SequenceOptions {
        type_name: "integer".to_owned(),
        start: 1,
        increment: 1,
        minimum: 1,
        maximum: i64::from(i32::MAX),
        cache: 1,
        cycle: false,
    };
    assert_eq!(counting(&options), [""; 0]);
    (options.start, options.cycle) = (5, true);
    assert_eq!(counting(&options), ["start 5", "cycle"]);
    let descending = SequenceOptions {
        increment: -1,
        minimum: i64::from(i32::MIN),
        maximum: -1,
        start: -1,
        cycle: false,
        ..options
    };
    assert_eq!(counting(&descending), ["increment -1"]);
}

#[test]
fn objects_are_grouped_by_schema_and_parted_by_one_empty_line() {
    let mut other = table("a");
    other.schema = "app".to_owned();
    let text = render(&Schema {
        extensions: ["citext", "vector"]
            .map(|name| Extension {
                name: name.to_owned(),
                schema: "public".to_owned(),
                comment: None,
            })
            .to_vec(),
        namespaces: vec![Namespace {
            name: "app".to_owned(),
            ..Namespace::default()
        }],
        relations: vec![other, table("b")],
        ..Schema::default()
    });
    assert_eq!(
        text,
        "\
extension     citext                      schema public
extension     vector                      schema public

schema app

table app.a

table public.b
"
    );
}
