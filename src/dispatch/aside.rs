//! What a reply brings about beside its words: an opt-in, and what is to be said later.

use super::later::{self, CallOff, Later, Plan};
use crate::{
    conversation::{OptIn, Record, Uninvited, clock::Timestamp},
    dispatch::{Error, IntoReply, Reply},
};

/// What a reply brings about beside its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Aside {
    opt_in: Option<OptIn>,
    plans: Vec<Plan>,
}

impl Aside {
    /// And then this.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.plans.extend(more.plans);
        Self { opt_in: more.opt_in.or(self.opt_in), ..self }
    }

    /// Whether nothing is planned for somebody who has not opted in, now or before.
    pub(super) fn check(&self, record: &Record) -> Result<(), Uninvited> {
        let has_consent = self.opt_in.is_some() || record.has_consent();
        let plans_something = self.plans.iter().any(|plan| matches!(plan, Plan::Set(_)));
        if plans_something && !has_consent { Err(Uninvited::NoConsent) } else { Ok(()) }
    }

    /// Keeps it in the record.
    pub(super) fn keep(self, record: &mut Record, now: Timestamp) {
        if let Some(opt_in) = self.opt_in {
            record.opts_in(opt_in, now);
        }
        if let Err(error) = later::plan(self.plans, record) {
            tracing::error!(%error, "what was planned is not said");
        }
    }
}

impl Reply {
    /// With it the contact has opted in: see [`OptIn`].
    pub fn opting_in(mut self, opt_in: OptIn) -> Self {
        self.aside().opt_in = Some(opt_in);
        self
    }

    /// With it this is planned: see [`Later`].
    pub fn later(mut self, later: Later) -> Self {
        self.aside().plans.push(Plan::Set(later));
        self
    }

    /// With it what was planned under this name is not said any more: see [`Later`].
    pub fn call_off(mut self, name: impl Into<String>) -> Self {
        self.aside().plans.push(Plan::CallOff(name.into()));
        self
    }

    fn aside(&mut self) -> &mut Aside {
        self.aside.get_or_insert_default()
    }
}

impl<R: IntoReply> IntoReply for (R, OptIn) {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(self.0.into_reply()?.opting_in(self.1))
    }
}

/// With `None`, nothing is kept of it.
impl<R: IntoReply> IntoReply for (R, Option<OptIn>) {
    fn into_reply(self) -> Result<Reply, Error> {
        let reply = self.0.into_reply()?;
        Ok(match self.1 {
            Some(opt_in) => reply.opting_in(opt_in),
            None => reply,
        })
    }
}

impl<R: IntoReply> IntoReply for (R, Later) {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(self.0.into_reply()?.later(self.1))
    }
}

impl<R: IntoReply> IntoReply for (R, CallOff) {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(self.0.into_reply()?.call_off(self.1.0))
    }
}
