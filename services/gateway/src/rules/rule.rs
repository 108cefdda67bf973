//! A rule that is ready to be followed.

use axum::http::{HeaderName, HeaderValue, Method};
use boxoffice_http::{Problem, codes};

use super::{
    fields::Fields,
    file::{Field, Kind, RuleText, Shape},
    filter::Filter,
    names::Names,
};

/// How a request of a client becomes a canonical one, and the answer to it the client's.
pub struct Rule {
    /// As it was written.
    pub text: RuleText,
    /// The method of the client's request.
    pub method: Method,
    /// Its path, with braces.
    pub from: String,
    /// What it becomes.
    pub target: Target,
    /// Headers that the canonical request has unless the client sent them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What the braces of `from` stand for, all of them.
    pub path: Fields,
    /// The parameters that there are.
    pub query: Fields,
    /// The fields of the body.
    pub body: Fields,
    /// From what was sent to the canonical request.
    pub request: Option<Filter>,
    /// From the canonical answer to the client's.
    pub answer: Option<Filter>,
    /// What the client calls the canonical fields.
    pub names: Names,
}

/// What becomes of a request.
pub enum Target {
    /// It is one for a service.
    Canonical {
        /// The method.
        method: Method,
        /// The path, with braces.
        path: String,
    },
    /// It is refused.
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

    /// The route that it leads to; none when it refuses.
    pub fn canonical(&self) -> Option<(&Method, &str)> {
        match &self.target {
            Target::Canonical { method, path } => Some((method, path)),
            Target::Refused(_) => None,
        }
    }

    /// The canonical path to `name` in braces, out of the client's.
    pub fn named_in_path(&self, name: &str) -> Option<&str> {
        let mut fields = self.path.iter();
        fields.find(|(client, field)| field.to.as_ref().unwrap_or(client) == name).map(|(client, _)| client.as_str())
    }

    fn fits(&self) -> Result<(), String> {
        if let Some(field) = self.path.keys().chain(self.query.keys()).find(|name| self.kind(name) == Some(Kind::List))
        {
            return Err(format!("{field} is no field of the body, and so cannot be a list"));
        }
        let lists = self.body.keys().filter_map(|name| name.rsplit_once("[].")).map(|(list, _)| list);
        if let Some(list) = lists.into_iter().find(|list| self.body.get(*list).map(|f| f.kind) != Some(Kind::List)) {
            return Err(format!("body: {list} is not declared as a list"));
        }
        if !self.body.is_empty() && self.request.is_none() && matches!(self.target, Target::Canonical { .. }) {
            return Err("body: without a filter `request` nothing is made of it".into());
        }
        if let Target::Canonical { path, .. } = &self.target
            && let Some(name) = braces(path).find(|name| self.named_in_path(name).is_none())
        {
            return Err(format!("to: nothing in `from` stands for {{{name}}}"));
        }
        Ok(())
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.path.get(name).or_else(|| self.query.get(name)).map(|field| field.kind)
    }
}

/// A shape as a definition that filters may call.
pub fn definition(name: &str, shape: &Shape) -> String {
    let members = shape.iter().map(|(field, code)| format!("\"{field}\": ({code})"));
    format!("def {name}: {{{}}};\n", members.collect::<Vec<_>>().join(", "))
}

/// The names in the braces of a path.
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
                format!("refuse: there is no code {}; there are {}", refuse.code, known.join(", "))
            })?;
            Ok(Target::Refused(Problem::new(code, refuse.detail.clone())))
        }
        _ => Err("expected either `to` or `refuse`".into()),
    }
}

/// `GET /orders/{id}` as method and path.
fn route(text: &str) -> Result<(Method, String), String> {
    let expected = || format!("expected a method and a path, as in \"GET /orders/{{id}}\", not {text:?}");
    let (method, path) = text.split_once(' ').ok_or_else(expected)?;
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let method = known.into_iter().find(|known| known.as_str() == method).ok_or_else(expected)?;
    let is_plain = |segment: &str| !segment.is_empty() && !segment.contains(['*', '?', '#', ' ']);
    let fits = path.strip_prefix('/').is_some_and(|path| path.split('/').all(is_plain));
    if fits { Ok((method, path.to_owned())) } else { Err(expected()) }
}

/// Everything in the braces of `from`, as far as it is declared.
fn path(from: &str, declared: &Fields) -> Result<Fields, String> {
    if let Some(stray) = declared.keys().find(|name| braces(from).all(|brace| brace != *name)) {
        return Err(format!("path: {{{stray}}} does not stand in `from`"));
    }
    Ok(braces(from).map(|name| (name.to_owned(), declared.get(name).cloned().unwrap_or_default())).collect())
}

fn header((name, value): (&String, &String)) -> Result<(HeaderName, HeaderValue), String> {
    let name = HeaderName::try_from(name).map_err(|why| format!("headers: {name}: {why}"))?;
    let value = HeaderValue::try_from(value).map_err(|why| format!("headers: {name}: {why}"))?;
    Ok((name, value))
}
