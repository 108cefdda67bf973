//! The paths and string literals of a source file, without comments and tests.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path or a text with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub line: usize,
    pub what: T,
}

/// The paths and texts of a source file.
#[derive(Debug, Default)]
pub struct Source {
    /// Every path, each branch of a `use` by itself: `use a::{b, c::d}` is `a::b` and `a::c::d`. A lone word is a path
    /// of one.
    pub paths: Vec<At<Vec<String>>>,
    /// Every string literal, with its line.
    pub texts: Vec<At<String>>,
}

impl Source {
    /// Reads a file's content.
    pub fn read(content: &str) -> Self {
        let mut source = Self::default();
        source.walk(TokenStream::from_str(content).expect("rustc reads it, so it has tokens"));
        source
    }

    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Ident(_) => self.path(&tokens, at, &[]),
                TokenTree::Group(group) => {
                    self.walk(group.stream());
                    at + 1
                }
                TokenTree::Literal(literal) => {
                    self.text(&literal.to_string(), literal.span().start().line);
                    at + 1
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(&tokens, at + 1),
                TokenTree::Punct(_) => at + 1,
            };
        }
    }

    /// Reads the path that begins at `at`; returns the index of the token after it.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, before: &[String]) -> usize {
        let mut path = before.to_vec();
        let line = tokens[at].span().start().line;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && !path.is_empty() => {
                    self.branches(group, &path);
                    return at + 1;
                }
                // `path::*` and `path::<T>` end the path.
                _ => break,
            }
            at += 1;
            if is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1)) {
                at += 2;
            } else {
                break;
            }
        }
        self.paths.push(At { line, what: path });
        at
    }

    /// The branches of `use path::{...}`.
    fn branches(&mut self, group: &Group, path: &[String]) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        for branch in tokens.split(is_comma).filter(|branch| !branch.is_empty()) {
            self.path(branch, 0, path);
        }
    }

    /// Skips comments, which are attributes for the compiler, and items that are compiled for tests only.
    fn attribute(&mut self, tokens: &[TokenTree], mut at: usize) -> usize {
        if matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == '!') {
            at += 1;
        }
        let Some(TokenTree::Group(group)) = tokens.get(at) else { return at };
        let words = group.stream().to_string();
        if words.starts_with("doc") {
            return at + 1;
        }
        if words.replace(' ', "") == "cfg(test)" {
            let ends = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            return tokens[at..].iter().position(ends).map_or(tokens.len(), |end| at + end + 1);
        }
        self.walk(group.stream());
        at + 1
    }

    fn text(&mut self, literal: &str, line: usize) {
        if literal.contains('"') {
            self.texts.push(At { line, what: literal.to_owned() });
        }
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

#[test]
fn paths_and_strings_are_found_with_their_lines() {
    let source = Source::read(
        "//! crate::front\nuse crate::{domain::{self, Rule}, store as s};\n/// Not `crate::comment` \"WHERE x\".\n\
         fn f(a: super::super::A) -> b::<C> { g!(\"WHERE x = {a}\", crate::inside::<D>(1)); }\n\
         #[cfg(test)]\nmod tests { use crate::hidden; }\n#[serde(with = \"as_text\")]\nstruct Last(crate::last::L);",
    );
    let long = source.paths.iter().filter(|path| path.what.len() > 1);
    let long: Vec<_> = long.map(|path| (path.line, path.what.join("::"))).collect();
    let expected = [
        (2, "crate::domain::self"),
        (2, "crate::domain::Rule"),
        (2, "crate::store"),
        (4, "super::super::A"),
        (4, "crate::inside"),
        (8, "crate::last::L"),
    ];
    assert_eq!(long, expected.map(|(line, path)| (line, path.to_owned())));
    let texts: Vec<_> = source.texts.iter().map(|text| (text.line, text.what.as_str())).collect();
    assert_eq!(texts, [(4, "\"WHERE x = {a}\""), (7, "\"as_text\"")]);
}
