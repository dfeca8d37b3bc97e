//! Two agencies with a desk each that is staffed, everything running and everybody's keys known to everybody.

use std::path::PathBuf;

use estafette_client::demo::{AgencyStage, DeskStage, Programs, Stage};
use estafette_protocol::address::Desk;

use super::ScenarioError;
use super::desk::Post;

/// An agency's relay and its one desk.
#[derive(Debug)]
pub struct Side {
    /// The relay.
    pub agency: AgencyStage,
    /// The desk's daemon.
    pub desk: DeskStage,
    /// The desk's account, looked at and written to beside the daemon.
    pub post: Post,
    log: PathBuf,
}

impl Side {
    /// How often the desk's daemon handed a link what an earlier one had left unanswered.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn resent(&self) -> Result<u64, ScenarioError> {
        let log = std::fs::read_to_string(&self.log).map_err(ScenarioError::io(&self.log))?;
        let resent = log.lines().filter(|line| line.ends_with(" resent"));
        Ok(resent.count() as u64)
    }

    /// The desk's name.
    #[must_use]
    pub fn name(&self) -> &Desk {
        self.post.name()
    }
}

/// Everything that runs; ends with this.
#[derive(Debug)]
pub struct World {
    /// The processes' folder and programs.
    pub stage: Stage,
    /// police.xa and border.xb.
    pub sides: [Side; 2],
}

impl World {
    /// Sets two agencies up in a folder, and starts everything.
    ///
    /// # Errors
    /// When a command fails, or the desks do not learn of each other's keys.
    pub fn set_up(dir: PathBuf, programs: Programs) -> Result<Self, ScenarioError> {
        std::fs::create_dir_all(&dir).map_err(ScenarioError::io(&dir))?;
        let stage = Stage::new(dir.clone(), programs);
        let mut police = stage.agency("police.xa", "spoc", &["duty"])?;
        let mut border = stage.agency("border.xb", "ops", &["duty", "night"])?;
        stage.accord(&police, &border)?;
        stage.serve(&mut police)?;
        stage.serve(&mut border)?;
        let side = |agency: AgencyStage, desk: &str, name: &str| {
            let mut desk = stage.join(&agency, desk, name)?;
            stage.open(&mut desk)?;
            let post = Post::open(&desk)?;
            let log = dir.join(format!("{}.log", desk.desk));
            Ok::<_, ScenarioError>(Side {
                agency,
                desk,
                post,
                log,
            })
        };
        let police = side(police, "duty@spoc", "officer")?;
        let border = side(border, "duty@ops", "colleague")?;
        let mut sides = [police, border];
        let devices = [sides[1].post.device(), sides[0].post.device()];
        for (side, device) in sides.iter_mut().zip(devices) {
            side.post.knows(&device)?;
        }
        Ok(Self { stage, sides })
    }
}
