//! SQL that never changes, as a part of a statement. Diesel prepares a statement with such a part
//! once, where one with a literal of its own would be parsed and planned anew each time.
use std::marker::PhantomData;

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping,
    is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// An expression whose value has the SQL type `T`.
#[derive(Debug, Clone, Copy)]
pub struct Fixed<T> {
    text: &'static str,
    of: PhantomData<T>,
}

pub const fn fixed<T>(text: &'static str) -> Fixed<T> {
    Fixed { text, of: PhantomData }
}

impl<T: TypedExpressionType> Expression for Fixed<T> {
    type SqlType = T;
}

impl<T> QueryFragment<Pg> for Fixed<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.text);
        Ok(())
    }
}

/// Statements are told apart by their text.
impl<T> QueryId for Fixed<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: TypedExpressionType, From> AppearsOnTable<From> for Fixed<T> {}
impl<T: TypedExpressionType, From> SelectableExpression<From> for Fixed<T> {}

impl<T, By> ValidGrouping<By> for Fixed<T> {
    type IsAggregate = is_aggregate::Never;
}
