// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[async_inspect::trace]`. Of a function no more is understood than has to be: where its name, its
//! return type and its body are. All else goes through as it was written, so that no form of a function that
//! rustc knows has to be known here.

mod expand;
mod function;

use proc_macro::TokenStream;

/// Tells of each call of an async function. See the crate async-inspect.
#[proc_macro_attribute]
pub fn trace(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match expand::expand(arguments, item.clone()) {
        Ok(expanded) => expanded,
        // With the function as it was: one error is enough.
        Err(error) => [error.into_tokens(), item].into_iter().collect(),
    }
}

/// The same where nothing is told: the function as it was written.
#[proc_macro_attribute]
pub fn trace_off(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match expand::check(arguments, item.clone()) {
        Ok(()) => item,
        Err(error) => [error.into_tokens(), item].into_iter().collect(),
    }
}
