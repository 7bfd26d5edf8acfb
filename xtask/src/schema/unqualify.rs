//! Views of PostgreSQL 14 and 15, written as newer servers write them.
//!
//! Up to PostgreSQL 15 the stored query of a view holds two hidden tables, `old` and `new`, and so its deparser thinks that there is
//! more than one table and writes `SELECT ev.id FROM ev`. From 16 on it writes `SELECT id FROM ev`, wherever the query itself, not one
//! inside it, reads exactly one item: a table, a function, a subquery. That is the whole difference, held by a test over some 100
//! views to five major versions. Subqueries, rules, policies and bodies of functions are written alike by all of them.
//!
//! [`unqualify`] takes those qualifiers away, token by token, on the old servers alone; what new ones write stays as it is. Two
//! different views can't become equal: on an old server each column of such a query carries the qualifier, and all lose the same.
//! The newer form is the goal and not the older one, since to add a qualifier one has to know which word is a column.
//!
//! Not normalised, since the text alone does not tell:
//! - a table or an alias called `old` or `new`, which old servers rename to `old_1`, `new_1`;
//! - `XMLSERIALIZE`, behind which new servers write `NO INDENT`;
//! - an `ORDER BY` of a column that has the name of another output column, on releases before late 2024: `ORDER BY kind` of
//!   `SELECT id AS kind` is what later ones write as `ORDER BY ev.kind`, as is done here.

use crate::pg::lex;

/// Words that a clause behind FROM begins with.
const CLAUSES: &[&str] = &[
    "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", ";",
];
const SET_OPERATORS: &[&str] = &["UNION", "INTERSECT", "EXCEPT"];

/// The query of a view, `pg_get_viewdef` of PostgreSQL 14 or 15 with an empty search path, as 16 and newer write it. A text of a
/// shape that is not known stays as it is.
pub(super) fn unqualify(view: &str) -> String {
    let Some(query) = Query::parse(view) else {
        return view.to_owned();
    };
    let mut unqualified = String::with_capacity(view.len());
    let mut copied = 0;
    for column in query.columns() {
        unqualified += &view[copied..query.tokens[column].start];
        copied = query.tokens[column + 2].start;
    }
    unqualified + &view[copied..]
}

struct Token<'a> {
    text: &'a str,
    start: usize,
    /// Of an opening parenthesis, the index of the one that closes it.
    closing: Option<usize>,
}

impl Token<'_> {
    /// Whether it is a name, quoted or not. The server writes its own words in upper case, and quotes names that have any.
    fn is_name(&self) -> bool {
        self.text.starts_with('"')
            || (self
                .text
                .starts_with(|first: char| first.is_alphabetic() || first == '_')
                && !self
                    .text
                    .contains(|letter: char| letter.is_ascii_uppercase() || letter == '\''))
    }
}

