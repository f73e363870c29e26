//! Pages of a list by key: where one starts, and which of the rows that were read belong to it.

/// Where a page starts: at a row, which is named by its id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Start<Id> {
    #[default]
    First,
    After(Id),
    Before(Id),
}

impl<Id> Start<Id> {
    pub fn is_backwards(&self) -> bool {
        matches!(self, Self::Before(_))
    }
}

/// A page of at most `limit` rows, and whether there is more beyond it in the direction it was
/// asked. One row more than that was read, and backwards where the page was asked so.
pub fn cut<T>(mut rows: Vec<T>, limit: i64, backwards: bool) -> (Vec<T>, bool) {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    if backwards {
        rows.reverse();
    }
    (rows, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_beyond_a_page_says_that_there_is_more() {
        assert_eq!(cut(vec![1, 2, 3], 2, false), (vec![1, 2], true));
        assert_eq!(cut(vec![3, 2], 2, true), (vec![2, 3], false));
        assert_eq!(cut(Vec::<i32>::new(), 2, true), (vec![], false));
    }
}
