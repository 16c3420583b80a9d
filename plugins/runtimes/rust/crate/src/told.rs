// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the program says of itself, with the feature.

pub mod api;
pub mod call;
pub mod lock;
pub mod named;
mod task;
mod text;
