//! A turn that goes on when its caller hangs up.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use futures_util::FutureExt;
use tokio::{runtime::Handle, task::JoinSet};

use crate::dispatch::{Caller, Reply, TurnError};

/// A turn at work, wherever that is.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Reply, TurnError>> + Send>>;

/// What goes on without a caller. It ends when this is dropped.
#[derive(Default)]
pub(super) struct Tasks(Mutex<JoinSet<()>>);

/// A turn at work for a caller; when the caller hangs up, it goes on without.
pub(super) struct Outliving<'a> {
    pub(super) turn: Option<Running>,
    pub(super) caller: &'a Caller,
    /// Whether a reply can go another way.
    pub(super) may_leave: bool,
    pub(super) tasks: &'a Tasks,
}

impl Tasks {
    /// Does this in the background, if there is a runtime.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else { return };
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(work, &runtime);
    }
}

impl Future for Outliving<'_> {
    type Output = Result<Reply, TurnError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A turn that panics is gone: it is not polled again.
        let mut turn = self.turn.take().expect("nobody polls a turn that is over");
        let polled = turn.as_mut().poll(context);
        if polled.is_pending() {
            self.turn = Some(turn);
        }
        polled
    }
}

impl Drop for Outliving<'_> {
    fn drop(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let goes_to_outbox = self.may_leave && self.caller.leave();
        tracing::info!(goes_to_outbox, "a caller has hung up before its reply was there");
        self.tasks.spawn(async move {
            match AssertUnwindSafe(turn).catch_unwind().await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "a message whose caller has hung up is not answered");
                }
                Err(_) => tracing::error!("a turn whose caller has hung up panicked"),
            }
        });
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}
