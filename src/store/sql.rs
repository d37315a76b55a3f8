//! The small language between queries and engines: statements, parameters, rows, transactions.

use super::error::{Result, StoreError};

/// One statement in the common dialect: `$1, $2 …` in order of first use, no LIKE, NULL order explicit.
///
/// Only the store's own modules make these, and [`super::statements`] lists every one, so that tests prepare them all
/// on both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sql {
    /// `subject.purpose`, for errors and tests.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
    /// Reads a whole table on purpose (restoring the mirror): everything else goes by an index.
    pub whole: bool,
}

/// Declares a subject's statements as constants, and `ALL` that lists them.
macro_rules! statements {
    ($subject:literal; $($(#[$meta:meta])* $kind:ident $name:ident = $text:expr;)*) => {
        $($(#[$meta])* const $name: $crate::store::sql::Sql = $crate::store::sql::Sql {
            name: concat!($subject, ".", stringify!($name)),
            text: $text,
            whole: statements!(@whole $kind),
        };)*
        /// Every statement of this subject.
        pub(in crate::store) const ALL: &[$crate::store::sql::Sql] = &[$($name),*];
    };
    (@whole by_index) => { false };
    (@whole whole) => { true };
}
pub(in crate::store) use statements;

/// A parameter. Borrows, so that nothing is copied on the way to the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Param<'a> {
    /// NULL.
    Null,
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(&'a str),
    /// BLOB or BYTEA.
    Blob(&'a [u8]),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl<'a> From<&'a Option<String>> for Param<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }
}

/// Parameters of one statement, in the order of `$1, $2 …`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Param::from($value)),*] };
}
pub(crate) use params;

/// A value that came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(String),
    /// BLOB or BYTEA.
    Blob(Vec<u8>),
}

/// One row. Columns are taken by position, each at most once (text and bytes are moved out).
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its statement, for errors.
    pub(crate) statement: &'static str,
    /// Its values.
    pub(crate) values: Vec<Value>,
}

impl Row {
    fn take(&mut self, column: usize) -> Value {
        self.values.get_mut(column).map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    fn wrong(&self, column: usize, wanted: &str) -> StoreError {
        StoreError::Column(format!("{} column {column} is not {wanted}", self.statement))
    }

    /// A number; NULL is an error.
    pub fn int(&mut self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| self.wrong(column, "a number"))
    }

    /// A number or NULL.
    pub fn opt_int(&mut self, column: usize) -> Result<Option<i64>> {
        match self.take(column) {
            Value::Int(value) => Ok(Some(value)),
            Value::Null => Ok(None),
            _ => Err(self.wrong(column, "a number")),
        }
    }

    /// A boolean (0 or 1).
    pub fn flag(&mut self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// A text; NULL is an error.
    pub fn text(&mut self, column: usize) -> Result<String> {
        self.opt_text(column)?.ok_or_else(|| self.wrong(column, "a text"))
    }

    /// A text or NULL.
    pub fn opt_text(&mut self, column: usize) -> Result<Option<String>> {
        match self.take(column) {
            Value::Text(value) => Ok(Some(value)),
            Value::Null => Ok(None),
            _ => Err(self.wrong(column, "a text")),
        }
    }

    /// Bytes; NULL is an error.
    pub fn blob(&mut self, column: usize) -> Result<Vec<u8>> {
        match self.take(column) {
            Value::Blob(value) => Ok(value),
            _ => Err(self.wrong(column, "bytes")),
        }
    }

    /// 32 bytes (a hash or a secret).
    pub fn hash(&mut self, column: usize) -> Result<[u8; 32]> {
        self.blob(column)?.try_into().map_err(|_| self.wrong(column, "32 bytes"))
    }
}

/// A transaction: what a read or write closure works with.
pub trait Tx {
    /// Runs a statement that returns no rows; answers how many rows it changed.
    fn execute(&mut self, sql: &Sql, params: &[Param<'_>]) -> Result<usize>;

    /// Runs a statement and collects its rows.
    fn query(&mut self, sql: &Sql, params: &[Param<'_>]) -> Result<Vec<Row>>;

    /// The first row, if there is one.
    fn query_one(&mut self, sql: &Sql, params: &[Param<'_>]) -> Result<Option<Row>> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_each_type_and_says_where_it_is_wrong() {
        let mut row = Row {
            statement: "t.X",
            values: vec![Value::Int(1), Value::Text("a".into()), Value::Blob(vec![1]), Value::Null],
        };
        assert_eq!(row.flag(0), Ok(true));
        assert_eq!(row.opt_int(3), Ok(None));
        assert_eq!(row.hash(2), Err(StoreError::Column("t.X column 2 is not 32 bytes".into())));
        assert_eq!(row.int(1), Err(StoreError::Column("t.X column 1 is not a number".into())));
        assert_eq!(row.text(9), Err(StoreError::Column("t.X column 9 is not a text".into())));
    }

    /// `SQLite` numbers `$n` by first appearance, Postgres by its number: they agree only in order of first use.
    #[test]
    fn parameters_come_in_order_of_first_use() {
        for sql in crate::store::statements() {
            let mut highest = 0;
            for part in sql.text.split('$').skip(1) {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                let number: u32 = digits.parse().expect("a number follows $");
                assert!(number <= highest + 1, "{}: ${number} before ${}", sql.name, highest + 1);
                highest = highest.max(number);
            }
            assert!(!sql.text.to_uppercase().contains("LIKE"), "{}: no LIKE", sql.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = crate::store::statements().map(|sql| sql.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(all > 30, "the registry lists {all} statements only");
    }
}
