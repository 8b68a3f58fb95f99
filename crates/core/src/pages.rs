//! A vector in pages: it grows without moving what it holds, so that no push takes longer than another, however many there are.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

/// How many values a page holds.
const PAGE: usize = 1024;

/// See the module's documentation. Every page but the last is full, and none is empty.
#[derive(Debug)]
pub(crate) struct Pages<T>(Vec<Vec<T>>);

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pages<T> {
    pub(crate) fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * PAGE + last.len())
    }

    pub(crate) fn push(&mut self, value: T) {
        match self.0.last_mut() {
            // The first page grows as a vector does: most lists are short.
            Some(last) if last.len() < PAGE => last.push(value),
            Some(_) => {
                let mut page = Vec::with_capacity(PAGE);
                page.push(value);
                self.0.push(page);
            }
            None => self.0.push(alloc::vec![value]),
        }
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let last = self.0.last_mut()?;
        let value = last.pop();
        if last.is_empty() {
            self.0.pop();
        }
        value
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / PAGE)?.get(at % PAGE)
    }
}

impl<T> Index<usize> for Pages<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.0[at / PAGE][at % PAGE]
    }
}

impl<T> IndexMut<usize> for Pages<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.0[at / PAGE][at % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_stays_where_it_is() {
        let mut pages = Pages::default();
        assert_eq!((pages.len(), pages.pop()), (0, None));
        for n in 0..=3 * PAGE {
            pages.push(n);
        }
        let second: *const usize = &raw const pages[PAGE];
        for n in 3 * PAGE + 1..9 * PAGE {
            pages.push(n);
        }
        assert!(core::ptr::eq(second, &raw const pages[PAGE]), "nothing moves");
        assert_eq!((pages.len(), pages.get(9 * PAGE), pages.get(PAGE)), (9 * PAGE, None, Some(&PAGE)));
        pages[PAGE] = 0;
        for n in (0..9 * PAGE).rev() {
            assert_eq!((pages.pop(), pages.len()), (Some(if n == PAGE { 0 } else { n }), n));
        }
    }
}
