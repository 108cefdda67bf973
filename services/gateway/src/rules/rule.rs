//! Compiled rules.

use axum::http::{HeaderName, HeaderValue, Method};
use boxoffice_http::{Problem, codes};

use super::{
    fields::Fields,
    file::{Field, Kind, RuleText, Shape},
    filter::Filter,
    names::Names,
};

/// A compiled rule: translates requests and responses.
pub struct Rule {
    /// The text of the rule.
    pub text: RuleText,
    /// Method of the client's request.
    pub method: Method,
    /// Path of the client's request, with parameters in braces.
    pub from: String,
    /// The canonical route, or a refusal.
    pub target: Target,
    /// Default headers of the canonical request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// All path parameters of `from`.
    pub path: Fields,
    /// The declared query parameters.
    pub query: Fields,
    /// The declared fields of the body.
    pub body: Fields,
    /// Filter from the request to the canonical request; `None` passes parameters on.
    pub request: Option<Filter>,
    /// Filter from the canonical response to the client's; `None` leaves it unchanged.
    pub answer: Option<Filter>,
    /// The client's names of canonical fields.
    pub names: Names,
}

/// The target of a rule.
pub enum Target {
    /// A canonical route of a service.
    Canonical {
        /// Method of the route.
        method: Method,
        /// Path of the route, with parameters in braces.
        path: String,
    },
    /// A refusal of every request.
    Refused(Problem),
}

impl Rule {
    /// Compiles `text`, whose filters may use `definitions`.
    ///
    /// # Errors
    /// A description of the error for the author of the rule.
    pub fn compile(text: &RuleText, definitions: &str) -> Result<Self, String> {
        let (method, from) = route(&text.from).map_err(|why| format!("from: {why}"))?;
        let filter = |name: &str, code: &Option<String>| {
            let compiled = code.as_ref().map(|code| Filter::compile(definitions, code)).transpose();
            compiled.map_err(|why| format!("{name}: {why}"))
        };
        let mut rule = Self {
            method,
            target: target(text)?,
            headers: text.headers.iter().map(header).collect::<Result<_, _>>()?,
            path: path(&from, &text.path)?,
            query: text.query.clone(),
            body: text.body.clone(),
            request: filter("request", &text.request)?,
            answer: filter("answer", &text.answer)?,
            names: Names::default(),
            text: text.clone(),
            from,
        };
        if text.list {
            for name in ["limit", "cursor"] {
                rule.query.insert(name.to_owned(), Field::default());
            }
        }
        rule.names = Names::of(&rule);
        rule.fits()?;
        Ok(rule)
    }

    /// The canonical route; `None` for a refusal.
    pub fn canonical(&self) -> Option<(&Method, &str)> {
        match &self.target {
            Target::Canonical { method, path } => Some((method, path)),
            Target::Refused(_) => None,
        }
    }

    /// The client's path parameter for the canonical path parameter `name`.
    pub fn named_in_path(&self, name: &str) -> Option<&str> {
        let mut fields = self.path.iter();
        fields.find(|(client, field)| field.to.as_ref().unwrap_or(client) == name).map(|(client, _)| client.as_str())
    }

    fn fits(&self) -> Result<(), String> {
        if let Some(field) = self.path.keys().chain(self.query.keys()).find(|name| self.kind(name) == Some(Kind::List))
        {
            return Err(format!("{field} is not a field of the body and cannot be a list"));
        }
        let lists = self.body.keys().filter_map(|name| name.rsplit_once("[].")).map(|(list, _)| list);
        if let Some(list) = lists.into_iter().find(|list| self.body.get(*list).map(|f| f.kind) != Some(Kind::List)) {
            return Err(format!("body: {list} is not declared as a list"));
        }
        if !self.body.is_empty() && self.request.is_none() && matches!(self.target, Target::Canonical { .. }) {
            return Err("body: a rule that declares fields needs a filter `request`".into());
        }
        if let Target::Canonical { path, .. } = &self.target
            && let Some(name) = braces(path).find(|name| self.named_in_path(name).is_none())
        {
            return Err(format!("to: `from` has no parameter for {{{name}}}"));
        }
        Ok(())
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.path.get(name).or_else(|| self.query.get(name)).map(|field| field.kind)
    }
}

/// Writes a shape as a jq definition.
pub fn definition(name: &str, shape: &Shape) -> String {
    let members = shape.iter().map(|(field, code)| format!("\"{field}\": ({code})"));
    format!("def {name}: {{{}}};\n", members.collect::<Vec<_>>().join(", "))
}

/// The names of the parameters in a path.
pub fn braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn target(text: &RuleText) -> Result<Target, String> {
    match (&text.to, &text.refuse) {
        (Some(to), None) => {
            let (method, path) = route(to).map_err(|why| format!("to: {why}"))?;
            Ok(Target::Canonical { method, path })
        }
        (None, Some(refuse)) => {
            let known = || crate::CODES.iter().chain(codes::ALL);
            let code = known().find(|code| code.code == refuse.code).ok_or_else(|| {
                let known: Vec<_> = known().map(|code| code.code).collect();
                format!("refuse: unknown code {}; the known ones are {}", refuse.code, known.join(", "))
            })?;
            Ok(Target::Refused(Problem::new(code, refuse.detail.clone())))
        }
        _ => Err("expected either `to` or `refuse`".into()),
    }
}

/// Parses a route such as `GET /orders/{id}`.
fn route(text: &str) -> Result<(Method, String), String> {
    let expected = || format!("expected a method and a path, as in \"GET /orders/{{id}}\", not {text:?}");
    let (method, path) = text.split_once(' ').ok_or_else(expected)?;
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let method = known.into_iter().find(|known| known.as_str() == method).ok_or_else(expected)?;
    let is_plain = |segment: &str| !segment.is_empty() && !segment.contains(['*', '?', '#', ' ']);
    let fits = path.strip_prefix('/').is_some_and(|path| path.split('/').all(is_plain));
    if fits { Ok((method, path.to_owned())) } else { Err(expected()) }
}

/// All path parameters of `from`, with their declarations.
fn path(from: &str, declared: &Fields) -> Result<Fields, String> {
    if let Some(stray) = declared.keys().find(|name| braces(from).all(|brace| brace != *name)) {
        return Err(format!("path: `from` has no parameter {stray}"));
    }
    Ok(braces(from).map(|name| (name.to_owned(), declared.get(name).cloned().unwrap_or_default())).collect())
}

fn header((name, value): (&String, &String)) -> Result<(HeaderName, HeaderValue), String> {
    let name = HeaderName::try_from(name).map_err(|why| format!("headers: {name}: {why}"))?;
    let value = HeaderValue::try_from(value).map_err(|why| format!("headers: {name}: {why}"))?;
    Ok((name, value))
}
