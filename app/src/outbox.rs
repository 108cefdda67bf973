//! `outbox`: messages that were said, listed and said again.

use std::path::Path;

use anyhow::bail;
use boxoffice_operator::{ReplayRequest, ReplayResponse};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    cli::{Outbox, Span},
    client::{Client, Reached, reach},
    services::SERVICES,
};

/// How many messages are listed.
const LISTED: usize = 200;

/// Does what was asked, and prints what came of it.
pub fn outbox(what: &Outbox) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match what {
            Outbox::List(span) => list(span).await,
            Outbox::Replay(span) => replay(span).await,
        }
    })
}

async fn running(data: &Path) -> anyhow::Result<Client> {
    match reach(data).await? {
        Reached::Running(client) => Ok(client),
        Reached::Stopped(_) => bail!("messages are heard by services that run: start the system first"),
    }
}

impl Span {
    /// The services whose messages are meant.
    fn sources(&self) -> impl Iterator<Item = &'static str> {
        let names = SERVICES.iter().map(|service| service.name);
        names.filter(|name| self.from.as_ref().is_none_or(|from| from == name))
    }

    fn of(&self, source: &str, after: i64, dry_run: bool) -> ReplayRequest {
        let (source, to) = (source.to_owned(), self.to.clone());
        ReplayRequest { source, since: self.since, after, to, key: self.key, dry_run }
    }
}

async fn list(span: &Span) -> anyhow::Result<()> {
    let client = running(&span.data.data).await?;
    let mut listed = 0;
    for source in span.sources() {
        let mut after = Some(0);
        while let Some(position) = after {
            let part: ReplayResponse = client.post("/api/v1/replays", &span.of(source, position, true)).await?;
            for message in &part.messages {
                if listed == LISTED {
                    println!("and more: name a shorter time, or --from, --to or --key");
                    return Ok(());
                }
                let to = message.to.join(", ");
                println!(
                    "{source}/{}  {}  {}  {}  to {to}",
                    message.position, message.published_at, message.key, message.kind
                );
                listed += 1;
            }
            after = part.next;
        }
    }
    if listed == 0 {
        println!("No message was said since {} that anybody listens to.", span.since);
    }
    Ok(())
}

async fn replay(span: &Span) -> anyhow::Result<()> {
    let client = running(&span.data.data).await?;
    let mut all = ReplayResponse::default();
    for source in span.sources() {
        let bar = bar(source);
        let mut after = Some(0);
        while let Some(position) = after {
            let part: ReplayResponse = client.post("/api/v1/replays", &span.of(source, position, false)).await?;
            bar.inc(part.scanned.unsigned_abs());
            bar.set_length(bar.position() + part.remaining.unsigned_abs());
            after = part.next;
            all.add(part);
        }
        bar.finish_and_clear();
    }
    let ReplayResponse { delivered, changed, skipped, refused, refusals, .. } = all;
    println!("{delivered} delivered, {changed} changed something, {skipped} come by themselves, {refused} refused");
    refusals.iter().for_each(|refusal| println!("refused: {refusal}"));
    Ok(())
}

/// A bar on stderr, where somebody looks at it.
fn bar(source: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<14} {bar:40} {pos}/{len} messages").expect("a template of ours");
    ProgressBar::new(0).with_style(style).with_message(source)
}
