//! From the IO task to whoever takes: a queue filled by batches, with one lock and one wake-up for each.

use crate::runtime::block_on;
use core::fmt;
use core::future::poll_fn;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Items on their way from one producer to any number of takers.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Mirrors of what is in `state`, for [`Queue::has_room`].
    count: AtomicUsize,
    size_bytes: AtomicUsize,
    count_max: usize,
    size_bytes_max: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    wakers: Vec<Waker>,
    closed: bool,
}

impl<T> Queue<T> {
    /// The limits are what [`Queue::has_room`] compares with; pushing never fails.
    pub(crate) fn new(count_max: usize, size_bytes_max: usize) -> Self {
        Self {
            state: Mutex::new(State { items: VecDeque::new(), wakers: Vec::new(), closed: false }),
            count: AtomicUsize::new(0),
            size_bytes: AtomicUsize::new(0),
            count_max,
            size_bytes_max,
        }
    }

    /// Whether there is room for one more besides `staged` items that are about to be pushed.
    pub(crate) fn has_room(&self, staged: usize, staged_bytes: usize) -> bool {
        self.count.load(Ordering::Relaxed) + staged < self.count_max
            && self.size_bytes.load(Ordering::Relaxed) + staged_bytes < self.size_bytes_max
    }

    /// Appends all of `staged` (item and size in bytes), leaving it empty, and moves the wakers of those that wait to
    /// `wakers`. Items for a closed queue are dropped.
    pub(crate) fn push_all(&self, staged: &mut Vec<(T, usize)>, wakers: &mut Vec<Waker>) {
        let mut state = self.lock();
        if state.closed {
            staged.clear();
            return;
        }
        let bytes: usize = staged.iter().map(|(_, size_bytes)| size_bytes).sum();
        state.items.extend(staged.drain(..));
        self.count.store(state.items.len(), Ordering::Relaxed);
        self.size_bytes.fetch_add(bytes, Ordering::Relaxed);
        wakers.append(&mut state.wakers);
    }

    /// No more items will come; those that are there can still be taken.
    pub(crate) fn close(&self) {
        let mut wakers = Vec::new();
        self.close_quietly(&mut wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Like [`Queue::close`], but leaves it to the caller to wake those that wait.
    pub(crate) fn close_quietly(&self, wakers: &mut Vec<Waker>) {
        let mut state = self.lock();
        state.closed = true;
        wakers.append(&mut state.wakers);
    }

    /// There may be more items after all.
    pub(crate) fn reopen(&self) {
        self.lock().closed = false;
    }

    /// The next item without waiting.
    pub(crate) fn try_take(&self) -> Option<T> {
        self.take_from(&mut self.lock())
    }

    /// Moves up to `count_max` items to `into` and says how many.
    pub(crate) fn drain(&self, into: &mut Vec<T>, count_max: usize) -> usize {
        let mut state = self.lock();
        self.drain_from(&mut state, into, count_max)
    }

    /// The next item; `None` when the queue is closed and empty.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.lock();
        match self.take_from(&mut state) {
            Some(item) => Poll::Ready(Some(item)),
            None => state.wait(cx).map(|()| None),
        }
    }

    /// Like [`Queue::drain`], but waits for the first item; 0 when the queue is closed and empty.
    pub(crate) fn poll_drain(&self, cx: &mut Context<'_>, into: &mut Vec<T>, count_max: usize) -> Poll<usize> {
        let mut state = self.lock();
        match self.drain_from(&mut state, into, count_max) {
            0 => state.wait(cx).map(|()| 0),
            count => Poll::Ready(count),
        }
    }

    /// Blocks for the next item. The outer `None`: the deadline came first.
    #[expect(clippy::option_option, reason = "the caller tells a timeout from the end")]
    pub(crate) fn take_blocking(&self, deadline: Option<Instant>) -> Option<Option<T>> {
        block_on(poll_fn(|cx| self.poll_take(cx)), deadline)
    }

    /// How many items wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn take_from(&self, state: &mut State<T>) -> Option<T> {
        let (item, size_bytes) = state.items.pop_front()?;
        self.count.store(state.items.len(), Ordering::Relaxed);
        self.size_bytes.fetch_sub(size_bytes, Ordering::Relaxed);
        Some(item)
    }

    fn drain_from(&self, state: &mut State<T>, into: &mut Vec<T>, count_max: usize) -> usize {
        let count = state.items.len().min(count_max);
        let mut bytes = 0;
        into.extend(state.items.drain(..count).map(|(item, size_bytes)| {
            bytes += size_bytes;
            item
        }));
        self.count.store(state.items.len(), Ordering::Relaxed);
        self.size_bytes.fetch_sub(bytes, Ordering::Relaxed);
        count
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.closed {
            return Poll::Ready(());
        }
        if !self.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;
    use core::task::{Context, Poll, Waker};
    use core::time::Duration;
    use std::sync::Arc;
    use std::task::Wake;
    use std::time::Instant;

    struct Nothing;

    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }

    fn push(queue: &Queue<u32>, items: &[u32]) {
        let mut wakers = Vec::new();
        queue.push_all(&mut items.iter().map(|&item| (item, 10)).collect(), &mut wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    #[test]
    fn items_come_out_in_order_and_free_their_room() {
        let queue = Queue::new(3, 1000);
        push(&queue, &[1, 2, 3]);
        assert!(!queue.has_room(0, 0));
        assert_eq!(queue.try_take(), Some(1));
        assert!(queue.has_room(0, 0) && !queue.has_room(1, 10));
        let mut rest = Vec::new();
        assert_eq!((queue.drain(&mut rest, 1), queue.drain(&mut rest, 9), rest), (1, 1, vec![2, 3]));
        assert!(queue.has_room(2, 999) && !queue.has_room(0, 1000));
    }

    #[test]
    fn closing_ends_the_queue_after_what_is_in_it() {
        let queue = Queue::new(3, 1000);
        push(&queue, &[1]);
        queue.close();
        push(&queue, &[2]);
        assert_eq!(queue.take_blocking(None), Some(Some(1)));
        assert_eq!(queue.take_blocking(None), Some(None));
    }

    #[test]
    fn a_blocked_taker_is_woken_by_a_push_and_by_closing() {
        let queue = Arc::new(Queue::new(3, 1000));
        let taker = Arc::clone(&queue);
        let thread = std::thread::spawn(move || (taker.take_blocking(None), taker.take_blocking(None)));
        push(&queue, &[7]);
        queue.close();
        assert_eq!(thread.join().unwrap(), (Some(Some(7)), Some(None)));
    }

    #[test]
    fn the_deadline_ends_a_blocked_take() {
        let queue: Queue<u32> = Queue::new(3, 1000);
        assert_eq!(queue.take_blocking(Some(Instant::now() + Duration::from_millis(1))), None);
    }

    #[test]
    fn polling_twice_with_one_waker_wakes_it_once() {
        let queue: Queue<u32> = Queue::new(3, 1000);
        let waker = Waker::from(Arc::new(Nothing));
        let mut context = Context::from_waker(&waker);
        assert!(queue.poll_take(&mut context).is_pending());
        assert!(queue.poll_take(&mut context).is_pending());
        let mut wakers = Vec::new();
        queue.push_all(&mut vec![(1, 0)], &mut wakers);
        assert_eq!(wakers.len(), 1);
        assert_eq!(queue.poll_drain(&mut context, &mut Vec::new(), 5), Poll::Ready(1));
    }
}
