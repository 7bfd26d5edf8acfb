//! What a policy's expression does, read from the tree that PostgreSQL stores (`pg_node_tree`, written by `outfuncs.c`): the text that it
//! prints of it doesn't say which query a call belongs to.
//!
//! A node is `{LABEL :field value …}`, a list is in parentheses, an empty one is `<>`, and a backslash takes its meaning from the next
//! character. Only a few labels and fields are looked at, which PostgreSQL 14 to 18 write alike but for one.

use std::collections::BTreeSet;

/// A node of the tree, or a word of it.
#[derive(Debug, PartialEq)]
enum Item {
    Node(Node),
    Word(String),
}

#[derive(Debug, PartialEq)]
struct Node {
    label: String,
    items: Vec<Item>,
}

/// The calls of `functions` (by oid) that a row's turn repeats although they don't look at it: neither is a column among their arguments, nor
/// do they stand in a query of their own that has no FROM and refers to nothing outside, which PostgreSQL runs once.
pub(super) fn calls_for_each_row(tree: &str, functions: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for node in parse(tree).iter().filter_map(Item::node) {
        node.find_calls(Place::EachRow, functions, &mut found);
    }
    found
}

/// Whether the expression is true of every row, whoever asks.
pub(super) fn is_always_true(tree: &str, text: &str) -> bool {
    let is_same = |(one, other): (&str, &str)| one == other;
    let bare = text.trim_matches(['(', ')']);
    parse(tree).first().and_then(Item::node).and_then(Node::constant) == Some(true)
        || bare.split_once(" = ").is_some_and(is_same)
}

/// What stands in a FROM; PostgreSQL 16 gave it another label. Tables and subqueries are entries too: of these, the latter hold a `QUERY`,
/// which is looked at for itself.
const RANGE_TABLE_ENTRY: [&str; 2] = ["RTE", "RANGETBLENTRY"];

/// How often what is found is evaluated.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    EachRow,
    Once,
}

impl Item {
    fn node(&self) -> Option<&Node> {
        match self {
            Self::Node(node) => Some(node),
            Self::Word(_) => None,
        }
    }

    fn word(&self) -> Option<&str> {
        match self {
            Self::Node(_) => None,
            Self::Word(word) => Some(word),
        }
    }
}

impl Node {
    fn children(&self) -> impl Iterator<Item = &Node> {
        self.items.iter().filter_map(Item::node)
    }

    /// What stands behind `:name`, up to the next field.
    fn field(&self, name: &str) -> &[Item] {
        let is_field = |item: &Item| item.word().is_some_and(|word| word.starts_with(':'));
        let Some(start) = self.items.iter().position(|item| {
            item.word()
                .and_then(|word| word.strip_prefix(':'))
                .is_some_and(|it| it == name)
        }) else {
            return &[];
        };
        let value = &self.items[start + 1..];
        &value[..value.iter().position(is_field).unwrap_or(value.len())]
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.field(name).first()?.word()?.parse().ok()
    }

    fn find_calls(&self, place: Place, functions: &BTreeSet<u32>, found: &mut BTreeSet<u32>) {
        let place = match self.label.as_str() {
            "QUERY" if self.refers_outside(0) => Place::EachRow,
            "QUERY" if !self.has_from() => Place::Once,
            "QUERY" => Place::EachRow,
            "FUNCEXPR" => {
                let function = self.number("funcid").filter(|function| functions.contains(function));
                if let Some(function) = function.filter(|_| place == Place::EachRow && !self.has_column()) {
                    found.insert(function);
                    return;
                }
                place
            }
            _ => place,
        };
        let is_alone = self.label == "QUERY" && !self.refers_outside(0);
        for child in self.children() {
            // A function that FROM reads is called once, if its query is run once.
            let is_read_once = is_alone && RANGE_TABLE_ENTRY.contains(&child.label.as_str());
            child.find_calls(if is_read_once { Place::Once } else { place }, functions, found);
        }
    }

    fn has_from(&self) -> bool {
        self.field("jointree")
            .first()
            .and_then(Item::node)
            .is_some_and(|from| from.field("fromlist").iter().any(|item| item.node().is_some()))
    }

    fn has_column(&self) -> bool {
        self.label == "VAR" || self.children().any(Node::has_column)
    }

    /// Whether a query, or one inside it at `depth`, names a column of a query around it.
    fn refers_outside(&self, depth: u32) -> bool {
        if self.label == "VAR" {
            return self.number("varlevelsup").is_some_and(|levels| levels > depth);
        }
        self.children()
            .any(|child| child.refers_outside(depth + u32::from(child.label == "QUERY")))
    }

    /// The truth that an expression has without a look at anything; `None` where it looks at something.
    fn constant(&self) -> Option<bool> {
        const BOOLEAN: u32 = 16;
        match self.label.as_str() {
            "CONST" => {
                let is_boolean = self.number("consttype") == Some(BOOLEAN);
                let is_null = self.field("constisnull").first().and_then(Item::word) == Some("true");
                let value = self.field("constvalue");
                (is_boolean && !is_null).then(|| value.iter().skip(1).any(|byte| byte.word() == Some("1")))
            }
            "BOOLEXPR" => {
                let parts: Vec<Option<bool>> = self
                    .field("args")
                    .iter()
                    .filter_map(Item::node)
                    .map(Node::constant)
                    .collect();
                let all = |truth: bool| parts.iter().all(|part| *part == Some(truth));
                let any = |truth: bool| parts.contains(&Some(truth));
                match self.field("boolop").first().and_then(Item::word)? {
                    "and" if all(true) => Some(true),
                    "and" if any(false) => Some(false),
                    "or" if any(true) => Some(true),
                    "or" if all(false) => Some(false),
                    "not" => parts.first().copied().flatten().map(|truth| !truth),
                    _ => None,
                }
            }
            "SUBLINK" => {
                let query = self.field("subselect").first()?.node()?;
                let column = query.field("targetList").iter().find_map(Item::node)?;
                (!query.has_from()).then(|| column.field("expr").first()?.node()?.constant())?
            }
            _ => None,
        }
    }
}

/// The items of a tree; lists are flattened.
fn parse(tree: &str) -> Vec<Item> {
    let mut open: Vec<Vec<Item>> = vec![Vec::new()];
    let mut word = String::new();
    let mut characters = tree.chars();
    let finish = |word: &mut String, open: &mut Vec<Vec<Item>>| {
        if let (false, Some(items)) = (word.is_empty(), open.last_mut()) {
            items.push(Item::Word(std::mem::take(word)));
        }
    };
    while let Some(character) = characters.next() {
        match character {
            '\\' => word.extend(characters.next()),
            '{' => {
                finish(&mut word, &mut open);
                open.push(Vec::new());
            }
            '}' => {
                finish(&mut word, &mut open);
                let mut items = open.pop().unwrap_or_default();
                let label = match items.first() {
                    Some(Item::Word(_)) => match items.remove(0) {
                        Item::Word(label) => label,
                        Item::Node(_) => String::new(),
                    },
                    _ => String::new(),
                };
                match open.last_mut() {
                    Some(outer) => outer.push(Item::Node(Node { label, items })),
                    None => open.push(vec![Item::Node(Node { label, items })]),
                }
            }
            '(' | ')' | '[' | ']' => finish(&mut word, &mut open),
            _ if character.is_whitespace() => finish(&mut word, &mut open),
            _ => word.push(character),
        }
    }
    finish(&mut word, &mut open);
    open.into_iter().next().unwrap_or_default()
}
