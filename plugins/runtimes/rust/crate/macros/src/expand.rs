// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What becomes of a function.

use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

pub use crate::function::Error;
use crate::function::Function;

const NOT_ASYNC: &str = "#[async_inspect::trace] is for functions that are async, or that end in an async block or in \
                         Box::pin(async ...): put it above an attribute that makes the function another one, as \
                         #[tokio::main] does";

/// The name that is shown, as a literal: `name = "..."`, or what the function is called.
fn find_name(arguments: TokenStream, function: &Function) -> Result<String, Error> {
    const BAD: &str = "#[async_inspect::trace] takes nothing, or name = \"...\"";

    let trees: Vec<TokenTree> = arguments.into_iter().collect();
    match trees.as_slice() {
        [] => {
            let name = function.name.to_string();
            Ok(format!("{:?}", name.strip_prefix("r#").unwrap_or(&name)))
        }
        [TokenTree::Ident(key), TokenTree::Punct(equals), TokenTree::Literal(name)]
            if key.to_string() == "name" && equals.as_char() == '=' && name.to_string().starts_with('"') =>
        {
            Ok(name.to_string())
        }
        [tree, ..] => Err(Error::new(BAD, tree.span())),
    }
}

fn parse(text: &str) -> Vec<TokenTree> {
    text.parse::<TokenStream>().expect("what is written here").into_iter().collect()
}

fn brace(trees: Vec<TokenTree>) -> Group {
    Group::new(Delimiter::Brace, trees.into_iter().collect())
}

fn parenthesis(trees: Vec<TokenTree>) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::Parenthesis, trees.into_iter().collect()))
}

/// `line!()` of where the function's name stands, and not of the attribute.
fn line_of(span: Span) -> Vec<TokenTree> {
    let mut bang = Punct::new('!', Spacing::Alone);
    let mut nothing = Group::new(Delimiter::Parenthesis, TokenStream::new());

    bang.set_span(span);
    nothing.set_span(span);
    vec![Ident::new("line", span).into(), bang.into(), nothing.into()]
}

/// The place of the function, as data of the program.
fn site(name: &str, span: Span) -> Vec<TokenTree> {
    let mut trees = parse(
        "static __ASYNC_INSPECT_SITE: ::async_inspect::__private::Site = ::async_inspect::__private::Site::new",
    );
    let mut arguments = parse(&format!(
        "::core::concat!(::core::file!(), \"\\0\"), ::core::concat!({name}, \"\\0\"), "
    ));
    arguments.extend(line_of(span));
    trees.push(parenthesis(arguments));
    trees.extend(parse(";"));
    trees
}

/// `trace(&SITE, future)`
fn traced(future: Vec<TokenTree>) -> Vec<TokenTree> {
    let mut arguments = parse("&__ASYNC_INSPECT_SITE,");

    arguments.extend(future);
    let mut trees = parse("::async_inspect::__private::trace");
    trees.push(parenthesis(arguments));
    trees
}

/// The type of what an async block returns is found out from the first `return`: that of the function.
fn declare_return(function: &Function) -> Vec<TokenTree> {
    if !function.has_plain_return() {
        return Vec::new();
    }
    let mut inner = parse("let __async_inspect_return:");
    if function.returns.is_empty() {
        inner.push(parenthesis(Vec::new()));
    } else {
        inner.extend(function.returns.iter().cloned());
    }
    inner.extend(parse("= loop {}; return __async_inspect_return;"));
    let mut trees = parse("#[allow(unknown_lints, unreachable_code, clippy::all, clippy::pedantic)] if false");
    trees.push(TokenTree::Group(brace(inner)));
    trees
}

/// `async move { body }`, which is said to stand where the function does.
fn body_block(function: &Function, body: Vec<TokenTree>) -> Vec<TokenTree> {
    let span = function.name.span();
    let mut trees = declare_return(function);

    trees.extend(body);
    let mut block = brace(trees);
    block.set_span(span);
    vec![Ident::new("async", span).into(), Ident::new("move", span).into(), block.into()]
}

fn expand_async(function: &Function, name: &str) -> Vec<TokenTree> {
    let trees: Vec<TokenTree> = function.body.stream().into_iter().collect();
    let (mut body, rest) = Function::split_inner_attributes(trees);

    body.extend(site(name, function.name.span()));
    body.extend(traced(body_block(function, rest)));
    body.extend(parse(".await"));
    body
}

/// Of a function that returns a future, the async block at its end.
fn expand_block(function: &Function, name: &str) -> Result<Vec<TokenTree>, Error> {
    let trees: Vec<TokenTree> = function.body.stream().into_iter().collect();
    let (mut body, mut rest) = Function::split_inner_attributes(trees);
    let pinned = match rest.last() {
        Some(TokenTree::Group(group)) if Function::ends_in_pin(&rest) => Some(group.clone()),
        _ => None,
    };

    body.extend(site(name, function.name.span()));
    if let Some(pinned) = pinned {
        let inner: Vec<TokenTree> = pinned.stream().into_iter().collect();

        if inner.is_empty() || Function::count_async_block(&inner) != inner.len() {
            return Err(Error::new(NOT_ASYNC, function.name.span()));
        }
        rest.pop();
        rest.push(parenthesis(traced(inner)));
    } else {
        let n = Function::count_async_block(&rest);

        if n == 0 {
            return Err(Error::new(NOT_ASYNC, function.name.span()));
        }
        let block = rest.split_off(rest.len() - n);
        rest.extend(traced(block));
    }
    body.extend(rest);
    Ok(body)
}

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    let mut function = Function::find(item)?;
    let name = find_name(arguments, &function)?;
    let body = if function.is_async {
        expand_async(&function, &name)
    } else {
        expand_block(&function, &name)?
    };
    let mut group = brace(body);

    group.set_span(function.body.span());
    function.head.push(TokenTree::Group(group));
    Ok(function.head.into_iter().collect())
}

/// What is refused with the feature is refused without it, too.
pub fn check(arguments: TokenStream, item: TokenStream) -> Result<(), Error> {
    expand(arguments, item).map(|_| ())
}
