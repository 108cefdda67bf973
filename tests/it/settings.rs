//! docs/settings.md names every setting that the program has, and no other.

use std::{collections::BTreeSet, fs, path::Path};

use boxoffice::{SERVICES, serve};
use boxoffice_chassis::{Settings, System, telemetry::Metrics};

use crate::walls::root;

/// Sections that are no service's.
const OTHERS: [&str; 3] = ["gateway", "identity", "outbox"];

/// The variables of a section: whoever sets one that it does not have is told those that it has.
pub async fn variables(section: &str) -> BTreeSet<String> {
    let stranger = format!("BOXOFFICE_{}_NO_SUCH_SETTING", section.to_uppercase());
    let folder = tempfile::tempdir().unwrap();
    let refused = start(Settings::from_env([(stranger.clone(), "1".to_owned())]), folder.path()).await;
    let Err(refused) = refused else { return BTreeSet::new() };
    let known = refused.split_once("the known ones are ");
    let (front, known) = known.unwrap_or_else(|| panic!("{section} does not start for another reason: {refused}"));
    assert!(front.contains(&stranger), "{refused}");
    known.split(", ").map(str::to_owned).collect()
}

async fn start(settings: Settings, folder: &Path) -> Result<(), String> {
    let setup = serve::setup(settings, folder).map_err(|error| format!("{error:#}"))?;
    let system = System::start(SERVICES, &setup).await.map_err(|error| format!("{error:#}"))?;
    let door = serve::door(&system, &setup, Metrics::install()).map_err(|error| format!("{error:#}"));
    system.stop().await;
    door.map(drop)
}

/// The variables that a page names.
fn named(page: &str) -> BTreeSet<&str> {
    let words = page.split(|char: char| !(char.is_ascii_uppercase() || char == '_'));
    words.filter(|word| word.starts_with("BOXOFFICE_")).collect()
}

#[tokio::test]
async fn the_page_names_every_setting_and_no_other() {
    let page = fs::read_to_string(root().join("docs/settings.md")).expect("the page is there");
    let named = named(&page);
    for section in SERVICES.iter().map(|service| service.name).chain(OTHERS) {
        let known = variables(section).await;
        let start = format!("BOXOFFICE_{}_", section.to_uppercase());
        let shown: BTreeSet<_> =
            named.iter().filter(|name| name.starts_with(&start)).map(|name| (*name).to_owned()).collect();
        assert_eq!(shown, known, "docs/settings.md on {section}");
    }
}
