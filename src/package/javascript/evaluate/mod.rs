//! The evaluation of syntax.

mod calls;
mod classes;
mod conditions;
mod expressions;
mod operators;
mod patterns;
mod properties;
mod statements;

pub(super) use conditions::Truth;
