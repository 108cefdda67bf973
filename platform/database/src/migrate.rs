use sha2::{Digest, Sha256};

/// One step of a schema, forward only.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Counts from 1 within its owner, without gaps.
    pub number: i64,
    /// Says what it does.
    pub name: &'static str,
    /// Plain SQL; `{{uuid}}`, `{{time}}`, `{{json}}`, `{{text}}` and `{{name}}` stand for the engine's own types, and
    /// `{{counted}}` for that of a primary key of one number that counts up. A foreign key has to be `DEFERRABLE
    /// INITIALLY DEFERRED`, because a batch is written table by table.
    pub sql: &'static str,
}

impl Migration {
    /// SHA-256 of the text as it is in the program, in hexadecimal.
    pub(crate) fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text with the engine's types in place of the macros.
    pub(crate) fn expand(&self, types: &[(&str, &str)]) -> String {
        types.iter().fold(self.sql.to_owned(), |sql, (name, kind)| sql.replace(&format!("{{{{{name}}}}}"), kind))
    }
}

/// Which of `known` are still to be run, given the `(number, checksum)` of those that ran.
///
/// # Errors
/// A text fit for the operator when a migration that ran was changed or is unknown to this program.
pub(crate) fn pending<'a>(
    owner: &str,
    known: &'a [Migration],
    ran: &[(i64, String)],
) -> Result<Vec<&'a Migration>, String> {
    for (number, checksum) in ran {
        match known.iter().find(|m| m.number == *number) {
            None => {
                return Err(format!(
                    "migration {number} of {owner} ran here but is not in this program: it is older than its data"
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
