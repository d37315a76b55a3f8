//! The engines below the store. Postgres follows with the `scale` feature; its DDL and every statement are tested today.

pub(crate) mod connection;
mod queue;
pub(crate) mod sqlite;
