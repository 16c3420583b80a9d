// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where the parts of a function are.

use proc_macro::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

/// What is wrong, and where.
pub struct Error {
    message: &'static str,
    span: Span,
}

impl Error {
    pub fn new(message: &'static str, span: Span) -> Self {
        Error { message, span }
    }

    /// `compile_error!("...");`
    pub fn into_tokens(self) -> TokenStream {
        let tokens: TokenStream =
            format!("::core::compile_error!{{{:?}}}", self.message).parse().expect("a macro call");
        tokens
            .into_iter()
            .map(|mut tree| {
                tree.set_span(self.span);
                tree
            })
            .collect()
    }
}

pub struct Function {
    /// All before the body: attributes, visibility, generics, arguments, bounds.
    pub head: Vec<TokenTree>,
    pub is_async: bool,
    pub name: Ident,
    /// Empty: the function returns nothing.
    pub returns: Vec<TokenTree>,
    pub body: Group,
}

fn is_ident(tree: &TokenTree, name: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident.to_string() == name)
}

fn is_punct(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_group(tree: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// Whether `trees[at]` is the first half of "->".
fn is_arrow(trees: &[TokenTree], at: usize) -> bool {
    matches!(&trees[at], TokenTree::Punct(punct) if punct.as_char() == '-' && punct.spacing() == Spacing::Joint)
        && trees.get(at + 1).is_some_and(|next| is_punct(next, '>'))
}

/// The return type that follows the generics and arguments. Signs of "->" close no bracket.
fn find_returns(signature: &[TokenTree]) -> Vec<TokenTree> {
    let mut depth = 0;
    let mut begin = None;
    let mut has_arguments = false;
    let mut at = 0;

    while at < signature.len() {
        let tree = &signature[at];

        if is_arrow(signature, at) {
            if depth == 0 && has_arguments && begin.is_none() {
                begin = Some(at + 2);
            }
            at += 2;
            continue;
        }
        if is_punct(tree, '<') {
            depth += 1;
        } else if is_punct(tree, '>') {
            depth -= 1;
        } else if depth == 0 && is_group(tree, Delimiter::Parenthesis) {
            has_arguments = true;
        } else if depth == 0 && is_ident(tree, "where") {
            break;
        }
        at += 1;
    }
    begin.map_or_else(Vec::new, |begin| signature[begin..at].to_vec())
}

impl Function {
    pub fn find(item: TokenStream) -> Result<Self, Error> {
        const NO_FUNCTION: &str = "#[async_inspect::trace] is for async functions";
        const NO_BODY: &str = "#[async_inspect::trace] is for functions with a body";

        let mut head: Vec<TokenTree> = item.into_iter().collect();
        let at = head
            .iter()
            .position(|tree| is_ident(tree, "fn"))
            .ok_or_else(|| Error::new(NO_FUNCTION, Span::call_site()))?;
        let name = match head.get(at + 1) {
            Some(TokenTree::Ident(name)) => name.clone(),
            _ => return Err(Error::new(NO_FUNCTION, head[at].span())),
        };
        let body = match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            _ => return Err(Error::new(NO_BODY, name.span())),
        };
        Ok(Function {
            is_async: head[..at].iter().any(|tree| is_ident(tree, "async")),
            returns: find_returns(&head[at + 2..]),
            head,
            name,
            body,
        })
    }

    /// Whether a variable can be declared of the type that the function returns.
    pub fn has_plain_return(&self) -> bool {
        fn is_plain(trees: &[TokenTree]) -> bool {
            trees.iter().all(|tree| match tree {
                TokenTree::Group(group) => is_plain(&group.stream().into_iter().collect::<Vec<_>>()),
                _ => !is_ident(tree, "impl"),
            })
        }
        is_plain(&self.returns) && !self.returns.first().is_some_and(|tree| is_punct(tree, '!'))
    }

    /// Of a body, what has to be its first: `#![allow(...)]`.
    pub fn split_inner_attributes(trees: Vec<TokenTree>) -> (Vec<TokenTree>, Vec<TokenTree>) {
        let mut n = 0;

        while trees.len() >= n + 3
            && is_punct(&trees[n], '#')
            && is_punct(&trees[n + 1], '!')
            && is_group(&trees[n + 2], Delimiter::Bracket)
        {
            n += 3;
        }
        let rest = trees[n..].to_vec();
        (trees[..n].to_vec(), rest)
    }

    /// How many trees at the end are `async { ... }` or `async move { ... }`; 0: something else.
    pub fn count_async_block(trees: &[TokenTree]) -> usize {
        let n = trees.len();

        if n < 2 || !is_group(&trees[n - 1], Delimiter::Brace) {
            0
        } else if is_ident(&trees[n - 2], "async") {
            2
        } else if n >= 3 && is_ident(&trees[n - 2], "move") && is_ident(&trees[n - 3], "async") {
            3
        } else {
            0
        }
    }

    /// Whether the trees end in `pin(...)`, as `Box::pin(...)` does.
    pub fn ends_in_pin(trees: &[TokenTree]) -> bool {
        let n = trees.len();

        n >= 2 && is_group(&trees[n - 1], Delimiter::Parenthesis) && is_ident(&trees[n - 2], "pin")
    }
}
