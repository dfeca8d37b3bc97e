//! The client from outside: its command line, and both programs together as real processes.

mod command_line;
mod end_to_end;
mod program;
