//! `chinwag broadcast`: run from a list, and paused, resumed, stopped or looked at from anywhere.

use std::{
    fs,
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
};

use chinwag::{
    conversation::clock::SystemClock,
    message::{AccountSid, Address, Template, Templates},
    outbound::{Broadcast, Courier, List, Notifier, QuietHours, Rate, Stage},
    rest::{Account, Client},
    store::{self, Store},
};
use clap::{Args, Subcommand};
use futures_util::stream;

use crate::{
    filled, log, tell,
    told::{Told, in_words},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Tell all contacts of a list, in which each stands once; run it again when it was ended in the
    /// middle.
    Run(Box<Run>),
    /// Tell nobody more for now, wherever it runs.
    Pause(Named),
    /// Go on, or let a broadcast that was stopped be run again.
    Resume(Named),
    /// End it, wherever it runs.
    Stop(Named),
    /// Show how far it is.
    Show(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The broadcast's name: under it each contact is told once.
    name: String,
    /// Our number, as in +14155238886, for WhatsApp; or sms:+14155238886.
    #[arg(long, value_name = "NUMBER")]
    from: String,
    /// Where the bot remembers: sqlite:PATH, postgres://… or redis://….
    #[arg(long, value_name = "URL", env = "CHINWAG_STORE", hide_env_values = true)]
    store: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    named: Named,
    /// A CSV file; its first line names the column contact and the template's places, as in
    /// contact,1,2.
    #[arg(value_name = "FILE")]
    list: PathBuf,
    /// The template's name.
    #[arg(long, value_name = "NAME")]
    template: String,
    /// A file of templates, in TOML; without it there are those of Twilio's sandbox.
    #[arg(long, value_name = "FILE")]
    templates: Option<PathBuf>,
    /// Hours in which nobody is told, as in "21:00-08:00 +02:00".
    #[arg(long, value_name = "HOURS", allow_hyphen_values = true)]
    quiet: Option<QuietHours>,
    /// How many messages leave in a second at most.
    #[arg(long, value_name = "MESSAGES", default_value_t = 80)]
    rate: u32,
    /// Say how far it is as JSON, an object in each line.
    #[arg(long)]
    json: bool,
    /// Write who was not told, and why, to this CSV file.
    #[arg(long, value_name = "FILE")]
    untold: Option<PathBuf>,
    /// Check the list, and tell nobody.
    #[arg(long)]
    check: bool,
    /// The account that sends; without it the bot's own courier does.
    #[arg(long, value_name = "SID", env = "TWILIO_ACCOUNT_SID")]
    account_sid: Option<String>,
    /// The account's auth token.
    #[arg(long, value_name = "TOKEN", env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: Option<String>,
    /// Where messages are sent by; Twilio's own address, if nothing is said.
    #[arg(long, value_name = "URL", env = "TWILIO_API_URL")]
    api_url: Option<String>,
}

pub(crate) async fn run(task: Task) -> chinwag::Result<()> {
    log();
    match task {
        Task::Run(task) => task.run().await,
        Task::Pause(named) => Ok(named.open().await?.0.pause().await?),
        Task::Resume(named) => Ok(named.open().await?.0.resume().await?),
        Task::Stop(named) => Ok(named.open().await?.0.stop().await?),
        Task::Show(named) => {
            let (broadcast, _) = named.open().await?;
            let progress = broadcast.progress().await?;
            let never = || format!("there is no broadcast {:?} of this number", named.name);
            let progress = progress.ok_or_else(never)?;
            tell(io::stdout(), format_args!("{} ({})", in_words(&progress), progress.at));
            Ok(())
        }
    }
}

impl Named {
    fn sender(&self) -> chinwag::Result<Address> {
        let sender = match self.from.strip_prefix("sms:") {
            Some(number) => number.parse(),
            None => Address::whatsapp(self.from.trim_start_matches("whatsapp:")),
        };
        Ok(sender.map_err(|error| format!("--from is {:?}: {error}", self.from))?)
    }

    async fn open(&self) -> chinwag::Result<(Broadcast, Arc<dyn Store>)> {
        let sender = self.sender()?;
        let asks = "name the store in which the bot remembers who has opted in";
        let url =
            self.store.as_deref().ok_or_else(|| format!("CHINWAG_STORE is not set; {asks}"))?;
        if url.trim() == "memory:" {
            let what = "CHINWAG_STORE is memory:, which no other program sees";
            return Err(format!("{what}; {asks}").into());
        }
        let store = store::open(url).await;
        let store = store.map_err(|error| format!("CHINWAG_STORE: {error}"))?;
        let notifier = Notifier::new(Arc::clone(&store), Arc::new(SystemClock));
        Ok((Broadcast::new(self.name.as_str(), sender, notifier)?, store))
    }
}

impl Run {
    async fn run(self) -> chinwag::Result<()> {
        let list = List::open(&self.list, &self.template()?, &self.named.sender()?)?;
        if self.check {
            tell(io::stdout(), format_args!("{} contacts, all in order", list.lines()));
            return Ok(());
        }
        let client = self.client()?;
        let (broadcast, store) = self.named.open().await?;
        let mut broadcast = broadcast.of(list.lines());
        if let Some(quiet) = &self.quiet {
            broadcast = broadcast.quiet_hours(quiet.clone());
        }
        let mut told = Told::new(self.json, io::stdout().is_terminal(), self.untold)?;
        let rounds = client.map(|client| {
            let courier = Courier::new(store, Arc::new(SystemClock), client);
            let courier = courier.rate(Rate::per_second(self.rate));
            let courier = courier.tells_fates(broadcast.fates());
            match self.quiet {
                Some(quiet) => courier.quiet_hours(quiet).run(),
                None => courier.run(),
            }
        });
        if rounds.is_none() {
            let who = "TWILIO_ACCOUNT_SID is not set: the courier of the bot sends, if one runs";
            tell(io::stderr(), who);
        }
        let lines = stream::iter(list.read()?);
        let done = tokio::select! {
            done = broadcast.tell(lines, |event| told.hear(event)) => Some(done?),
            _ = tokio::signal::ctrl_c() => None,
        };
        told.end();
        match done.map(|progress| progress.stage) {
            Some(Stage::Stopped) => {
                Err("the broadcast was stopped; chinwag broadcast resume lets it be run again"
                    .into())
            }
            Some(_) => Ok(()),
            None => Err("ended in the middle; run it again to go on".into()),
        }
    }

    fn template(&self) -> chinwag::Result<Template> {
        let templates = match &self.templates {
            None => Templates::sandbox(),
            Some(file) => {
                let at = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
                let text = fs::read_to_string(file).map_err(|error| at(&error))?;
                Templates::from_toml(&text).map_err(|error| at(&error))?
            }
        };
        let known = || templates.iter().map(Template::name).collect::<Vec<_>>().join(", ");
        let none = || format!("there is no template {:?}; there are {}", self.template, known());
        Ok(templates.get(&self.template).cloned().ok_or_else(none)?)
    }

    /// What sends, if there is an account.
    fn client(&self) -> chinwag::Result<Option<Client>> {
        let Some(sid) = filled(self.account_sid.clone()) else { return Ok(None) };
        let named = |error| format!("TWILIO_ACCOUNT_SID: {error}");
        let sid = sid.trim().parse::<AccountSid>().map_err(named)?;
        // While one is replaced there are several; the first is the primary one.
        let token = self.auth_token.as_deref().and_then(|tokens| tokens.split(',').next());
        let token = filled(token.map(|token| token.trim().to_owned()));
        let token =
            token.ok_or("TWILIO_AUTH_TOKEN is missing: set it to the account's auth token")?;
        let mut account = Account::new(sid, token);
        if let Some(url) = filled(self.api_url.clone()) {
            account = account.at(url);
        }
        Ok(Some(Client::new(account).map_err(|error| format!("TWILIO_API_URL: {error}"))?))
    }
}
