//! `rules`: lists, prints and checks the rules for paths of other APIs.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use boxoffice_gateway::{
    GatewaySettings,
    rules::{self, BUILT_IN},
};
use boxoffice_runtime::{System, telemetry::Metrics};
use boxoffice_settings::Settings;
use clap::{Args, Subcommand};

use crate::{
    composition::{gateway_router, setup},
    services::SERVICES,
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Rules {
    /// Print the built-in rule files, as examples
    #[arg(long)]
    pub print: bool,
    #[command(subcommand)]
    pub command: Option<RulesCommand>,
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Check a file of rules, or a folder of such files
    ///
    /// Exits with 0 if all rules are valid, or with 1 and the first error.
    Check {
        /// File or folder, as for BOXOFFICE_GATEWAY_RULES
        file: PathBuf,
    },
}

impl Rules {
    /// Lists, prints or checks rules.
    pub fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        match &self.command {
            Some(RulesCommand::Check { file }) => check(file),
            None if self.print => print(&BUILT_IN.map(|(name, text)| format!("# {name}\n\n{text}")).join("\n")),
            None => print(&list(settings)?),
        }
    }
}

/// Prints to stdout. A closed pipe is not an error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// A table of all rules that the present settings enable.
fn list(settings: &Settings) -> anyhow::Result<String> {
    let settings: GatewaySettings = settings.section()?;
    let lines = rules::Rules::read(BUILT_IN, settings.rules.as_deref())?.list();
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or_default();
    let (first, second) = (width(0), width(1));
    let table = lines.iter().map(|[from, to, file]| format!("{from:first$}  {to:second$}  {file}\n"));
    Ok(table.collect())
}

/// Builds a gateway with the rules of `file`, in front of services without data.
fn check(file: &Path) -> anyhow::Result<()> {
    let count = rules::Rules::read(&[], Some(file))?.list().len();
    let setting = ("BOXOFFICE_GATEWAY_RULES".to_owned(), file.display().to_string());
    let folder = tempfile::tempdir()?;
    let setup = setup(Settings::from_env([setting]), folder.path())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let system = System::start(SERVICES, &setup).await?;
        let router = gateway_router(&system, &setup, Metrics::install());
        system.stop().await;
        router.map(drop)
    })?;
    print(&format!("{}: {count} rules are valid\n", file.display()))
}