/// A query whose columns old servers qualify and new ones don't: it reads one item, and no set operator joins it to another.
struct Query<'a> {
    tokens: Vec<Token<'a>>,
    /// The name of the item that it reads.
    qualifier: &'a str,
    /// The tokens of its FROM clause, in which no column of it can be.
    from: std::ops::Range<usize>,
    /// The name of each output column with the tokens of its expression.
    outputs: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Query<'a> {
    fn parse(view: &'a str) -> Option<Self> {
        let tokens = tokens(view)?;
        let level = level(&tokens, 0, tokens.len());
        let at = |word: &str| level.iter().position(|index| tokens[*index].text == word);
        if level.iter().any(|index| SET_OPERATORS.contains(&tokens[*index].text)) {
            return None;
        }
        let mut query = Self {
            qualifier: "\"*VALUES*\"",
            from: 0..0,
            outputs: Vec::new(),
            tokens: Vec::new(),
        };
        if let Some(select) = at("SELECT") {
            let from = at("FROM")?;
            let end = (from..level.len()).find(|index| CLAUSES.contains(&tokens[level[*index]].text))?;
            query.qualifier = only_item(&tokens, &level[from + 1..end])?;
            query.from = level[from]..level[end];
            query.outputs = outputs(&tokens, &level[select + 1..from]);
        } else {
            at("VALUES")?;
        }
        query.tokens = tokens;
        Some(query)
    }

    /// The indices of the qualifiers to take away.
    fn columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        self.walk(0, self.tokens.len(), false, &mut columns);
        columns
    }

    /// Goes through the tokens of one pair of parentheses; `sorting` says that they are a list to sort by.
    fn walk(&self, start: usize, end: usize, mut sorting: bool, columns: &mut Vec<usize>) {
        let mut index = start;
        while index < end {
            let token = &self.tokens[index];
            if self.from.contains(&index) {
                index = self.from.end;
                continue;
            }
            if let Some(closing) = token.closing {
                if !is_query(&self.tokens, index, closing) {
                    let distinct_on = self.before(index, 1) == "ON" && self.before(index, 2) == "DISTINCT";
                    self.walk(index + 1, closing, distinct_on, columns);
                }
                index = closing;
                continue;
            }
            match token.text {
                "BY" => sorting = self.before(index, 1) != "GROUP",
                "GROUP" | "WINDOW" | "LIMIT" | "OFFSET" | "FETCH" | "FOR" | "ROWS" | "RANGE" | "GROUPS" => {
                    sorting = false;
                }
                _ if self.is_column(index) && !(sorting && self.is_ambiguous(index)) => columns.push(index),
                _ => {}
            }
            index += 1;
        }
    }

    /// The text of the token that stands `distance` before `index`.
    fn before(&self, index: usize, distance: usize) -> &'a str {
        index.checked_sub(distance).map_or("", |index| self.tokens[index].text)
    }

    fn after(&self, index: usize, distance: usize) -> &'a str {
        self.tokens.get(index + distance).map_or("", |token| token.text)
    }

    /// Whether a column of the item is named here, and not a function, a type or a collation in a schema of its name.
    fn is_column(&self, index: usize) -> bool {
        let is_type = self.before(index, 1) == ":" && self.before(index, 2) == ":";
        self.tokens[index].text == self.qualifier
            && self.after(index, 1) == "."
            && self.tokens.get(index + 2).is_some_and(Token::is_name)
            && !["(", "."].contains(&self.after(index, 3))
            && ![".", "AS", "COLLATE"].contains(&self.before(index, 1))
            && !is_type
    }

    /// Whether the column, as a whole item of a list to sort by, would be taken for an output column that is not it.
    fn is_ambiguous(&self, index: usize) -> bool {
        let follows = self.after(index, 3);
        let is_whole_item = ["BY", ",", "("].contains(&self.before(index, 1))
            && (["", ",", ")", ";"].contains(&follows)
                || follows.starts_with(|first: char| first.is_ascii_uppercase()));
        let column = self.after(index, 2);
        is_whole_item
            && self
                .outputs
                .iter()
                .any(|(name, expression)| *name == column && *expression != [self.qualifier, ".", column])
    }
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut open = Vec::new();
    let mut end = 0;
    for token in lex::significant(text).ok()? {
        let start = end + text[end..].find(token)?;
        end = start + token.len();
        match token {
            "(" => open.push(tokens.len()),
            ")" => {
                let opening = open.pop()?;
                let closing = tokens.len();
                tokens[opening].closing = Some(closing);
            }
            _ => {}
        }
        tokens.push(Token {
            text: token,
            start,
            closing: None,
        });
    }
    open.is_empty().then_some(tokens)
}

/// The indices of the tokens from `start` to `end` that stand in no parentheses of their own; of those, the opening ones.
fn level(tokens: &[Token<'_>], start: usize, end: usize) -> Vec<usize> {
    let mut level = Vec::new();
    let mut index = start;
    while index < end {
        level.push(index);
        index = tokens[index].closing.unwrap_or(index) + 1;
    }
    level
}

/// Whether a query stands in these parentheses, and not an expression, a list or a join.
fn is_query(tokens: &[Token<'_>], opening: usize, closing: usize) -> bool {
    ["SELECT", "WITH", "VALUES"].contains(&tokens[opening + 1].text)
        || level(tokens, opening + 1, closing)
            .iter()
            .any(|index| SET_OPERATORS.contains(&tokens[*index].text))
}

/// The name under which a FROM clause offers its columns, where it has one item; none where it is a list or a join.
fn only_item<'a>(tokens: &[Token<'a>], clause: &[usize]) -> Option<&'a str> {
    let first = *clause.first()?;
    let is_join = tokens[first]
        .closing
        .is_some_and(|closing| !is_query(tokens, first, closing));
    if is_join || clause.iter().any(|index| tokens[*index].text == ",") {
        return None;
    }
    clause
        .iter()
        .map(|index| &tokens[*index])
        .take_while(|token| token.text != "TABLESAMPLE")
        .filter(|token| token.is_name())
        .last()
        .map(|token| token.text)
}

