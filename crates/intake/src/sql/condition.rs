//! How many rows a condition reaches, as far as it can be seen.

use sqlparser::ast::{BinaryOperator, Expr, InTarget, UnaryOperator, Value};

/// What a condition selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Rows that are named by their key.
    Keyed,
    /// Some, and nobody sees how many.
    Some,
    /// All of them.
    All,
}

/// The reach of a `WHERE`, on a table of this name.
pub(super) fn reach(selection: Option<&Expr>, table: &str) -> Reach {
    selection.map_or(Reach::All, |expr| of(expr, table))
}

fn of(expr: &Expr, table: &str) -> Reach {
    match expr {
        Expr::Nested(inner) => of(inner, table),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let (left, right) = (of(left, table), of(right, table));
            if left == Reach::All && right == Reach::All { Reach::All } else { left.min(right) }
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => of(left, table).max(of(right, table)),
        Expr::BinaryOp { left, op, right } => compared(left, op, right, table),
        Expr::In { expr, target: InTarget::List(list), negated: false, .. } => {
            let named = is_key(expr, table) && list.len() <= 100 && list.iter().all(is_constant);
            if named { Reach::Keyed } else { Reach::Some }
        }
        Expr::IsNotNull(_) => Reach::All,
        Expr::Like { negated: false, pattern, .. } | Expr::ILike { negated: false, pattern, .. } => {
            match literal(pattern).is_some_and(|text| !text.is_empty() && text.chars().all(|c| c == '%')) {
                true => Reach::All,
                false => Reach::Some,
            }
        }
        constant if is_constant(constant) => match literal(constant).as_deref() {
            Some("false" | "0") => Reach::Some,
            _ => Reach::All,
        },
        _ => Reach::Some,
    }
}

fn compared(left: &Expr, op: &BinaryOperator, right: &Expr, table: &str) -> Reach {
    let equal = matches!(op, BinaryOperator::Eq);
    if (is_constant(left) && is_constant(right)) || (equal && left == right) {
        return Reach::All;
    }
    if equal && ((is_key(left, table) && is_constant(right)) || (is_key(right, table) && is_constant(left))) {
        return Reach::Keyed;
    }
    // `id > 0` and `name <> ''` are how everything is written by those who are made to write a condition.
    let least = literal(right).is_some_and(|text| matches!(text.as_str(), "0" | "1" | "-1" | ""));
    let over = matches!(op, BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::NotEq);
    if over && least { Reach::All } else { Reach::Some }
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) => true,
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_constant(inner),
        Expr::UnaryOp { expr, .. } => is_constant(expr),
        Expr::BinaryOp { left, right, .. } => is_constant(left) && is_constant(right),
        Expr::TypedString(_) => true,
        _ => false,
    }
}

fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.to_string()),
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Some(text.clone()),
            Value::Boolean(is) => Some(is.to_string()),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Some(format!("-{}", literal(expr)?)),
        _ => None,
    }
}

/// Whether a column names one row: by what such columns are called everywhere, or as the table's own.
fn is_key(expr: &Expr, table: &str) -> bool {
    let name = match expr {
        Expr::Identifier(name) => &name.value,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(name) => &name.value,
            None => return false,
        },
        _ => return false,
    };
    let name = name.to_ascii_lowercase();
    let table = table.rsplit('.').next().unwrap_or(table).to_ascii_lowercase();
    let single = table.strip_suffix('s').unwrap_or(&table);
    let own = |of: &str| name == format!("{of}_id") || name == format!("{of}id");
    matches!(name.as_str(), "id" | "_id" | "uuid" | "guid" | "pk" | "email" | "username" | "slug" | "key")
        || own(&table)
        || own(single)
}
