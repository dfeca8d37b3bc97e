//! Both programs as people run them: the README, the demo, and kills in the middle of work.

mod programs {
    pub mod build;
    pub mod demo;
    pub mod endurance;
    pub mod readme;
    pub mod terminal;
}