/// The output columns of a SELECT: a name behind AS, else that of the column.
fn outputs<'a>(tokens: &[Token<'a>], list: &[usize]) -> Vec<(&'a str, Vec<&'a str>)> {
    list.split(|index| tokens[*index].text == ",")
        .filter_map(|output| {
            let mut texts: Vec<&str> = output.iter().map(|index| tokens[*index].text).collect();
            if texts.first() == Some(&"DISTINCT") {
                texts.remove(0);
            }
            if texts.first() == Some(&"ON") {
                texts.drain(..2);
            }
            let name = texts.pop()?;
            if texts.last() == Some(&"AS") {
                texts.pop();
            } else {
                texts.push(name);
            }
            Some((name, texts))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unqualify;

    #[track_caller]
    fn becomes(old: &str, new: &str) {
        assert_eq!(unqualify(old), new);
    }

    #[track_caller]
    fn stays(text: &str) {
        becomes(text, text);
    }

    #[test]
    fn the_columns_of_the_only_item_lose_its_name() {
        becomes(
            " SELECT ev.id,\n    ev.kind\n   FROM public.ev;",
            " SELECT id,\n    kind\n   FROM public.ev;",
        );
        becomes(
            " SELECT e.id FROM public.ev e WHERE (e.id > 0);",
            " SELECT id FROM public.ev e WHERE (id > 0);",
        );
        becomes(
            " SELECT \"E.v\".\"A.b\" FROM ONLY public.ev \"E.v\";",
            " SELECT \"A.b\" FROM ONLY public.ev \"E.v\";",
        );
        becomes(
            " SELECT g.a FROM public.gen(3) WITH ORDINALITY g(a, ordinality);",
            " SELECT a FROM public.gen(3) WITH ORDINALITY g(a, ordinality);",
        );
        becomes(
            " SELECT s.id FROM ( SELECT ev.id FROM public.ev) s;",
            " SELECT id FROM ( SELECT ev.id FROM public.ev) s;",
        );
        becomes(
            " SELECT ev.id FROM public.ev TABLESAMPLE system ('10'::real);",
            " SELECT id FROM public.ev TABLESAMPLE system ('10'::real);",
        );
        becomes(
            " VALUES (1), (2) ORDER BY \"*VALUES*\".column1;",
            " VALUES (1), (2) ORDER BY column1;",
        );
    }

    #[test]
    fn what_is_inside_a_query_of_its_own_stays() {
        becomes(
            " SELECT ev.id, ( SELECT max(b.id) FROM public.b WHERE (b.id = ev.id)) AS m FROM public.ev;",
            " SELECT id, ( SELECT max(b.id) FROM public.b WHERE (b.id = ev.id)) AS m FROM public.ev;",
        );
        becomes(
            " WITH c AS (SELECT ev.id FROM public.ev) SELECT c.id FROM c;",
            " WITH c AS (SELECT ev.id FROM public.ev) SELECT id FROM c;",
        );
        becomes(
            " SELECT ARRAY(( SELECT o.id LIMIT 1) UNION ( SELECT b.id FROM public.b)) AS a, o.id FROM public.ev o;",
            " SELECT ARRAY(( SELECT o.id LIMIT 1) UNION ( SELECT b.id FROM public.b)) AS a, id FROM public.ev o;",
        );
    }

    #[test]
    fn queries_of_several_items_and_of_none_stay() {
        stays(" SELECT ev.id FROM public.ev, public.b;");
        stays(" SELECT ev.id FROM (public.ev JOIN public.b ON ((b.id = ev.id)));");
        stays(" SELECT x.id FROM ((public.ev JOIN public.b USING (id)) JOIN public.c USING (id)) x;");
        stays(" SELECT ev.id FROM public.ev UNION ALL SELECT b.id FROM public.b;");
        stays(" SELECT 1 AS \"?column?\";");
        stays("( SELECT ev.id FROM public.ev LIMIT 1) UNION ( SELECT b.id FROM public.b);");
    }

    #[test]
    fn whole_rows_literals_functions_types_and_collations_stay() {
        becomes(
            " SELECT ev.*::public.ev AS ev, 'ev.id'::text AS t, (ev.p).x AS x FROM public.ev;",
            " SELECT ev.*::public.ev AS ev, 'ev.id'::text AS t, (p).x AS x FROM public.ev;",
        );
        becomes(
            " SELECT public.f(public.id) AS f, (public.id)::public.mood AS m, (public.id COLLATE public.de) AS c FROM public.public;",
            " SELECT public.f(id) AS f, (id)::public.mood AS m, (id COLLATE public.de) AS c FROM public.public;",
        );
        becomes(
            " SELECT a.b[1:a.i] AS s FROM public.a;",
            " SELECT b[1:i] AS s FROM public.a;",
        );
    }

    #[test]
    fn a_column_to_sort_by_keeps_the_name_that_tells_it_from_an_output_column() {
        becomes(
            " SELECT ev.id AS kind, ev.kind AS k FROM public.ev ORDER BY ev.kind, ev.id, (ev.kind || 'x'::text);",
            " SELECT id AS kind, kind AS k FROM public.ev ORDER BY ev.kind, id, (kind || 'x'::text);",
        );
        becomes(
            " SELECT DISTINCT ON (ev.kind) ev.at AS kind, count(*) OVER (PARTITION BY ev.kind) AS n FROM public.ev GROUP BY ev.kind;",
            " SELECT DISTINCT ON (ev.kind) at AS kind, count(*) OVER (PARTITION BY ev.kind) AS n FROM public.ev GROUP BY kind;",
        );
        becomes(
            " SELECT ev.kind, ev.id AS i FROM public.ev ORDER BY ev.kind DESC LIMIT 1;",
            " SELECT kind, id AS i FROM public.ev ORDER BY kind DESC LIMIT 1;",
        );
    }

    #[test]
    fn what_can_not_be_read_stays() {
        for text in [
            "",
            ";",
            "SELECT",
            "FROM",
            "SELECT (",
            "SELECT a.b FROM",
            ")",
            "'",
            " SELECT a.b FROM ;",
        ] {
            stays(text);
        }
    }
}
