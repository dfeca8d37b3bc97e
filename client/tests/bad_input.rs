//! What bad input does, row by row: the code or exit code it gets, that one bad message costs no
//! good one, and that what was held before is held after. Real server, real sockets, real programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

#[path = "bad_input/desk.rs"]
mod desk;
#[path = "bad_input/forge.rs"]
mod forge;
#[path = "bad_input/line.rs"]
mod line;
#[path = "bad_input/make.rs"]
mod make;
#[path = "bad_input/programs.rs"]
mod programs;
#[path = "bad_input/rows.rs"]
mod rows;
#[path = "bad_input/scene.rs"]
mod scene;
#[path = "bad_input/wire.rs"]
mod wire;
