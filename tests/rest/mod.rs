//! The REST interface over real requests: who may do what, what is shown to whom, what is refused and how.

mod accounts;
mod boards;
mod daily;
mod edge;
mod limits;
mod logs;
mod map;
mod pictures;
mod records;
mod rooms;
