use serde::{Deserialize, Serialize};

/// Whose pages may call the API from a browser: `*` for anybody's, or an origin as a browser writes it (RFC 6454 section
/// 6.1), such as `https://shop.example`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Origin {
    /// Anybody's; the API knows no cookies, so no credentials go with it.
    Any,
    /// Scheme, host, and the port unless it is the scheme's own.
    Of(String),
}

impl TryFrom<String> for Origin {
    type Error = String;

    /// A browser compares the text as it is, so what is written otherwise would never match and is refused.
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
            "expected * or an origin such as https://shop.example, in lower case, without a path and without the port \
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
    fn an_origin_is_written_as_browsers_write_it() {
        for good in ["https://shop.example", "http://localhost:3000", "https://[::1]", "http://[::1]:8080"] {
            assert_eq!(Origin::try_from(good.to_owned()), Ok(Origin::Of(good.to_owned())));
        }
        assert_eq!(Origin::try_from("*".to_owned()), Ok(Origin::Any));
        for bad in [
            "",
            "null",
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://Shop.example",
            "ftp://shop.example",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://*.shop.example",
            "https://a b",
            "https://x:y",
            "https://ann@shop.example",
            "https://shop.example:99999",
        ] {
            assert!(Origin::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
