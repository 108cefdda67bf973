//! `rules`: the paths of other APIs that the gateway answers.

use std::{io::Write as _, path::Path};

use boxoffice_gateway::{
    GatewaySettings,
    rules::{BUILT_IN, Rules},
};
use boxoffice_runtime::{System, telemetry::Metrics};
use boxoffice_settings::Settings;

use crate::{
    cli::{self, RulesCommand},
    serve,
    services::SERVICES,
};

/// Lists them, prints them, or checks more of them.
pub fn rules(options: &cli::Rules, settings: &Settings) -> anyhow::Result<()> {
    match &options.command {
        Some(RulesCommand::Check { file }) => check(file),
        None if options.print => say(&BUILT_IN.map(|(name, text)| format!("# {name}\n\n{text}")).join("\n")),
        None => say(&list(settings)?),
    }
}

/// Whoever has closed the pipe does not want to read on.
fn say(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Every rule that the next start will follow, as a table.
fn list(settings: &Settings) -> anyhow::Result<String> {
    let settings: GatewaySettings = settings.section()?;
    let lines = Rules::read(BUILT_IN, settings.rules.as_deref())?.list();
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or_default();
    let (first, second) = (width(0), width(1));
    let table = lines.iter().map(|[from, to, file]| format!("{from:first$}  {to:second$}  {file}\n"));
    Ok(table.collect())
}

/// Puts up a door with the rules of `file`, before services without data.
fn check(file: &Path) -> anyhow::Result<()> {
    let rules = Rules::read(&[], Some(file))?.list().len();
    let setting = ("BOXOFFICE_GATEWAY_RULES".to_owned(), file.display().to_string());
    let folder = tempfile::tempdir()?;
    let setup = serve::setup(Settings::from_env([setting]), folder.path())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let system = System::start(SERVICES, &setup).await?;
        let door = serve::door(&system, &setup, Metrics::install());
        system.stop().await;
        door.map(drop)
    })?;
    say(&format!("{}: {rules} rules, all of which can be used\n", file.display()))
}
