//! jq filters: compiled once, run for each request.

use std::{fmt::Write as _, sync::LazyLock};

use jaq_core::{
    Compiler, Ctx, Vars,
    data::JustLut,
    load::{self, Arena, File, Loader, parse::Def},
    unwrap_valr,
};
use jaq_json::{Num, Val};

/// The functions that filters may call, besides the shapes of their file. All of them terminate and depend only on their
/// input: `range`, `repeat`, `recurse(f)`, `while`, `until`, `env`, `now`, `input` and `debug` are excluded.
const FUNCTIONS: &[&str] = &[
    "!empty",
    "add",
    "all",
    "any",
    "arrays",
    "ascii_downcase",
    "ascii_upcase",
    "contains",
    "del",
    "empty",
    "endswith",
    "error",
    "error_empty",
    "false",
    "first",
    "from_entries",
    "group_by",
    "has",
    "in",
    "index",
    "indices",
    "inside",
    "isarray",
    "isboolean",
    "isempty",
    "isnumber",
    "isobject",
    "isstring",
    "join",
    "key_values",
    "keys",
    "keys_unsorted",
    "last",
    "length",
    "limit",
    "ltrimstr",
    "map",
    "map_values",
    "max",
    "max_by",
    "max_by_or_empty",
    "min",
    "min_by",
    "min_by_or_empty",
    "not",
    "null",
    "reverse",
    "rtrimstr",
    "select",
    "sort",
    "sort_by",
    "startswith",
    "strings",
    "to_entries",
    "tostring",
    "trim",
    "true",
    "type",
    "unique",
    "unique_by",
    "values",
    "with_entries",
];

/// Name of the variable with the request, in filters of responses.
const REQUEST: &str = "$request";

/// The functions that are defined in jq.
static DEFINITIONS: LazyLock<Vec<Def<&str>>> = LazyLock::new(|| {
    let all = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    all.filter(|def| FUNCTIONS.contains(&def.name)).collect()
});

/// A compiled jq filter.
pub struct Filter(jaq_core::Filter<JustLut<Val>>);

impl Filter {
    /// Compiles `code`, which may use the `definitions` before it.
    ///
    /// # Errors
    /// A description of the error for the author of the rule.
    pub fn compile(definitions: &str, code: &str) -> Result<Self, String> {
        let words = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "def");
        if words(code) {
            return Err("a filter cannot define functions: use a shape".into());
        }
        let program = format!("{definitions}\n{code}");
        let funs = jaq_core::funs().chain(jaq_std::base_funs()).chain(jaq_json::funs());
        let funs = funs.filter(|(name, ..)| FUNCTIONS.contains(name));
        let arena = Arena::default();
        let modules = Loader::new(DEFINITIONS.iter().cloned())
            .load(&arena, File { code: &*program, path: () })
            .map_err(|errors| errors.iter().map(|(_, error)| malformed(error)).collect::<Vec<_>>().join("; "))?;
        let compiled = Compiler::default().with_funs(funs).with_global_vars([REQUEST]).compile(modules);
        compiled.map(Self).map_err(|errors| {
            let unknown = errors.iter().flat_map(|(_, errors)| errors);
            let unknown = unknown.map(|(name, what)| format!("unknown {} {name}", what.as_str()));
            unknown.collect::<Vec<_>>().join("; ")
        })
    }

    /// Runs the filter and returns its first output.
    ///
    /// # Errors
    /// An error of the filter, or a filter without output.
    pub fn run(&self, input: Val, request: Val) -> Result<Val, String> {
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([request]));
        let first = self.0.id.run((context, input)).map(unwrap_valr).next();
        first.ok_or("the filter has no output")?.map_err(|error| error.to_string())
    }
}

fn malformed(error: &load::Error<&str>) -> String {
    let mut text = String::new();
    let mut add = |expected: &str, found: &str| {
        let found = found.lines().next().unwrap_or_default();
        let found = if found.is_empty() { "its end" } else { found };
        let separator = if text.is_empty() { "" } else { "; " };
        write!(text, "{separator}expected {expected} at {found}").expect("writing to a string cannot fail");
    };
    match error {
        load::Error::Io(errors) => errors.iter().for_each(|(path, _)| add("no import", path)),
        load::Error::Lex(errors) => errors.iter().for_each(|(expected, found)| add(expected.as_str(), found)),
        load::Error::Parse(errors) => errors.iter().for_each(|(expected, found)| add(expected.as_str(), found)),
    }
    text
}

/// Reason why an output cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The value has no JSON form.
    NoJson,
    /// The JSON is larger than the limit.
    TooLarge,
}

