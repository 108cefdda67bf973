//! Translation of canonical field names to the client's.

use boxoffice_http::FieldError;

use super::rule::Rule;

/// Pairs of canonical and client names.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// The names of all fields of a rule.
    pub fn of(rule: &Rule) -> Self {
        let all = rule.path.iter().chain(&rule.query).chain(&rule.body);
        Self(all.map(|(name, field)| (field.to.clone().unwrap_or_else(|| name.clone()), name.clone())).collect())
    }

    /// The client's names of the canonical `field`. Several fields may map to one; `was_sent` selects those that the client
    /// sent. Without any, the canonical name is returned.
    pub fn of_client(&self, field: &str, was_sent: impl Fn(&str) -> bool) -> Vec<String> {
        let mut found = self.find(field);
        if found.len() > 1 && found.iter().any(|name| was_sent(name)) {
            found.retain(|name| was_sent(name));
        }
        if found.is_empty() { vec![field.to_owned()] } else { found }
    }

    fn find(&self, field: &str) -> Vec<String> {
        let exact = |name: &str| -> Vec<String> {
            let same = self.0.iter().filter(|(canonical, _)| canonical == name);
            same.map(|(_, client)| client.clone()).collect()
        };
        let (pattern, places) = without_indexes(field);
        let mut found = exact(field);
        if found.is_empty() {
            found = exact(&pattern).iter().map(|client| with_places(client, &places)).collect();
        }
        if found.is_empty()
            && let Some((parent, _)) = field.rsplit_once(['.', '['])
            && !parent.is_empty()
        {
            let rest = &field[parent.len()..];
            found = self.find(parent).iter().map(|parent| format!("{parent}{rest}")).collect();
        }
        found
    }

    /// Renames the fields of a problem to the client's names.
    pub fn translated(&self, errors: Vec<FieldError>, was_sent: impl Fn(&str) -> bool) -> Vec<FieldError> {
        let named = |error: FieldError| {
            let message = self.reworded(&error.message);
            let fields = self.of_client(&error.field, &was_sent);
            fields.into_iter().map(move |field| FieldError { field, message: message.clone(), ..error.clone() })
        };
        errors.into_iter().flat_map(named).collect()
    }

    /// Replaces canonical names in a sentence by the client's. A word is a name if it has an inner capital or backticks.
    pub fn reworded(&self, sentence: &str) -> String {
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            let (front, tail) = rest.split_at(start);
            let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
            let (word, tail) = tail.split_at(end);
            out.push_str(front);
            let is_name = word.contains(|c: char| c.is_ascii_uppercase())
                && !word.starts_with(|c: char| c.is_ascii_uppercase())
                || front.ends_with('`') && tail.starts_with('`');
            out.push_str(if is_name { self.leaf(word).unwrap_or(word) } else { word });
            rest = tail;
        }
        out + rest
    }

    /// The last part of the client's name, if exactly one canonical field ends in `word`.
    fn leaf(&self, word: &str) -> Option<&str> {
        let last = |name: &'_ str| name.rfind('.').map_or(0, |at| at + 1);
        let mut found = self.0.iter().filter(|(canonical, _)| canonical[last(canonical)..] == *word);
        let (_, client) = found.next()?;
        found.next().is_none().then(|| &client[last(client)..])
    }
}

/// Splits `lines[3].quantity` into `lines[].quantity` and the index 3.
fn without_indexes(field: &str) -> (String, Vec<&str>) {
    let (mut pattern, mut places) = (String::new(), Vec::new());
    for (at, part) in field.split('[').enumerate() {
        match part.split_once(']') {
            Some((place, rest)) if at > 0 => {
                places.push(place);
                pattern.push_str(&format!("[]{rest}"));
            }
            _ => pattern.push_str(part),
        }
    }
    (pattern, places)
}

fn with_places(pattern: &str, places: &[&str]) -> String {
    places.iter().fold(pattern.to_owned(), |name, place| name.replacen("[]", &format!("[{place}]"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let pairs = [
            ("userId", "user_id"),
            ("lines[0].quantity", "seats_booked"),
            ("lines[].ticketTypeId", "items[].productId"),
            ("lines", "items"),
            ("note", "shippingAddress"),
            ("note", "paymentMethod"),
            ("name", "title"),
        ];
        Names(pairs.map(|(canonical, client)| (canonical.to_owned(), client.to_owned())).to_vec())
    }

    #[test]
    fn a_canonical_field_has_the_name_of_the_client() {
        for (canonical, client) in [
            ("userId", "user_id"),
            ("lines[0].quantity", "seats_booked"),
            ("lines[3].ticketTypeId", "items[3].productId"),
            ("lines", "items"),
            ("lines[2]", "items[2]"),
            ("lines[1].quantity", "items[1].quantity"),
            ("Idempotency-Key", "Idempotency-Key"),
        ] {
            assert_eq!(names().of_client(canonical, |_| true), [client], "{canonical}");
        }
        assert_eq!(names().of_client("note", |name| name == "paymentMethod"), ["paymentMethod"]);
        assert_eq!(names().of_client("note", |_| false), ["shippingAddress", "paymentMethod"]);
    }

    #[test]
    fn sentences_contain_the_names_of_the_client() {
        for (canonical, client) in [
            ("only operators may name another's `userId`", "only operators may name another's `user_id`"),
            ("expected either ticketTypeId or eventId", "expected either productId or eventId"),
            ("the `name` is empty", "the `title` is empty"),
            ("Idempotency-Key; Ünïcode userId", "Idempotency-Key; Ünïcode user_id"),
        ] {
            assert_eq!(names().reworded(canonical), client);
        }
    }
}
