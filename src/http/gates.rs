//! The gates that proxies ask at. They are few and are asked at all the time, so each is read once,
//! and what it says of a verdict is worked out once.
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use quick_cache::unsync::Cache;

use super::forward::{Gate, Headers, Refused};
use super::prepared::Prepared;
use crate::error::Result;
use crate::tokens::Verdict;

/// Gates that are kept, at most.
const KEPT: usize = 1_000;

#[derive(Debug)]
pub struct Gates {
    read: RefCell<Cache<String, Rc<Numbered>>>,
    /// How many were read: no two have the same number.
    count: Cell<u64>,
    admitted: Prepared<u64, Rc<Headers>>,
}

#[derive(Debug)]
pub struct Numbered {
    number: u64,
    gate: Gate,
}

impl Numbered {
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl Default for Gates {
    fn default() -> Self {
        let read = RefCell::new(Cache::new(KEPT));
        Self { read, count: Cell::default(), admitted: Prepared::default() }
    }
}

impl Gates {
    /// [`Gate::parse`], once.
    pub fn read(&self, text: &str) -> Result<Rc<Numbered>> {
        if let Some(known) = self.read.borrow().get(text) {
            return Ok(known.clone());
        }
        let gate = Gate::parse(text)?;
        let read = Rc::new(Numbered { number: self.count.replace(self.count.get() + 1), gate });
        self.read.borrow_mut().insert(text.to_owned(), read.clone());
        Ok(read)
    }

    /// [`Gate::admit`], once for each verdict.
    pub fn admit(
        &self,
        Numbered { number, gate }: &Numbered,
        verdict: &Arc<Verdict>,
        chosen: Option<&str>,
    ) -> Result<Rc<Headers>, Refused> {
        let work_out = || gate.admit(verdict, chosen).map(Rc::new);
        // Otherwise it depends on the client's choice, too.
        if chosen.is_none() || gate.organization.is_some() {
            self.admitted.of(verdict, *number, work_out)
        } else {
            work_out()
        }
    }
}
