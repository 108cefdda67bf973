use serde::{Deserialize, Serialize};

/// An origin whose pages may call the API from a browser: `*` for any, or an origin in the form of browsers (RFC 6454,
/// section 6.1), such as `https://tickets.example`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Origin {
    /// Any origin. The API uses no cookies, so no credentials are allowed.
    Any,
    /// Scheme, host, and port unless it is the default of the scheme.
    Of(String),
}

impl TryFrom<String> for Origin {
    type Error = String;

    /// Refuses other forms, because browsers compare origins exactly and would never match them.
    fn try_from(text: String) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let own = if text.starts_with("http:") { ":80" } else { ":443" };
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
        let fits = !host.is_empty() && host.bytes().all(is_plain) && !host.starts_with(':') && !host.ends_with(own);
        let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map(|(_, port)| port);
        if fits && port.is_none_or(|port| port.parse::<u16>().is_ok()) {
            return Ok(Self::Of(text));
        }
        Err(format!(
            "expected * or an origin such as https://tickets.example, in lower case, without a path and without the port \
             that is the scheme's own, got {text:?}"
        ))
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Any => "*".to_owned(),
            Origin::Of(origin) => origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_the_form_of_browsers() {
        for good in ["https://tickets.example", "http://localhost:3000", "https://[::1]", "http://[::1]:8080"] {
            assert_eq!(Origin::try_from(good.to_owned()), Ok(Origin::Of(good.to_owned())));
        }
        assert_eq!(Origin::try_from("*".to_owned()), Ok(Origin::Any));
        for bad in [
            "",
            "null",
            "tickets.example",
            "https://",
            "https://tickets.example/",
            "https://Shop.example",
            "ftp://tickets.example",
            "https://tickets.example:443",
            "http://tickets.example:80",
            "https://*.tickets.example",
            "https://a b",
            "https://x:y",
            "https://ann@tickets.example",
            "https://tickets.example:99999",
        ] {
            assert!(Origin::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
