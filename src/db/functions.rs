//! Functions of PostgreSQL that Diesel does not bring.
use diesel::define_sql_function;
use diesel::sql_types::{Binary, Integer};

define_sql_function! {
    /// So many bytes from there on; the first is at 1.
    fn substr(bytes: Binary, from: Integer, count: Integer) -> Binary;
}
