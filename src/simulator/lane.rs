//! One after the other, in the order in which places were taken.

use std::sync::Arc;

use tokio::sync::oneshot;

/// A queue of tasks, of which one is at work.
#[derive(Debug, Default)]
pub(super) struct Lane {
    last: Option<oneshot::Receiver<()>>,
    /// Held once by the lane and once by each place.
    places: Arc<()>,
}

/// A place in the queue; dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Place {
    before: Option<oneshot::Receiver<()>>,
    _done: oneshot::Sender<()>,
    _counted: Arc<()>,
}

impl Lane {
    /// Takes the next place. The order is fixed here, not when the task begins to wait.
    pub(super) fn queue(&mut self) -> Place {
        let (done, last) = oneshot::channel();
        let before = self.last.replace(last);
        Place { before, _done: done, _counted: Arc::clone(&self.places) }
    }

    /// How many places are taken.
    pub(super) fn len(&self) -> usize {
        Arc::strong_count(&self.places) - 1
    }
}

impl Place {
    /// Waits until all who came before are done.
    pub(super) async fn turn(&mut self) {
        if let Some(before) = self.before.take() {
            // An error says that the one before was dropped: it is done as well.
            let _is_done = before.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn places_are_served_in_the_order_in_which_they_were_taken() {
        let mut lane = Lane::default();
        let places: Vec<_> = (0..20).map(|number| (number, lane.queue())).collect();
        assert_eq!(lane.len(), 20);
        let served = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = places
            .into_iter()
            .rev()
            .map(|(number, mut place)| {
                let served = Arc::clone(&served);
                tokio::spawn(async move {
                    place.turn().await;
                    tokio::task::yield_now().await;
                    served.lock().unwrap().push(number);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(served.lock().unwrap().is_sorted());
        assert_eq!((served.lock().unwrap().len(), lane.len()), (20, 0));
    }
}
