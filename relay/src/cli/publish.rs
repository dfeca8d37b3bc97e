//! `publish`: what an authority on another machine signed, brought to a relay.

use serde_json::json;

use super::Publish;
use crate::admin::{self, Reached};
use crate::authority::{self, Bundle};
use crate::config::{Config, Folder};
use crate::output::{Failure, Output};
use crate::server::now;

impl Publish {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let config = Config::load(&self.dir)?;
        for file in &self.files {
            let objects = match Bundle::load(file, now()) {
                Ok(bundle) => bundle.objects()?,
                Err(authority::AuthorityError::Malformed { .. }) => {
                    vec![authority::read_file(file)?]
                }
                Err(error) => return Err(error.into()),
            };
            let reached = admin::publish(&config.folder, &objects)?;
            let lines = format!("{}: {}", file.display(), describe(reached, &config.folder));
            output.result(
                "published",
                json!({ "file": file, "objects": objects.len(), "reached": word(reached) }),
                lines,
            );
        }
        Ok(())
    }
}

/// Where something published is now.
pub(super) fn describe(reached: Reached, folder: &Folder) -> String {
    let dir = folder.dir().display();
    match reached {
        Reached::Relay => format!("in force at the relay in {dir}"),
        Reached::Folder => format!("waits in {dir}/published for the relay to start"),
    }
}

pub(super) const fn word(reached: Reached) -> &'static str {
    match reached {
        Reached::Relay => "relay",
        Reached::Folder => "folder",
    }
}
