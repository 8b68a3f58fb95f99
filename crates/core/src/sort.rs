//! One small sort. The library's is faster on long lists, and made anew for every type: four of them would be a tenth of the wasm file.

/// Sorts in place (heapsort: never worse than n log n, whoever chose the order).
pub fn sort<T>(items: &mut [T], is_less: &dyn Fn(&T, &T) -> bool) {
    let len = items.len();
    for root in (0..len / 2).rev() {
        sift(items, root, is_less);
    }
    for end in (1..len).rev() {
        items.swap(0, end);
        sift(&mut items[..end], 0, is_less);
    }
}

fn sift<T>(items: &mut [T], mut root: usize, is_less: &dyn Fn(&T, &T) -> bool) {
    loop {
        let mut child = 2 * root + 1;
        if child >= items.len() {
            return;
        }
        if child + 1 < items.len() && is_less(&items[child], &items[child + 1]) {
            child += 1;
        }
        if !is_less(&items[root], &items[child]) {
            return;
        }
        items.swap(root, child);
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn any_order_comes_out_sorted() {
        for len in 0..70_u64 {
            let mut items: Vec<u64> = (0..len).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            sort(&mut items, &|one, other| one < other);
            assert_eq!(items, expected);
        }
    }
}