/// Writes a value as JSON of at max_bytes `max_bytes` bytes. Numbers that were not calculated keep their digits. `omit_nulls`
/// leaves out object members that are null.
pub fn json(value: &Val, max_bytes: usize, omit_nulls: bool) -> Result<Vec<u8>, Unfit> {
    let mut out = Vec::new();
    write(value, &mut out, max_bytes, omit_nulls)?;
    Ok(out)
}

fn write(value: &Val, out: &mut Vec<u8>, max_bytes: usize, omit_nulls: bool) -> Result<(), Unfit> {
    match value {
        Val::Null => out.extend(b"null"),
        Val::Bool(value) => out.extend(value.to_string().bytes()),
        Val::Num(Num::Float(number)) if !number.is_finite() => return Err(Unfit::NoJson),
        Val::Num(number) => out.extend(number.to_string().bytes()),
        Val::TStr(text) => {
            let text = str::from_utf8(text).map_err(|_| Unfit::NoJson)?;
            serde_json::to_writer(&mut *out, text).map_err(|_| Unfit::NoJson)?;
        }
        Val::BStr(_) => return Err(Unfit::NoJson),
        Val::Arr(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                out.extend((at > 0).then_some(b','));
                write(item, out, max_bytes, omit_nulls)?;
            }
            out.push(b']');
        }
        Val::Obj(members) => {
            out.push(b'{');
            let members = members.iter().filter(|(_, value)| !omit_nulls || !matches!(value, Val::Null));
            for (at, (name, value)) in members.enumerate() {
                out.extend((at > 0).then_some(b','));
                if !matches!(name, Val::TStr(_)) {
                    return Err(Unfit::NoJson);
                }
                write(name, out, max_bytes, omit_nulls)?;
                out.push(b':');
                write(value, out, max_bytes, omit_nulls)?;
            }
            out.push(b'}');
        }
    }
    if out.len() > max_bytes { Err(Unfit::TooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str, input: &str) -> String {
        let filter = Filter::compile("", code).unwrap();
        let value = filter.run(jaq_json::read::parse_single(input.as_bytes()).unwrap(), Val::Null).unwrap();
        String::from_utf8(json(&value, 10_000, false).unwrap()).unwrap()
    }

    #[test]
    fn amounts_keep_their_digits() {
        for amount in ["100.00", "0.10", "25.5", "99999999999999999.99", "12345678901234567890", "1e2", "-0.00"] {
            assert_eq!(
                run("{total: .amount}", &format!(r#"{{"amount":{amount}}}"#)),
                format!(r#"{{"total":{amount}}}"#)
            );
        }
        assert_eq!(run("[.[].price] | min", r#"[{"price":100.00},{"price":9.90},{"price":12}]"#), "9.90");
    }

    #[test]
    fn texts_are_unchanged() {
        let text = r#""a\"b\\ü\u0001\n€""#;
        assert_eq!(
            serde_json::from_str::<String>(&run(".", text)).unwrap(),
            serde_json::from_str::<String>(text).unwrap()
        );
    }

    #[test]
    fn functions_that_may_not_terminate_or_read_the_environment_are_unavailable() {
        for code in [
            "repeat(.)",
            "range(9)",
            "recurse(.)",
            "[while(true; .)]",
            "until(false; .)",
            "env",
            "$ENV",
            "now",
            "input",
            "debug",
            "halt",
            "walk(.)",
            "fromjson",
            "tonumber",
            "import \"a\" as a; .",
            "missing",
        ] {
            assert!(Filter::compile("", code).is_err(), "{code}");
        }
        let refused = Filter::compile("", "def f: f; f").err().unwrap();
        assert!(refused.contains("cannot define functions"), "{refused}");
    }

    #[test]
    fn compile_errors_describe_the_error() {
        for (code, expected) in [
            ("{a: }", "expected term at }"),
            (".a | missing(1)", "unknown filter missing"),
            ("$nothing", "unknown variable $nothing"),
            ("", "expected term at its end"),
            ("\"a", "expected "),
        ] {
            let refused = Filter::compile("", code).err().unwrap_or_default();
            assert!(refused.contains(expected), "{code}: {refused}");
        }
    }

    #[test]
    fn output_is_limited_and_must_be_json() {
        let value = |code: &str| Filter::compile("", code).unwrap().run(Val::Null, Val::Null).unwrap();
        assert_eq!(json(&value(r#"["0123456789", "0123456789"]"#), 20, false), Err(Unfit::TooLarge));
        assert_eq!(json(&value("{(1|tostring): null, b: [null]}"), 50, true), Ok(br#"{"b":[null]}"#.to_vec()));
        assert_eq!(json(&value("{(1|tostring): null}"), 50, false), Ok(br#"{"1":null}"#.to_vec()));
        assert_eq!(json(&value("0 / 0"), 50, false), Err(Unfit::NoJson));
        assert_eq!(json(&value("{([]): 1}"), 50, false), Err(Unfit::NoJson));
    }
}
