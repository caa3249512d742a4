//! A transport without a network: keeps what it is asked, and answers what it was told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::transport::{Lost, Request, Response, Transport};

/// Keeps each request, and answers from a list.
///
/// ```
/// use chinwag::rest::{Account, Client, Recorder};
///
/// # async fn run() -> chinwag::Result<()> {
/// let recorder = Recorder::new();
/// recorder.answer(404, r#"{"code": 20404, "message": "not found", "status": 404}"#);
/// let account = Account::new("AC0123456789abcdef0123456789abcdef".parse()?, "token");
/// let client = Client::over(account, recorder.clone());
/// let sid = "SM0123456789abcdef0123456789abcdef".parse()?;
/// let error = client.fetch(sid).await.unwrap_err();
/// assert_eq!(error.code().map(|code| code.number()), Some(20404));
/// assert!(recorder.requests()[0].url.ends_with("/Messages/SM0123456789abcdef0123456789abcdef.json"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Tape>>);

#[derive(Debug, Default)]
struct Tape {
    requests: Vec<Request>,
    answers: VecDeque<Result<Response, Lost>>,
}

impl Recorder {
    /// A recorder without requests and answers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next request without an answer gets this status and body.
    pub fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        self.push(Ok(Response { status, retry_after: None, body: body.into() }));
    }

    /// The next request without an answer gets this.
    pub fn push(&self, answer: Result<Response, Lost>) {
        self.tape().answers.push_back(answer);
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.tape().requests.clone()
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn exchange(&self, request: Request) -> Result<Response, Lost> {
        let mut tape = self.tape();
        tape.requests.push(request);
        let none = || Err(Lost::NotSent("the recorder has no answer left".into()));
        tape.answers.pop_front().unwrap_or_else(none)
    }
}
