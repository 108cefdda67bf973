//! `outbox`: lists and replays retained messages of a running system.

use std::{path::Path, time::Duration};

use anyhow::bail;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_operator::{ReplayRequest, ReplayResponse};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use crate::{
    client::{Client, Connection, connect},
    command_line::DataOption,
    services::SERVICES,
};

#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// List the messages that `outbox replay` would deliver, at most 200
    List(MessageFilter),
    /// Deliver messages to their consumers again
    ///
    /// Replaying is idempotent: a consumer that handled a message before changes nothing.
    Replay(MessageFilter),
}

/// Selects retained messages of a running system.
#[derive(Debug, Args)]
pub struct MessageFilter {
    /// Messages published since then: a duration such as 2h, or a time such as 2030-06-01T19:30:00Z
    #[arg(long, env = "BOXOFFICE_REPLAY_SINCE", value_name = "DURATION|TIME", value_parser = parse_since)]
    pub since: Timestamp,
    /// Only messages that this service published
    #[arg(long, env = "BOXOFFICE_REPLAY_FROM", value_name = "SERVICE", value_parser = service_names())]
    pub from: Option<String>,
    /// Only deliveries to this service
    #[arg(long, env = "BOXOFFICE_REPLAY_TO", value_name = "SERVICE", value_parser = service_names())]
    pub to: Option<String>,
    /// Only messages about this booking
    #[arg(long, env = "BOXOFFICE_REPLAY_KEY", value_name = "BOOKING")]
    pub key: Option<Uuid>,
    #[command(flatten)]
    pub data: DataOption,
}

fn service_names() -> PossibleValuesParser {
    PossibleValuesParser::new(SERVICES.iter().map(|service| service.name))
}

fn parse_since(text: &str) -> Result<Timestamp, String> {
    let duration: Result<Duration, _> = humantime::parse_duration(text);
    match duration {
        Ok(duration) => Ok(Clock::system().now().minus(duration)),
        Err(_) => {
            text.parse().map_err(|_| "expected a duration such as 2h, or a time such as 2030-06-01T19:30:00Z".into())
        }
    }
}

/// Maximum number of messages that are listed.
const MAX_LISTED: usize = 200;

impl Outbox {
    /// Runs the command and prints its result.
    pub fn run(&self) -> anyhow::Result<()> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            match self {
                Self::List(filter) => list(filter).await,
                Self::Replay(filter) => replay(filter).await,
            }
        })
    }
}

async fn running(data: &Path) -> anyhow::Result<Client> {
    match connect(data).await? {
        Connection::Running(client) => Ok(client),
        Connection::Stopped(_) => bail!("only a running system can replay messages: start the system first"),
    }
}

impl MessageFilter {
    /// The names of the services whose messages are selected.
    fn sources(&self) -> impl Iterator<Item = &'static str> {
        let names = SERVICES.iter().map(|service| service.name);
        names.filter(|name| self.from.as_ref().is_none_or(|from| from == name))
    }

    fn request(&self, source: &str, after: i64, dry_run: bool) -> ReplayRequest {
        let (source, to) = (source.to_owned(), self.to.clone());
        ReplayRequest { source, since: self.since, after, to, key: self.key, dry_run }
    }
}

async fn list(filter: &MessageFilter) -> anyhow::Result<()> {
    let client = running(&filter.data.data).await?;
    let mut listed = 0;
    for source in filter.sources() {
        let mut after = Some(0);
        while let Some(position) = after {
            let part: ReplayResponse = client.post("/api/v1/replays", &filter.request(source, position, true)).await?;
            for message in &part.messages {
                if listed == MAX_LISTED {
                    println!("More messages match: narrow the list with --since, --from, --to or --key.");
                    return Ok(());
                }
                let (time, to) = (message.published_at, message.to.join(", "));
                println!("{source}/{}  {time}  {}  {}  to {to}", message.position, message.key, message.kind);
                listed += 1;
            }
            after = part.next;
        }
    }
    if listed == 0 {
        println!("No message with a consumer was published since {}.", filter.since);
    }
    Ok(())
}

async fn replay(filter: &MessageFilter) -> anyhow::Result<()> {
    let client = running(&filter.data.data).await?;
    let mut total = ReplayResponse::default();
    for source in filter.sources() {
        let bar = progress_bar(source);
        let mut after = Some(0);
        while let Some(position) = after {
            let part: ReplayResponse = client.post("/api/v1/replays", &filter.request(source, position, false)).await?;
            bar.inc(part.scanned.unsigned_abs());
            bar.set_length(bar.position() + part.remaining.unsigned_abs());
            after = part.next;
            total.add(part);
        }
        bar.finish_and_clear();
    }
    let ReplayResponse { delivered, changed, skipped, refused, refusals, .. } = total;
    println!("{delivered} delivered, {changed} changed data, {skipped} skipped, {refused} refused");
    refusals.iter().for_each(|refusal| println!("refused: {refusal}"));
    Ok(())
}

/// A progress bar on stderr; hidden unless stderr is a terminal.
fn progress_bar(source: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<14} {bar:40} {pos}/{len} messages").expect("the template is valid");
    ProgressBar::new(0).with_style(style).with_message(source)
}
