//! Both programs as people run them: the README, the demo, and kills in the middle of work.

mod build;
mod deferral;
mod demo;
mod endurance;
mod readme;
mod terminal;
