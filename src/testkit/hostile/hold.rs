//! Virtual time stands still while a call is at work in real time.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Condvar, Mutex},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures_util::future::{Either, poll_fn, select};
use tokio::{
    runtime::{Builder, Runtime},
    task::spawn_blocking,
};

use crate::testkit::cluster::lock;

/// How often a runtime whose thread is held looks at its own sockets: a store may live there.
const LOOK: Duration = Duration::from_millis(1);

/// Holds the thread of a runtime whose time is paused, where it would go on to its next timer though
/// a call is at work: until one is heard of.
///
/// That costs no other thread. Whatever can be done is done before, so calls are at work at the same
/// time as if nobody held anything.
#[derive(Debug, Clone, Default)]
pub(super) struct Hold(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    now: Mutex<Now>,
    heard: Condvar,
}

#[derive(Debug, Default)]
struct Now {
    /// Calls that are at work.
    calls: usize,
    /// Those who have been woken, and have not looked yet.
    woken: usize,
}

/// One that waits, and is woken by way of the hold.
struct Waiting<'a> {
    hold: &'a Hold,
    bell: Arc<Bell>,
    is_call: bool,
    /// It was polled before.
    is_known: bool,
}

/// Wakes a task, and then its thread.
struct Bell {
    hold: Hold,
    /// Gone once it was woken.
    task: Mutex<Option<Waker>>,
}

impl Hold {
    /// A runtime whose time is paused, and held by this.
    pub(super) fn runtime(&self) -> Runtime {
        let hold = self.clone();
        let mut runtime = Builder::new_current_thread();
        runtime.enable_all().start_paused(true).on_thread_park(move || hold.waits());
        runtime.build().expect("a runtime needs a thread, and this is one")
    }

    /// Does this call; no time passes meanwhile.
    pub(super) async fn during<T>(&self, call: impl Future<Output = T>) -> T {
        self.heeds(call, true).await
    }

    /// Does this without holding anything. It is for what the runtime blocks on, whose waking would
    /// not be noticed otherwise.
    pub(super) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        self.heeds(work, false).await
    }

    async fn heeds<T>(&self, work: impl Future<Output = T>, is_call: bool) -> T {
        let mut work = pin!(work);
        let bell = Arc::new(Bell { hold: self.clone(), task: Mutex::default() });
        let mut waiting = Waiting { hold: self, bell, is_call, is_known: false };
        poll_fn(|context| waiting.polls(work.as_mut(), context)).await
    }

    /// The thread has nothing to do: it waits for the calls that are at work.
    fn waits(&self) {
        let now = lock(&self.0.now);
        let is_idle = |now: &mut Now| now.calls > 0 && now.woken == 0;
        let waited = self.0.heard.wait_timeout_while(now, LOOK, is_idle);
        if waited.is_ok_and(|(_, waited)| waited.timed_out()) {
            // With a task to do, a runtime looks at its sockets without going on.
            drop(tokio::spawn(async {}));
        }
    }
}

impl Waiting<'_> {
    fn polls<F: Future>(
        &mut self,
        work: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let was_woken = lock(&self.bell.task).replace(context.waker().clone()).is_none();
        if !self.is_known {
            self.is_known = true;
            lock(&self.hold.0.now).calls += usize::from(self.is_call);
        } else if was_woken {
            lock(&self.hold.0.now).woken -= 1;
        }
        work.poll(&mut Context::from_waker(&Waker::from(Arc::clone(&self.bell))))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_known {
            return;
        }
        let was_woken = lock(&self.bell.task).take().is_none();
        let mut now = lock(&self.hold.0.now);
        now.calls -= usize::from(self.is_call);
        now.woken -= usize::from(was_woken);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut task = lock(&self.task);
        if let Some(waker) = task.take() {
            // First the task: a thread that is let go without one would let time go on.
            waker.wake();
            lock(&self.hold.0.now).woken += 1;
            self.hold.0.heard.notify_one();
        }
    }
}

/// The same in a runtime of somebody else, at the cost of a thread: a runtime holds its time while a
/// blocking task runs.
pub(super) async fn in_real_time<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    if let Poll::Ready(done) = futures_util::poll!(&mut call) {
        return done;
    }
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let held = spawn_blocking(move || is_done.recv().is_err());
    match select(call, held).await {
        Either::Left((result, _)) => {
            drop(done);
            result
        }
        Either::Right((_, call)) => call.await,
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener, thread};

    use tokio::{
        io::AsyncReadExt,
        net::TcpStream,
        sync::oneshot,
        time::{Instant, sleep},
    };

    use super::*;

    const LATER: Duration = Duration::from_secs(1);

    /// What goes on beside a call: time, if nobody holds it.
    async fn during<T>(hold: &Hold, call: impl Future<Output = T>) -> T {
        let (began, timer) = (Instant::now(), tokio::spawn(sleep(LATER)));
        let done = hold.during(call).await;
        assert_eq!(began.elapsed(), Duration::ZERO, "no time has passed");
        timer.await.unwrap();
        assert_eq!(began.elapsed(), LATER, "time goes on afterwards");
        done
    }

    #[test]
    fn no_time_passes_while_another_thread_is_at_work() {
        let hold = Hold::default();
        hold.runtime().block_on(hold.beside(async {
            for number in 0..100 {
                let (answer, answered) = oneshot::channel();
                let its = hold.clone();
                let work = thread::spawn(move || {
                    while lock(&its.0.now).calls == 0 {
                        thread::yield_now();
                    }
                    answer.send(number).unwrap();
                });
                assert_eq!(during(&hold, answered).await, Ok(number));
                work.join().unwrap();
            }
        }));
    }

    #[test]
    fn two_calls_are_at_work_at_the_same_time() {
        let hold = Hold::default();
        hold.runtime().block_on(hold.beside(async {
            let (first, second) = (oneshot::channel(), oneshot::channel());
            let its = hold.clone();
            let work = thread::spawn(move || {
                while lock(&its.0.now).calls < 2 {
                    thread::yield_now();
                }
                second.0.send("second").unwrap();
                first.0.send("first").unwrap();
            });
            let its = hold.clone();
            let other = tokio::spawn(async move { its.during(first.1).await });
            assert_eq!(during(&hold, second.1).await, Ok("second"));
            assert_eq!(other.await.unwrap(), Ok("first"));
            work.join().unwrap();
        }));
    }

    #[test]
    fn a_call_that_is_given_up_holds_nothing() {
        let hold = Hold::default();
        hold.runtime().block_on(hold.beside(async {
            let (_answer, answered) = oneshot::channel::<()>();
            let its = hold.clone();
            let call = tokio::spawn(async move { its.during(answered).await });
            tokio::task::yield_now().await;
            call.abort();
            sleep(LATER).await;
        }));
        let now = lock(&hold.0.now);
        assert_eq!((now.calls, now.woken), (0, 0));
    }

    #[test]
    fn a_store_may_live_in_the_very_runtime() {
        let hold = Hold::default();
        hold.runtime().block_on(hold.beside(async {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let place = listener.local_addr().unwrap();
            let server = thread::spawn(move || {
                listener.accept().unwrap().0.write_all(b"done").unwrap();
            });
            let call = async {
                let mut answer = String::new();
                let mut stream = TcpStream::connect(place).await.unwrap();
                stream.read_to_string(&mut answer).await.unwrap();
                answer
            };
            assert_eq!(during(&hold, call).await, "done");
            server.join().unwrap();
        }));
    }
}
