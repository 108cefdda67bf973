use sha2::{Digest, Sha256};

/// One forward-only step of a schema. Never change a migration that has run: add a new one.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Position within the migrations of its owner, from 1 without gaps.
    pub number: i64,
    /// Describes the migration in error messages.
    pub name: &'static str,
    /// Plain SQL. The macros `{{uuid}}`, `{{time}}`, `{{json}}`, `{{text}}` and `{{name}}` expand to types of the engine,
    /// `{{counted}}` to the type of a primary key that is one ascending number. Foreign keys must be `DEFERRABLE INITIALLY
    /// DEFERRED`, because the writer writes a batch table by table.
    pub sql: &'static str,
}

impl Migration {
    /// SHA-256 of the text before expansion, in hexadecimal.
    pub(crate) fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text with the macros expanded to `types`.
    pub(crate) fn expand(&self, types: &[(&str, &str)]) -> String {
        types.iter().fold(self.sql.to_owned(), |sql, (name, kind)| sql.replace(&format!("{{{{{name}}}}}"), kind))
    }
}

/// The migrations of `known` that have not run, given the `(number, checksum)` of those that have.
///
/// # Errors
/// A text for the operator when a migration that ran was changed or is unknown to this program.
pub(crate) fn pending<'a>(
    owner: &str,
    known: &'a [Migration],
    ran: &[(i64, String)],
) -> Result<Vec<&'a Migration>, String> {
    for (number, checksum) in ran {
        match known.iter().find(|m| m.number == *number) {
            None => {
                return Err(format!(
                    "migration {number} of {owner} ran here but is unknown to this program, which is older than its data: start a newer \
                     version"
                ));
            }
            Some(m) if m.checksum() != *checksum => {
                return Err(format!("migration {number} ({}) of {owner} was changed after it ran", m.name));
            }
            Some(_) => {}
        }
    }
    Ok(known.iter().filter(|m| ran.iter().all(|(number, _)| *number != m.number)).collect())
}
